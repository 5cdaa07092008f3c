"""Which application and instance `APP/INSTANCE` names: by name or id, or the beginning of either. All but
`local_fleet` is pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.containers.choice import is_beginning
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.unknown_names import nearest, no_application
from pywrangler.errors import MissingError, PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.products.instances import KnownInstance, LocalFleet

SEPARATOR = "/"
SHOWN_NAMES = 10

Reference = Annotated[
    str,
    typer.Argument(
        metavar="APP[/INSTANCE]",
        help="Application and instance, by name or id, or the beginning of either.",
    ),
]

INSTEAD = {
    "exec": "Use `pywrangler containers ssh INSTANCE`, or `ctx.container.exec()` in the Worker's code.",
    "cp": "Let the Worker's code carry files, for example through R2.",
    "port-forward": "Let the Worker's code call the port: `containerFetch(request, PORT)`.",
    "stop": "Let the Worker's code call `stop()` or `destroy()` of the container's class.",
    "restart": "Let the Worker's code call `stop()`; or deploy again, which replaces the instances.",
    "stats": "The application's metrics are on https://dash.cloudflare.com.",
    "wait": "`pywrangler containers info APP --wait` waits for a rollout;"
    " `pywrangler containers instances APP` shows the states.",
}
"""What to use at Cloudflare in place of each command."""


def local_fleet(run: Invocation, command: str, *, ready: bool = False) -> LocalFleet:
    """What runs on the local platform. Raises `MissingError` for Cloudflare, whose interface has no such
    call.
    """
    if run.target is Target.CLOUDFLARE:
        raise MissingError(
            f"`containers {command}` works on the local platform only: Cloudflare's interface has no call"
            " for it.",
            hint=f"{INSTEAD[command]} --local acts on this machine.",
            code="local-only",
        )
    from pywrangler.cloudflare.products.instances import list_fleet

    return list_fleet(run.client, ready=ready)


def split_reference(reference: str) -> tuple[str, str | None]:
    """The application and the instance that are meant. Names of Durable Objects may have further slashes."""
    application, separator, instance = reference.partition(SEPARATOR)
    if not application or (separator and not instance):
        raise UsageError(
            f"`{reference}` does not name an application and an instance.", hint="Write it as `APP/INSTANCE`."
        )
    return application, instance if separator else None


def find_application(fleet: LocalFleet, text: str) -> str:
    """The id of the application."""
    applications = fleet.applications
    if text in applications:
        return text
    exact = [identifier for identifier, name in applications.items() if name == text]
    found = exact or [
        identifier
        for identifier, name in applications.items()
        if name.startswith(text) or is_beginning(text, identifier)
    ]
    if not found:
        raise no_application(text, applications.values())
    if len(found) > 1:
        listed = _listed(applications[each] for each in found)
        raise PywranglerError(
            f"`{text}` may be several applications: {listed}.",
            hint="Write more of the name.",
            code="ambiguous",
        )
    return found[0]


def instances_of(fleet: LocalFleet, reference: str) -> list[KnownInstance]:
    """All instances that `APP` names, or the one of `APP/INSTANCE`."""
    application, instance = split_reference(reference)
    identifier = find_application(fleet, application)
    known = [each for each in fleet.instances if each.application_id == identifier]
    return known if instance is None else [_named(known, fleet.applications[identifier], instance)]


def one_instance(fleet: LocalFleet, reference: str, *, alive: bool = True) -> KnownInstance:
    """The instance that is named, or the only one that runs. One that only a deploy brought up counts if
    there is no other. With `alive` it has a container.
    """
    application, instance = split_reference(reference)
    found = instances_of(fleet, reference)
    name = fleet.applications[find_application(fleet, application)]
    if instance is None:
        running = [each for each in found if each.is_alive]
        running = [each for each in running if not each.is_unused] or running
        if not running:
            raise PywranglerError(
                f"No instance of `{name}` runs.",
                hint="Send its Worker a request: it starts an instance.",
                code="not-running",
            )
        if len(running) > 1:
            listed = _listed(each.label for each in running)
            raise UsageError(
                f"`{name}` has {len(running)} running instances: {listed}.",
                hint=f"Name one: `{name}/{running[0].label}`.",
            )
        return running[0]
    if alive and not found[0].is_alive:
        raise not_running(found[0])
    return found[0]


def container_of(instance: KnownInstance) -> str:
    """The id of its container. Raises `PywranglerError` if it has none yet."""
    if instance.container_id is None:
        raise PywranglerError(
            f"The instance `{instance.label}` of `{instance.application}` is {instance.state}.",
            hint=f"Wait for it: `pywrangler containers wait {instance.application}/{instance.label}`.",
            code="not-running",
        )
    return instance.container_id


def not_running(instance: KnownInstance) -> PywranglerError:
    """The error for an instance without a container."""
    state = f"{instance.state}: {instance.reason}" if instance.reason else instance.state
    return PywranglerError(
        f"The instance `{instance.label}` of `{instance.application}` does not run ({state}).",
        hint="The next request to its Durable Object starts it.",
        code="not-running",
    )


def _named(known: list[KnownInstance], application: str, text: str) -> KnownInstance:
    exact = [each for each in known if each.is_named(text)]
    found = exact or [
        each
        for each in known
        if (each.name or "").startswith(text)
        or is_beginning(text, each.id)
        or is_beginning(text, each.durable_object_id)
    ]
    if len(found) == 1:
        return found[0].called(text)
    if found:
        raise PywranglerError(
            f"`{text}` may be several instances of `{application}`: {_listed(e.label for e in found)}.",
            hint="Write more of the name, or the id.",
            code="ambiguous",
        )
    labels = [each.label for each in known]
    hint = nearest(text, labels) or (
        f"It has {_listed(labels)}."
        if labels
        else "It has none yet. Send its Worker a request: it starts an instance."
    )
    raise PywranglerError(
        f"The application `{application}` has no instance `{text}`.", hint=hint, code="instance-not-found"
    )


def _listed(names: Iterable[str]) -> str:
    shown = sorted(names)
    more = f" and {len(shown) - SHOWN_NAMES} more" if len(shown) > SHOWN_NAMES else ""
    return ", ".join(f"`{name}`" for name in shown[:SHOWN_NAMES]) + more
