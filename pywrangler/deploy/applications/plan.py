"""The changes of a deploy to each container's application, as data that can be printed and applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, ClassVar

from pywrangler.config.records import Configuration, Container
from pywrangler.dataclass import dataclass
from pywrangler.deploy.applications.managed import (
    check_policy,
    managed_body,
    managed_differences,
    managed_modification,
)
from pywrangler.deploy.applications.observability import is_immediate
from pywrangler.deploy.applications.settings import (
    Difference,
    application_body,
    differences,
    modify_request,
    rollout_request,
    shorten_digests,
)
from pywrangler.deploy.applications.unfinished import Rolled, Running, judge_rollout
from pywrangler.deploy.records import DeploySettings, Observed
from pywrangler.deploy.worker.class_names import is_awaited, origins
from pywrangler.errors import PywranglerError


@dataclass(frozen=True)
class ApplicationChange:
    """The change of one container's application. `body` is its desired state, without its namespace."""

    container: Container
    body: Mapping[str, Any]

    sign: ClassVar[str]
    verb: ClassVar[str]

    def lines(self) -> list[str]:
        """The change in words."""
        return [f"{self.sign} {self.verb} application {self.container.name} ({self.container.class_name})"]

    @property
    def unfinished(self) -> Mapping[str, Any] | None:
        """A rollout that an earlier deploy began, and this one waits for."""
        return None


@dataclass(frozen=True)
class CreateApplication(ApplicationChange):
    """The application is new; its namespace is known once the Worker is uploaded."""

    sign, verb = "+", "create"

    def lines(self) -> list[str]:
        """The change, with the image to start."""
        if self.container.is_managed:
            return [*super().lines(), "    its class chooses image and size of each instance"]
        return [*super().lines(), f"    image: {shorten_digests(self.body['configuration']['image'])}"]


@dataclass(frozen=True)
class KeepApplication(ApplicationChange):
    """The application is as it should be, or must not be touched."""

    application_id: str
    rollout_under_way: Mapping[str, Any] | None = field(default=None, repr=False)

    sign, verb = "=", "keep"

    def lines(self) -> list[str]:
        """What is kept, and what is not over yet."""
        waits = ["    wait for its rollout, which has not ended"] if self.rollout_under_way else []
        return [*super().lines(), *waits]

    @property
    def unfinished(self) -> Mapping[str, Any] | None:
        return self.rollout_under_way


@dataclass(frozen=True)
class ModifyApplication(ApplicationChange):
    """The application changes, or only its running instances are replaced."""

    application_id: str
    differences: tuple[Difference, ...]
    modification: Mapping[str, Any] | None
    """None if the application itself is as it should be."""
    rollout: Mapping[str, Any] | None
    """None if running instances need no replacement."""

    sign, verb = "~", "modify"

    def lines(self) -> list[str]:
        """The change, field by field."""
        changed = [f"    {difference}" for difference in self.differences]
        if self.rollout is None:
            return [*super().lines(), *changed]
        if self.modification is None:
            return [*super().lines(), "    replace instances that an earlier deploy did not replace"]
        return [*super().lines(), *changed, "    then replace running instances"]


def plan_application(
    configuration: Configuration,
    container: Container,
    image: str,
    observed: Observed,
    options: DeploySettings,
    resolve_image: Callable[[str], str],
) -> ApplicationChange:
    """Decide about one container. Raises `PywranglerError` if another class has the application."""
    previous = observed.applications.get(container.name)
    body = application_body(configuration, container, image, previous)
    if previous is None:
        _refuse_second(configuration, container, observed)
        return CreateApplication(container, body)
    _refuse_foreign(configuration, container, previous, observed)
    check_policy(container, previous)
    application_id = str(previous["id"])
    if container.rollout_kind == "none":
        return KeepApplication(container, body, application_id)
    changed = tuple(differences(previous, body, resolve_image))
    running = observed.running.get(container.name, Running())
    rolled = judge_rollout(previous, running, body, resolve_image)
    needs_rollout = rolled is Rolled.MISSING or any(not is_immediate(each.field) for each in changed)
    if not changed and not needs_rollout:
        under_way = running.rollout if rolled is Rolled.UNFINISHED else None
        return KeepApplication(container, body, application_id, under_way)
    immediate = options.rollout == "immediate"
    return ModifyApplication(
        container,
        body,
        application_id,
        changed,
        modify_request(body) if changed else None,
        rollout_request(container, body, immediate=immediate, proves=options.proves_images)
        if needs_rollout
        else None,
    )


def plan_managed(configuration: Configuration, container: Container, observed: Observed) -> ApplicationChange:
    """The same for a container whose class chooses image and size."""
    previous, body = observed.applications.get(container.name), managed_body(container)
    if previous is None:
        _refuse_second(configuration, container, observed)
        return CreateApplication(container, body)
    _refuse_foreign(configuration, container, previous, observed)
    check_policy(container, previous)
    changed = managed_differences(previous, body)
    if not changed:
        return KeepApplication(container, body, str(previous["id"]))
    modification = managed_modification(body, changed)
    return ModifyApplication(container, body, str(previous["id"]), changed, modification, None)


def is_elsewhere(configuration: Configuration, container: Container, observed: Observed) -> bool:
    """Whether another Worker has the class for now, and with it the application."""
    is_here = observed.namespace_id(configuration.name, container.class_name) is not None
    return is_awaited(configuration, container.class_name) and not is_here


def _namespaces(configuration: Configuration, container: Container, observed: Observed) -> set[str]:
    """Ids of the namespaces that are the container's class by now, or become it by this deploy."""
    found = (observed.namespace_id(*origin) for origin in origins(configuration, container.class_name))
    return {namespace_id for namespace_id in found if namespace_id is not None}


def _refuse_second(configuration: Configuration, container: Container, observed: Observed) -> None:
    """A class that was renamed or transferred keeps its application, which keeps its name."""
    ours = _namespaces(configuration, container, observed)
    for name, application in observed.applications.items():
        if (application.get("durable_objects") or {}).get("namespace_id") in ours:
            raise PywranglerError(
                f"The class {container.class_name} already has an application, named {name}.",
                hint=f'Write "name": "{name}" in the entry of "containers", or remove that application with'
                f" its containers: pywrangler containers delete {application['id']}",
                code="application-renamed",
            )


def _refuse_foreign(
    configuration: Configuration, container: Container, previous: Mapping[str, Any], observed: Observed
) -> None:
    """An application belongs to one namespace for good; another one's name cannot be taken over."""
    theirs = (previous.get("durable_objects") or {}).get("namespace_id")
    ours = _namespaces(configuration, container, observed)
    if theirs in ours:
        return
    if not ours and observed.worker is not None and not observed.namespaces:
        return  # the account does not list its namespaces; the API decides
    owner = next((namespace for namespace in observed.namespaces if namespace.id == theirs), None)
    whose = (
        f"class {owner.class_name} of Worker {owner.script}"
        if owner
        else "a Durable Object that no longer exists"
    )
    raise PywranglerError(
        f"There is already an application named {container.name}, and it belongs to {whose}.",
        hint="Give this container another `name`, or remove that application: "
        f"pywrangler containers delete {previous['id']}",
        code="application-name-taken",
    )
