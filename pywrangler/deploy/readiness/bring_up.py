"""Prove a deploy: start one instance of every container class and wait until it answers.

Only the local platform can be asked for that (`cloudflare.local`). What did not come up is explained here;
the explanation is a pure function of what the platform reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.local import BroughtUp, NotBroughtUp, bring_up
from pywrangler.config.records import Container
from pywrangler.deploy.readiness.program_errors import hint_of_last_line, hint_of_reason
from pywrangler.deploy.side_by_side import run_side_by_side
from pywrangler.errors import NotReadyError

Outcome = BroughtUp | NotBroughtUp
EVERY_ADDRESS = ("0.0.0.0", "::", "*")  # noqa: S104 - compared with, not bound to


def bring_up_all(
    client: Client,
    worker: str,
    containers: Sequence[Container],
    finished: Callable[[Container, Outcome], None],
) -> dict[str, Outcome]:
    """Start one instance of every container class, at the same time; the outcomes by application name.

    `finished` gets each outcome as it comes. Raises `ApiError` when the platform cannot be asked.
    """
    by_name = {container.name: container for container in containers}
    calls = {
        name: partial(bring_up, client, worker, container.class_name) for name, container in by_name.items()
    }
    return run_side_by_side(calls, lambda name, outcome: finished(by_name[name], outcome))


def explain_failure(
    container: Container,
    failure: NotBroughtUp,
    consequence: str = "The Worker is deployed nevertheless.",
    worker: str = "WORKER",
) -> NotReadyError:
    """The error for an instance of `container` that did not come up, with its last log lines and a hint.

    `consequence` says what that means for the deploy; `worker` is its name in the commands of the hint.
    """
    message, hint = _explain(container, failure, worker)
    detail = None
    if failure.log_tail:
        lines = "\n".join(f"  {line}" for line in failure.log_tail)
        detail = f"Last lines of its log:\n{lines}"
    elif failure.stack:
        detail = "\n".join(f"  {line}" for line in failure.stack)
    return NotReadyError(f"{message} {consequence}", hint=hint, detail=detail)


def _explain(container: Container, failure: NotBroughtUp, worker: str) -> tuple[str, str]:
    name = f"The container of {container.class_name} (application {container.name})"
    if failure.oom_killed:
        memory = container.instance_type.memory_mib
        return (
            f"{name} was killed because it used more than its {memory} MiB of memory.",
            "Reduce its memory use, or choose a larger `instance_type`.",
        )
    if failure.exit_code is not None:
        return (
            f"{name} exited with code {failure.exit_code} before it answered.",
            hint_of_last_line(failure.exit_code, failure.log_tail)
            or (_SERVER_HINT if failure.refused_ports else _JOB_HINT) + _docker_hint(failure),
        )
    if failure.refused_ports:
        return _explain_closed_port(name, failure)
    reason = (failure.reason or failure.message).rstrip(".")
    if place := place_of(failure.stack):
        reason = f"{reason} ({place})"
    said = reason if reason.startswith(_NOT_STARTED) else f"did not come up: {reason}"
    return f"{name} {said}.", hint_of_reason(reason) or (
        "Correct the class, or the image and its command, then deploy again. "
        f"`pywrangler local logs {worker}` shows what the Worker and the platform logged."
    )


def place_of(stack: Sequence[str]) -> str | None:
    """The place in the sources that the innermost call of a stack names, as `file:line:column`."""
    found = (re.search(r"\(?([^\s()]+:\d+:\d+)\)?$", line) for line in stack)
    return next((match[1] for match in found if match), None)


def _explain_closed_port(name: str, failure: NotBroughtUp) -> tuple[str, str]:
    wanted = failure.refused_ports[-1]
    listening = [address.rpartition(":") for address in failure.listening]
    reachable = {int(port) for address, _, port in listening if address.strip("[]") in EVERY_ADDRESS}
    if wanted in reachable:
        return (
            f"{name} listens on port {wanted}, but only after its Durable Object stopped waiting.",
            f"Make the program listen sooner. {_SLOW_HINT}",
        )
    only_inside = [address for address, _, port in listening if port == str(wanted)]
    if only_inside:
        return (
            f"{name} listens on port {wanted} at {only_inside[0]} only, which is not reachable from outside.",
            "Make the program listen on 0.0.0.0.",
        )
    others = sorted(reachable)
    if others:
        found = ", ".join(str(port) for port in others)
        return (
            f"{name} runs, but nothing listens on port {wanted}; it listens on {found}.",
            f"Set `defaultPort = {others[0]}` in the class, or make the program listen on {wanted}.",
        )
    elsewhere = f"; it listens on {', '.join(failure.listening)}" if failure.listening else ""
    return (
        f"{name} runs, but nothing listens on port {wanted}{elsewhere}.",
        (
            f"Make the program listen on 0.0.0.0:{wanted}, or name its port as the class's `defaultPort`. "
            f"{_SLOW_HINT}"
        ),
    )


_NOT_STARTED = ("could not be created", "could not be started")
"""How the platform begins the reason of a container that never ran."""
_SERVER_HINT = (
    "The image's command must keep running and listen on the port that the class names. "
    "Correct the image or the class's `entrypoint`, then deploy again."
)
_JOB_HINT = (
    "The class names no port, so its container may do its work and end, with code 0. If it needs what only "
    "your code passes to start(), let it end with code 0 where that is missing, or deploy with --no-wait. "
    "If it is a server, name its port as the class's `defaultPort`."
)
_SLOW_HINT = "If the program starts slowly, pass a longer `portReadyTimeoutMS`, or deploy with --no-wait."


def _docker_hint(failure: NotBroughtUp) -> str:
    return "" if failure.log_tail else " It wrote nothing; `docker run` the image to see what it does."
