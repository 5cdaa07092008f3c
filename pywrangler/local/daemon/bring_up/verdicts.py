"""What a bring-up has shown: whether an instance is up, has failed, or needs more time. Pure."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field
from enum import Enum, auto

from pywrangler.local.daemon.workers.control import BringUpAnswer
from pywrangler.local.gateway.ingress import PORTLESS_PORT
from pywrangler.local.instances.records import Instance, InstanceState

PORTLESS_SECONDS = 1.0
"""A container of a class that names no port is up when it has run that long."""
CLOSED_PORT_SECONDS = 30.0
"""A container that has run that long and does not listen on a port that was asked for has failed. Not left to
the Durable Object, whose code may wait for ever.
"""
START_SECONDS = 1.0
"""How long after its answer a Durable Object may need until its start reaches the engine."""
STARTED_TWICE = "start() cannot be called on a container that is already running"
"""What workerd (2026-11-17) throws; a class whose constructor starts unasked throws it at each redeploy."""


class Verdict(Enum):
    """What to do about an attempt."""

    UP = auto()
    FAILED = auto()
    NOT_TRIED = auto()
    """The class starts its container at another moment, which only the Worker's own code brings about."""
    WAIT = auto()
    ASK_AGAIN = auto()
    """The class does not wait for its port itself, so it is asked until the port is open."""


@dataclass(frozen=True)
class InstanceSight:
    """What is known of the object's container at one moment."""

    instance: Instance | None
    asked_ports: Set[int] = field(default_factory=frozenset)
    refused_ports: Set[int] = field(default_factory=frozenset)
    """Of those that were asked for: nothing listened there when last asked."""
    running_seconds: float = 0.0
    waited_seconds: float = 0.0
    """Since the Durable Object answered."""
    refusal: str | None = None
    """Why the start was refused, where it was."""


def judge(answer: BringUpAnswer, sight: InstanceSight) -> Verdict:
    """What the Durable Object's answer and its container say together."""
    instance = sight.instance
    if instance is None:
        if sight.refusal:
            return Verdict.FAILED
        return Verdict.WAIT if sight.waited_seconds < START_SECONDS else Verdict.NOT_TRIED
    if instance.state is InstanceState.STARTING:
        return Verdict.WAIT
    if instance.state.is_final:
        return Verdict.UP if is_finished_job(instance, sight.asked_ports) else Verdict.FAILED
    if answer.has_waited or sight.asked_ports - sight.refused_ports - {PORTLESS_PORT}:
        return Verdict.UP
    if sight.refused_ports - {PORTLESS_PORT}:
        is_late = sight.running_seconds > CLOSED_PORT_SECONDS or not answer.may_be_asked_again
        return Verdict.FAILED if is_late else Verdict.ASK_AGAIN
    return Verdict.UP if sight.running_seconds > PORTLESS_SECONDS else Verdict.WAIT


def is_finished_job(instance: Instance | None, asked_ports: Set[int]) -> bool:
    """Whether nobody waits for the container to answer, and it ended well."""
    has_done_well = instance is not None and instance.state.is_final and instance.exit_code == 0
    return has_done_well and asked_ports <= {PORTLESS_PORT}


def not_tried_note(class_name: str, answer: BringUpAnswer) -> str:
    """Why no instance was started, in words."""
    if answer.error:
        return f"`fetch()` of {class_name} threw before it started the container: {answer.error}"
    return f"the code of {class_name} starts the container at another moment"
