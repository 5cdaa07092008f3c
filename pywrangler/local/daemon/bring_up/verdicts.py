"""The result of a bring-up: whether an instance is up, has failed, or needs more time. Pure."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from enum import Enum, auto

from pywrangler.local.daemon.workers.control import BringUpResponse
from pywrangler.local.gateway.ingress import PORTLESS_PORT
from pywrangler.local.instances.records import Instance, InstanceState

PORTLESS_SECONDS = 1.0
"""A container of a class without a port is up when it has run this long."""
CLOSED_PORT_SECONDS = 30.0
"""A container that has run this long and does not listen on a requested port has failed. The platform decides
this, because the Durable Object's code may wait for ever.
"""
START_SECONDS = 1.0
"""How long after the Durable Object's response its start may take to reach the engine."""
STARTED_TWICE = "start() cannot be called on a container that is already running"
"""What workerd (2026-11-17) throws. A class that starts its container in its constructor throws it at each
redeploy.
"""


class Verdict(Enum):
    """The decision after an attempt."""

    UP = auto()
    FAILED = auto()
    NOT_TRIED = auto()
    """The class starts its container at another moment, which only the Worker's own code can cause."""
    WAIT = auto()
    ASK_AGAIN = auto()
    """The class does not wait for its port itself, so it is called until the port is open."""


@dataclass(frozen=True)
class InstanceSight:
    """The state of the object's container at one moment."""

    instance: Instance | None
    asked_ports: Set[int] = field(default_factory=frozenset)
    refused_ports: Set[int] = field(default_factory=frozenset)
    """The requested ports on which nothing listened at the latest attempt."""
    running_seconds: float = 0.0
    waited_seconds: float = 0.0
    """Seconds since the Durable Object's response."""
    refusal: str | None = None
    """Why the start was refused; None if it was not."""


def judge(response: BringUpResponse, sight: InstanceSight) -> Verdict:
    """The verdict from the Durable Object's response and its container."""
    instance = sight.instance
    if instance is None:
        if sight.refusal:
            return Verdict.FAILED
        return Verdict.WAIT if sight.waited_seconds < START_SECONDS else Verdict.NOT_TRIED
    if instance.state is InstanceState.STARTING:
        return Verdict.WAIT
    if instance.state.is_final:
        return Verdict.UP if is_finished_job(instance, sight.asked_ports) else Verdict.FAILED
    if response.has_waited or sight.asked_ports - sight.refused_ports - {PORTLESS_PORT}:
        return Verdict.UP
    if sight.refused_ports - {PORTLESS_PORT}:
        is_late = sight.running_seconds > CLOSED_PORT_SECONDS or not response.may_be_asked_again
        return Verdict.FAILED if is_late else Verdict.ASK_AGAIN
    return Verdict.UP if sight.running_seconds > PORTLESS_SECONDS else Verdict.WAIT


def is_finished_job(instance: Instance | None, asked_ports: Set[int]) -> bool:
    """Whether the container ended with success, and no request waits for it."""
    has_done_well = instance is not None and instance.state.is_final and instance.exit_code == 0
    return has_done_well and asked_ports <= {PORTLESS_PORT}


def not_tried_note(class_name: str, response: BringUpResponse) -> str:
    """A text that says why no instance was started."""
    if response.error:
        return f"`fetch()` of {class_name} threw before it started the container: {response.error}"
    return f"the code of {class_name} starts the container at another moment"
