"""`pywrangler containers wait`."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.containers.inside.choice import Reference, instances_of, local_fleet, split_reference
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.durations import parse_seconds
from pywrangler.errors import FollowingEndedError, NotReadyError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.products.instances import KnownInstance

INTERVAL_SECONDS = 0.2


class Condition(StrEnum):
    """What to wait for."""

    READY = "ready"
    STOPPED = "stopped"


For = Annotated[
    Condition,
    typer.Option(
        "--for", metavar="ready|stopped", help="What to wait for; default: ready.", show_default=False
    ),
]
Timeout = Annotated[
    str | None,
    typer.Option(
        "--timeout", metavar="TIME", help="How long to wait at most, such as 90s or 5m; default: no limit."
    ),
]


def wait(
    run: Invocation, application: Reference, condition: For = Condition.READY, timeout: Timeout = None
) -> None:
    """Wait until an instance is ready or stopped, on the local platform.

    Ready means that it listens on a port that its Worker uses. Without an instance, `ready` waits for at
    least one and for all that run, and `stopped` until none runs. If the time is over, the exit status is 3
    for `ready`, and 1 for `stopped`.

    Example: pywrangler containers wait my-app --for ready --timeout 60s
    """
    limit = parse_seconds(timeout, "--timeout") if timeout is not None else None
    deadline = time.monotonic() + limit if limit is not None else None
    try:
        _wait(run, application, condition, timeout, deadline)
    except KeyboardInterrupt:
        raise FollowingEndedError from None


def _wait(
    run: Invocation, application: str, condition: Condition, timeout: str | None, deadline: float | None
) -> None:
    has_name = split_reference(application)[1] is not None
    while True:
        fleet = local_fleet(run, "wait", ready=condition is Condition.READY)
        reason = unmet(instances_of(fleet, application), condition, has_name=has_name)
        if reason is None:
            run.console.info(f"{application}: {condition}.")
            return
        if deadline is not None and time.monotonic() + INTERVAL_SECONDS > deadline:
            raise _too_late(application, condition, f"{timeout}", reason)
        time.sleep(INTERVAL_SECONDS)


def unmet(instances: list[KnownInstance], condition: Condition, *, has_name: bool) -> str | None:
    """Why the condition is not met; None if it is. Pure."""
    running = [each for each in instances if each.is_alive]
    if condition is Condition.STOPPED:
        return f"`{running[0].label}` is {running[0].state}" if running else None
    if not running:
        return f"`{instances[0].label}` is {instances[0].state}" if has_name else "no instance runs"
    waiting = next((each for each in running if not each.is_ready), None)
    return f"`{waiting.label}`: {waiting.not_ready_reason}" if waiting else None


def _too_late(application: str, condition: Condition, limit: str, reason: str) -> PywranglerError:
    message = f"`{application}` is not {condition} after {limit}: {reason}."
    if condition is Condition.STOPPED:
        return PywranglerError(
            message, hint=f"Stop it: `pywrangler containers stop {application}`.", code="timeout"
        )
    return NotReadyError(
        message, hint=f"`pywrangler containers logs {application.partition('/')[0]}` shows its log."
    )
