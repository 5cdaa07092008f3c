"""Applications whose Durable Object class chooses image and size of each instance. Pure.

The requests are those of Wrangler 4.164 (`durable-object-container-applications.ts`): such an application has
the id of its Durable Object namespace, its images belong to the version of the Worker, and no rollout
replaces its instances.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.config.records import MANAGED_POLICY, Container
from pywrangler.dataclass import dataclass
from pywrangler.deploy.applications.settings import Difference
from pywrangler.errors import PywranglerError


@dataclass(frozen=True)
class VersionedApplication:
    """An application that versions of a Worker name. `namespace_id` is None if no version binds the class."""

    name: str
    class_name: str
    namespace_id: str | None

    @property
    def body(self) -> dict[str, Any]:
        """The application as it is created, without its namespace: settings come with a deploy."""
        return {"name": self.name, "scheduling_policy": MANAGED_POLICY}


def versioned_applications(
    versions: Sequence[Mapping[str, Any]], worker: str
) -> tuple[VersionedApplication, ...]:
    """The applications that these versions of `worker` need: those whose classes have images in one of them.

    Raises `PywranglerError` if the versions, which are to share the requests, name different ones.
    """
    entries = [_entries(version) for version in versions]
    classes = {name for each in entries for name, entry in each.items() if entry.get("images")}
    named = [{name: each[name].get("name") for name in classes if name in each} for each in entries]
    if any(each != named[0] for each in named):
        raise PywranglerError(
            "The versions name different applications of containers, so they cannot share the requests.",
            hint="Let one version serve all requests: `pywrangler versions deploy VERSION@100%`.",
            code="different-applications",
        )
    namespaces: dict[str, str] = {}
    for version in versions:
        namespaces |= bound_namespaces(version, worker)
    return tuple(
        VersionedApplication(str(name), class_name, namespaces.get(class_name))
        for class_name, name in sorted(named[0].items() if named else ())
    )


def _entries(version: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What the version says about containers, by class."""
    runtime = (version.get("resources") or {}).get("script_runtime") or {}
    return {str(e["class_name"]): e for e in runtime.get("containers") or () if e.get("class_name")}


def bound_namespaces(version: Mapping[str, Any], worker: str) -> dict[str, str]:
    """Ids of the namespaces that a version of `worker` binds of its own classes, by class."""
    bindings = (version.get("resources") or {}).get("bindings") or ()
    return {
        binding["class_name"]: binding["namespace_id"]
        for binding in bindings
        if binding.get("type") == "durable_object_namespace"
        and binding.get("script_name") in (None, worker)
        and binding.get("class_name")
        and binding.get("namespace_id")
    }


def managed_body(container: Container) -> dict[str, Any]:
    """The application as it should be, without its namespace. What the configuration does not say is not in
    it, and stays as it is.
    """
    extra, seen = container.extra, container.observability
    flags = ((extra.get("unsafe") or {}).get("configuration") or {}).get("experimental_flags")
    settings = {
        "experimental_flags": flags,
        "wrangler_ssh": extra.get("ssh"),
        "authorized_keys": extra.get("authorized_keys"),
    }
    configuration = {name: value for name, value in settings.items() if value is not None}
    body: dict[str, Any] = {"name": container.name, "scheduling_policy": MANAGED_POLICY}
    if configuration:
        body["configuration"] = configuration
    if seen is not None:
        are_on = seen.get("enabled") is True or (seen.get("logs") or {}).get("enabled") is True
        body["observability"] = {"logs": {"enabled": are_on}}
    return body


def managed_differences(previous: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The fields of the deployed application that change."""
    had, found = previous.get("configuration") or {}, []
    for name, wanted in (body.get("configuration") or {}).items():
        if _comparable(name, had.get(name)) != _comparable(name, wanted):
            found.append(Difference(f"configuration.{name}", had.get(name), wanted))
    observability = body.get("observability")
    if observability is not None and previous.get("observability") != observability:
        found.append(Difference("observability", previous.get("observability"), observability))
    return tuple(found)


def managed_modification(
    body: Mapping[str, Any], differences: tuple[Difference, ...]
) -> dict[str, Any] | None:
    """The request that changes the application; None if nothing changes."""
    parts = {each.field.partition(".")[0] for each in differences}
    return {name: body[name] for name in ("configuration", "observability") if name in parts} or None


def check_policy(container: Container, previous: Mapping[str, Any]) -> None:
    """Raises `PywranglerError` if the deployed application and the configuration differ in who chooses image
    and size: that never changes.
    """
    had = previous.get("scheduling_policy") or "default"
    if (had == MANAGED_POLICY) == container.is_managed:
        return
    raise PywranglerError(
        f"The application {container.name} was created with the scheduling policy `{had}`, and a policy"
        f" cannot change to or from `{MANAGED_POLICY}`: the configuration says"
        f" `{container.scheduling_policy}`.",
        hint="Write that policy again, or remove the application with its containers:"
        f" pywrangler containers delete {previous['id']}",
        code="scheduling-policy",
    )


def _comparable(name: str, value: Any) -> Any:
    """Flags have no order."""
    return sorted(set(value or ())) if name == "experimental_flags" else value
