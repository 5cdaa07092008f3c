"""Carries out rollouts: replaces an application's running instances step by step, stops at a bad sign.

An instance is replaced by stopping it: its Durable Object starts the next one, of the new version, with its
next request. Starting it from here would leave out what the Worker's code passes to `start()`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from pywrangler.errors import PywranglerError
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Application, Instance, InstanceState
from pywrangler.local.instances.rollouts import measure_progress, plan_replacements
from pywrangler.local.store import Store
from pywrangler.local.store.records import Rollout, RolloutStep

log = logging.getLogger(__name__)

PROOF_SECONDS = 3.0
"""How long to wait, after the first replacement, for an instance of the new version to run or to fail."""
STEADY_SECONDS = 1.0
"""How long that instance has to run before the others are replaced."""
UNSET_GRACE_SECONDS = 2.0
"""How long an instance may take to end after SIGTERM where the configuration sets no grace period: time to
close connections, and no long wait for a program that does not heed the signal."""

StopInstance = Callable[[Instance, float, str], Awaitable[None]]
"""Stop an instance: SIGTERM, SIGKILL after so many seconds, and the reason for the record."""


def next_step(rollout: Rollout) -> RolloutStep | None:
    """The step to take now; None when all are done."""
    return next((step for step in rollout.steps if step.status not in ("completed", "reverted")), None)


def with_step(rollout: Rollout, step: RolloutStep, now: float) -> Rollout:
    """The rollout with one step changed; the rollout is completed with its last step."""
    steps = tuple(step if each.id == step.id else each for each in rollout.steps)
    is_completed = all(each.status == "completed" for each in steps)
    return replace(
        rollout,
        steps=steps,
        current_step=step.id,
        status="completed" if is_completed else "progressing",
        started_at=rollout.started_at or now,
        last_updated_at=now,
    )


def judge(instances: Iterable[Instance], version: int, since: float) -> Instance | None:
    """The newest instance of `version` since then that runs or failed: what the version is judged by."""
    seen = (InstanceState.RUNNING, InstanceState.FAILED)
    found = [i for i in instances if i.version == version and i.created_at >= since and i.state in seen]
    return max(found, key=lambda instance: instance.created_at, default=None)


@dataclass
class RolloutRunner:
    """Runs at most one rollout per application at a time."""

    store: Store
    ledger: Ledger
    stop_instance: StopInstance
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, rollout_id: str) -> None:
        """Begin a rollout, or go on with it; returns at once."""
        rollout = self.store.rollouts.get(rollout_id)
        if rollout is None:
            return
        if former := self._tasks.get(rollout.application_id):
            former.cancel()
        task = asyncio.create_task(self._run(rollout))
        self._tasks[rollout.application_id] = task

    def resume(self) -> None:
        """Go on with what a former life of the platform left unfinished."""
        for rollout in self.store.rollouts.unfinished():
            if rollout.kind == "full_auto":
                self.start(rollout.id)

    def close(self) -> None:
        """Stop; what is unfinished goes on at the next start."""
        for task in self._tasks.values():
            task.cancel()

    async def _run(self, rollout: Rollout) -> None:
        try:
            while not rollout.is_over and (step := next_step(rollout)):
                await self._take(rollout, step)
                current = self.store.rollouts.get(rollout.id)
                if current is None or current.reason or current.kind == "full_manual":
                    return
                rollout = current
        except PywranglerError as error:
            self._give_up(rollout.id, error.message)
        except Exception as error:
            log.exception("rollout %s failed", rollout.id)
            self._give_up(rollout.id, f"the platform failed: {error!r}")

    async def _take(self, rollout: Rollout, step: RolloutStep) -> None:
        begun = replace(step, status="progressing", started_at=step.started_at or self.clock())
        self._save(replace(with_step(rollout, begun, self.clock()), reason=None))
        reason = await self._replace(rollout.application_id, rollout.target_version, step.percentage)
        current = self.store.rollouts.get(rollout.id)
        if current is None or current.is_over:
            return
        if reason:
            self._give_up(rollout.id, reason)
        else:
            done = replace(begun, status="completed", completed_at=self.clock())
            self._save(with_step(current, done, self.clock()))

    async def _replace(self, application_id: str, version: int, percentage: int) -> str | None:
        """Replace the share; the reason why not, when the new version fails. The first one is a test."""
        application = self.store.applications.by_id(application_id)
        if application is None:
            return None
        began_at = self.clock()
        old = plan_replacements(self.ledger.alive(application_id), version, percentage)
        for number, instance in enumerate(old):
            if number == 1 and (reason := await self._proof(application, version, began_at)):
                return reason
            if number == 0:
                await self._stop(application, instance, version)
        await asyncio.gather(*(self._stop(application, instance, version) for instance in old[1:]))
        return self._failure(application, version, began_at)

    async def _stop(self, application: Application, instance: Instance, version: int) -> None:
        grace_seconds = application.grace_seconds or UNSET_GRACE_SECONDS
        await self.stop_instance(instance, grace_seconds, f"replaced by version {version}")

    async def _proof(self, application: Application, version: int, since: float) -> str | None:
        """Why the new version does not run, if that shows in time; no request may come at all."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PROOF_SECONDS):
                await self.ledger.wait_for(lambda: judge(self._of(application), version, since))
            # A program that exits at once has run, too: give it the time to do so.
            async with asyncio.timeout(STEADY_SECONDS):
                await self.ledger.wait_for(lambda: self._failure(application, version, since))
        return self._failure(application, version, since)

    def _failure(self, application: Application, version: int, since: float) -> str | None:
        judged = judge(self._of(application), version, since)
        if judged is None or judged.state is not InstanceState.FAILED:
            return None
        return f"instance {judged.id} of version {version} {judged.reason or 'failed'}"

    def _of(self, application: Application) -> list[Instance]:
        return self.ledger.of_application(application.id)

    def _give_up(self, rollout_id: str, reason: str) -> None:
        rollout = self.store.rollouts.get(rollout_id)
        if rollout is not None and not rollout.is_over:
            log.warning("rollout %s stopped: %s", rollout_id, reason)
            self._save(replace(rollout, reason=reason, last_updated_at=self.clock()))

    def _save(self, rollout: Rollout) -> None:
        progress = measure_progress(self.ledger.alive(rollout.application_id), rollout.target_version)
        self.store.rollouts.save(
            replace(
                rollout,
                updated_instances=progress.updated_instances,
                total_instances=progress.total_instances,
            )
        )
