"""Prove that what was deployed runs: rollouts end and, on the local platform, instances answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.local import BroughtUp, NotBroughtUp
from pywrangler.config.records import Configuration, Container
from pywrangler.deploy.readiness.bring_up import Outcome, bring_up_all, explain_failure
from pywrangler.deploy.readiness.rollouts import Begun, wait_for_rollout
from pywrangler.errors import NotReadyError


class ReadinessProgress(Protocol):
    """Shows the progress of one application."""

    def update(self, text: str) -> None:
        """Show the current step."""

    def done(self, text: str) -> None:
        """Show that it is ready."""

    def failed(self, text: str = "failed") -> None:
        """Show that it is not ready."""


NewTask = Callable[[str], ReadinessProgress]


class RolloutReadiness:
    """Waits until running instances are replaced."""

    def __init__(self, client: Client, new_task: NewTask, timeout_seconds: float) -> None:
        self._client = client
        self._new_task = new_task
        self._timeout_seconds = timeout_seconds

    def wait(self, configuration: Configuration, rollouts: Mapping[str, Begun]) -> list[NotReadyError]:
        """The applications that were not replaced, and the reasons."""
        problems = []
        containers = {container.name: container for container in configuration.containers}
        for name, begun in rollouts.items():
            task = self._new_task(f"Rollout of {name}")
            if begun.rollout.get("kind") == "full_manual":
                task.done("started; its steps are taken by hand")
                continue
            problem = wait_for_rollout(
                self._client,
                begun.application,
                begun.rollout,
                timeout_seconds=self._timeout_seconds,
                report=task.update,
                container=containers.get(name),
            )
            if problem is None:
                task.done("running instances are replaced")
            else:
                task.failed()
                problems.append(problem)
        return problems


class BringUpReadiness:
    """Waits for rollouts, then starts one instance of every container class on the local platform."""

    def __init__(
        self,
        client: Client,
        new_task: NewTask,
        timeout_seconds: float,
        *,
        say: Callable[[str], None],
        warn: Callable[[str], None],
    ) -> None:
        self._client = client
        self._new_task = new_task
        self._say = say
        self._warn = warn
        self._rollouts = RolloutReadiness(client, new_task, timeout_seconds)

    def wait(self, configuration: Configuration, rollouts: Mapping[str, Begun]) -> list[NotReadyError]:
        """The applications that did not come up, and the reasons."""
        if problems := self._rollouts.wait(configuration, rollouts):
            return problems
        tasks = {c.name: self._new_task(f"Instance of {c.name}") for c in configuration.containers}

        def finished(container: Container, outcome: Outcome) -> None:
            if isinstance(outcome, NotBroughtUp):
                tasks[container.name].failed()
                problems.append(explain_failure(container, outcome, worker=configuration.name))
                return
            tasks[container.name].done(_words(outcome))
            if outcome.outdated:
                self._warn(outcome.outdated)
            if outcome.kept:
                self._say(outcome.kept)

        bring_up_all(self._client, configuration.name, configuration.containers, finished)
        return problems


def _words(outcome: BroughtUp) -> str:
    """What an instance does that came up; one that has stopped was a job, which is done."""
    if outcome.instance_id is None:
        return f"not tried: {outcome.note}" if outcome.note else "not tried"
    if outcome.ports:
        does = f"answers on port {', '.join(str(port) for port in outcome.ports)}"
    else:
        does = "did its work and ended with exit code 0" if outcome.state == "stopped" else outcome.state
    return f"{does} after {outcome.seconds:.1f} s"
