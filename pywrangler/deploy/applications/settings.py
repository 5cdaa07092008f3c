"""The desired state of a container application, and its differences from the deployed one: pure data.

Bodies are those of `POST` and `PATCH /accounts/{account}/containers/applications`, as Wrangler 4.164 sends
them. A value of None means "not set": it is never sent, and where the deployed application has one, that is a
difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pywrangler.config.checks.instance_types import NAMED
from pywrangler.config.records import Configuration, Container
from pywrangler.config.schema.containers import FORMER_INSTANCE_TYPES
from pywrangler.dataclass import dataclass
from pywrangler.deploy.applications.observability import former_setting, plan_logs, uses_former_place

CREATE_ONLY = ("name", "instances", "durable_objects")
SIZES = ("disk", "memory", "memory_mib", "vcpu")


@dataclass(frozen=True)
class Difference:
    """One field that a deploy changes; None means "not set"."""

    field: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.field}: {_shown(self.before)} → {_shown(self.after)}"


def _shown(value: Any) -> str:
    return "(not set)" if value is None else shorten_digests(str(value))


def shorten_digests(text: str) -> str:
    """`text` with every digest cut to the twelve digits that people compare."""
    return re.sub(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}", r"\1", text)


def application_body(
    configuration: Configuration, container: Container, image: str, previous: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The application as it should be, for a container whose image is `image`, without its namespace.

    `previous` is the deployed application: whether its logs are on decides if "off" must be said.
    """
    logs = plan_logs(configuration, container, previous)
    size = container.instance_type
    sizes: dict[str, Any] = (
        {"instance_type": size.name}
        if size.name is not None
        else {"disk": {"size_mb": size.disk_mb}, "memory_mib": size.memory_mib, "vcpu": size.vcpu}
    )
    extra = container.extra
    body: dict[str, Any] = {
        "name": container.name,
        "scheduling_policy": container.scheduling_policy,
        "configuration": {
            "image": image,
            **sizes,
            "wrangler_ssh": extra.get("ssh"),
            "authorized_keys": extra.get("authorized_keys"),
            "trusted_user_ca_keys": extra.get("trusted_user_ca_keys"),
        },
        "instances": 0,
        "max_instances": container.max_instances,
        "constraints": {"tiers": None, "regions": None, "jurisdiction": None, "cities": None}
        | dict(container.constraints),
        "rollout_active_grace_period": container.rollout_active_grace_period_seconds,
    }
    # Wrangler takes what is not said in these three for "as it is", and elsewhere for "not set".
    for target, name, value in (
        (body, "observability", logs.application),
        (body["configuration"], "observability", logs.configuration),
        (body, "affinities", extra.get("affinities")),
    ):
        if value is not None:
            target[name] = value
    return merge(body, extra["unsafe"]) if "unsafe" in extra else body


def create_request(body: Mapping[str, Any], namespace_id: str) -> dict[str, Any]:
    """The request that creates the application, bound to its Durable Object namespace."""
    return without_none({**body, "durable_objects": {"namespace_id": namespace_id}})


def modify_request(body: Mapping[str, Any]) -> dict[str, Any]:
    """The request that changes the application to `body`."""
    return without_none({name: value for name, value in body.items() if name not in CREATE_ONLY})


def rollout_request(
    container: Container, body: Mapping[str, Any], *, immediate: bool, proves: bool = True
) -> dict[str, Any]:
    """The request that replaces running instances step by step, or all at once. If it does not prove the
    configuration first, that is for the local platform.
    """
    size = 100 if immediate else container.rollout_step_size
    percentages = container.rollout_step_percentage
    steps: dict[str, Any] = (
        {"steps": [_rollout_step(number, percentages) for number in range(1, len(percentages) + 1)]}
        if size is None
        else {"step_percentage": size}
    )
    return {
        "description": "Progressive update",
        "strategy": "rolling",
        "kind": container.rollout_kind,
        "target_configuration": modify_request(body)["configuration"],
        **steps,
        **({} if proves else {"proof": False}),
    }


def _rollout_step(number: int, percentages: tuple[int, ...]) -> dict[str, Any]:
    percentage = percentages[number - 1]
    description = f"Step {number} of {len(percentages)}: {percentage}% of instances"
    return {"step_size": {"percentage": percentage}, "description": description}


def differences(
    previous: Mapping[str, Any], body: Mapping[str, Any], resolve_image: Callable[[str], str]
) -> list[Difference]:
    """The differences of the deployed application `previous` from `body`, field by field.

    Only the fields of `body` count. The API answers a named instance type with its sizes too, and an image
    with or without its registry (`resolve_image` completes it): neither is a difference.
    """
    wanted = {name: value for name, value in body.items() if name not in CREATE_ONLY}
    return list(_compare(_comparable(previous, wanted, resolve_image), wanted, ""))


def _comparable(
    previous: Mapping[str, Any], wanted: Mapping[str, Any], resolve_image: Callable[[str], str]
) -> dict[str, Any]:
    configuration = dict(previous.get("configuration") or {})
    if "image" in configuration:
        configuration["image"] = resolve_image(configuration["image"])
    configuration.pop("observability", None)
    if uses_former_place(previous):
        configuration["observability"] = former_setting(previous)
    if named := wanted["configuration"].get("instance_type"):
        disk_mb = (configuration.get("disk") or {}).get("size_mb")
        figures = (configuration.get("vcpu"), configuration.get("memory_mib"), disk_mb)
        inferred = _infer_instance_type(figures, named)
        if inferred is not None:
            configuration = {name: value for name, value in configuration.items() if name not in SIZES}
            configuration["instance_type"] = inferred
    return {**previous, "configuration": configuration}


def _infer_instance_type(figures: tuple[Any, Any, Any], wanted: str) -> str | None:
    """The named size that has these figures (vCPU, memory, disk); `wanted` where two names mean the same."""
    wanted_name = FORMER_INSTANCE_TYPES.get(wanted, wanted)
    for size in NAMED.values():
        if (size.vcpu, size.memory_mib, size.disk_mb) == figures:
            return wanted if size.name == wanted_name else size.name
    return None


def _compare(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str) -> list[Difference]:
    found: list[Difference] = []
    for name, wanted in after.items():
        had = before.get(name)
        if isinstance(wanted, Mapping) and isinstance(had, Mapping):
            found += _compare(had, wanted, f"{prefix}{name}.")
        elif had != (without_none(wanted) if isinstance(wanted, Mapping) else wanted):
            found.append(Difference(prefix + name, had, wanted))
    return found


def without_none(value: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without the entries that are None, at every depth."""
    return {
        name: without_none(item) if isinstance(item, Mapping) else item
        for name, item in value.items()
        if item is not None
    }


def merge(target: Mapping[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    """`target` with `source` laid over it, object by object."""
    merged = dict(target)
    for name, value in source.items():
        had = merged.get(name)
        merged[name] = merge(had, value) if isinstance(had, Mapping) and isinstance(value, Mapping) else value
    return merged
