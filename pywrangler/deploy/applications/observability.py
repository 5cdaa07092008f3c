"""The logs setting of a container application, from the configuration and what is deployed: pure.

The API keeps it in two places (Wrangler 4.164): `observability` of the application, which takes effect at
once, and formerly `configuration.observability`, which changes with a rollout. An application whose logs are
on in the former place is changed there, and keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.config.records import Configuration, Container
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

TARGETS = ("target_instance_percentage", "target_instance_count")
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class LogsChange:
    """The logs setting to send; None if it does not change."""

    application: dict[str, Any] | None = None
    configuration: dict[str, Any] | None = None


def plan_logs(
    configuration: Configuration, container: Container, previous: Mapping[str, Any] | None
) -> LogsChange:
    """How the deployed application `previous` gets the logs setting that the configuration asks for.

    Raises `UsageError` when the application must first be moved to the new place.
    """
    wanted = wanted_logs(configuration, container)
    now = (previous or {}).get("observability")
    if not uses_former_place(previous):
        return LogsChange(_application_change(wanted, now))
    if any(target in wanted for target in TARGETS):
        raise UsageError(
            f"The logs of application {container.name} cannot be limited to some instances yet.",
            hint="Deploy once with the container's `observability.enabled` off, then with the limit.",
        )
    is_on = wanted["logs"]["enabled"]
    former = None if is_on else {"logs": {"enabled": False}}
    return LogsChange(_application_change(wanted, now) if now is not None else None, former)


def wanted_logs(configuration: Configuration, container: Container) -> dict[str, Any]:
    """The setting as the API writes it: the container's own, otherwise the Worker's."""
    own = container.observability
    if own is None:
        root = configuration.observability or {}
        enabled = (root.get("logs") or {}).get("enabled")
        return {"logs": {"enabled": bool(root.get("enabled") is True if enabled is None else enabled)}}
    enabled = own.get("enabled") is True or (own.get("logs") or {}).get("enabled") is True
    return {"logs": {"enabled": enabled}} | {name: own[name] for name in TARGETS if name in own}


def is_immediate(field: str) -> bool:
    """Whether a change of this field of an application takes effect without a rollout."""
    return field.partition(".")[0] == "observability"


def uses_former_place(previous: Mapping[str, Any] | None) -> bool:
    """Whether the application's logs are on by its configuration, or will be after the rollout under way."""
    return any(_is_on(settings) for settings in _former_settings(previous))


def former_setting(previous: Mapping[str, Any]) -> Settings | None:
    """The newest setting in the former place, or None."""
    return next((settings for settings in _former_settings(previous) if settings is not None), None)


def _former_settings(previous: Mapping[str, Any] | None) -> list[Settings | None]:
    application = previous or {}
    target = (application.get("scheduling_hint") or {}).get("target") or {}
    return [(part.get("configuration") or {}).get("observability") for part in (target, application)]


def _application_change(wanted: Settings, now: Settings | None) -> dict[str, Any] | None:
    is_worth_saying = _is_on(wanted) or _is_on(now) or any(name in (now or {}) for name in TARGETS)
    return dict(wanted) if is_worth_saying and _essence(wanted) != _essence(now) else None


def _essence(settings: Settings | None) -> tuple[Any, ...]:
    found = settings or {}
    return (_is_on(settings), *(found.get(name) for name in TARGETS))


def _is_on(settings: Settings | None) -> bool:
    return ((settings or {}).get("logs") or {}).get("enabled") is True
