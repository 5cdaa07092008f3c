"""Carries out rollouts: tries the new version, replaces instances step by step, reverts a failed version.

An instance is replaced by stopping it: its Durable Object starts the next one, of the new version, at its
next request. A start from here would lack what the Worker's code passes to `start()`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.rollouts.canaries import CanaryRunner, StopInstance
from pywrangler.local.daemon.rollouts.states import VersionFailed, judge, next_step, taken_back, with_step
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Application, Instance, InstanceState
from pywrangler.local.instances.rollouts import measure_progress, plan_replacements, stubborn
from pywrangler.local.rest.context import TakeTurn
from pywrangler.local.rest.operations import BringUpFailed
from pywrangler.local.store import Store
from pywrangler.local.store.records import RolloutStep, StoredRollout

log = logging.getLogger(__name__)

SIGN_SECONDS = 3.0
"""If the version could not be tried: how long to wait after the first replacement for an instance of it to
run or to fail.
"""
STEADY_SECONDS = 1.0
"""How long that instance has to run before the others are replaced."""
UNSET_GRACE_SECONDS = 2.0
"""How long an instance may take to end after SIGTERM if the configuration sets no grace period: time to close
connections, and no long wait for a program that ignores the signal.
"""


@dataclass
class RolloutRunner:
    """Runs at most one rollout per application at a time."""

    store: Store
    ledger: Ledger
    stop_instance: StopInstance
    canaries: CanaryRunner
    clock: Callable[[], float] = time.time
    turns: TakeTurn | None = None
    """In a cluster: one node carries out an application's rollouts."""
    replace_elsewhere: Callable[[str, int, int], Awaitable[None]] | None = None
    """Replaces instances of an application by a version on the other nodes, as far as a percentage."""

    def __post_init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, rollout_id: str, *, is_proved: bool = False) -> None:
        """Begin or continue a rollout. Returns at once. `is_proved`: the version needs no test."""
        rollout = self.store.rollouts.get(rollout_id)
        if rollout is None:
            return
        if former := self._tasks.get(rollout.application_id):
            former.cancel()
        self._tasks[rollout.application_id] = asyncio.create_task(self._run(rollout, is_proved=is_proved))

    async def resume(self) -> None:
        """Continue the rollouts that a former run of the platform left unfinished."""
        await self.canaries.clear()
        for rollout in self.store.rollouts.unfinished():
            if rollout.kind == "full_auto":
                self.start(rollout.id)

    def resume_waiting(self) -> None:
        """Continue unfinished rollouts of other nodes once those nodes are gone: their turns end then."""
        for rollout in self.store.rollouts.unfinished():
            task = self._tasks.get(rollout.application_id)
            if rollout.kind == "full_auto" and (task is None or task.done()):
                self.start(rollout.id)

    async def replace_share(self, application_id: str, version: int, percentage: int) -> None:
        """Replace a share of the instances here by a version, for a rollout on another node."""
        application = self.store.applications.by_id(application_id)
        if application is not None:
            alive = self.ledger.alive(application_id)
            old = [*plan_replacements(alive, version, percentage), *stubborn(alive, version)]
            await self._stop_all(application, old, f"replaced by version {version}")

    def close(self) -> None:
        """Stop. Unfinished rollouts continue at the next start."""
        for task in self._tasks.values():
            task.cancel()

    async def _run(self, rollout: StoredRollout, *, is_proved: bool) -> None:
        try:
            turn = f"rollout {rollout.application_id}"
            async with self.turns(turn) if self.turns else contextlib.nullcontext():
                if (current := self._current(rollout.id)) is not None:
                    await self._carry_out(current, is_proved=is_proved)
        except VersionFailed as failed:
            await self._take_back(rollout.id, failed)
        except PywranglerError as error:
            await self._get_stuck(rollout.id, error.message)
        except Exception as error:
            log.exception("Rollout %s failed.", rollout.id)
            await self._get_stuck(rollout.id, f"the platform failed: {error!r}")

    async def _carry_out(self, rollout: StoredRollout, *, is_proved: bool) -> None:
        if not any(step.status == "completed" for step in rollout.steps):
            await self._save(
                replace(rollout, status="progressing", started_at=rollout.started_at or self.clock())
            )
            if is_proved:
                await self._move(rollout, rollout.target_version)
            else:
                is_proved = await self._prove(rollout)
        while (current := self._current(rollout.id)) and (step := next_step(current)):
            await self._take(current, step, is_proved=is_proved)
            if rollout.kind == "full_manual":
                return

    async def _prove(self, rollout: StoredRollout) -> bool:
        """Whether an instance of the new version came up; False if that cannot be tried.

        Raises VersionFailed. A failed start counts only if the version before comes up in the same way. A
        class whose containers need what its code passes at each start, or whose containers end by themselves,
        does not come up here with any image.
        """
        application_id = rollout.application_id
        await self._move(rollout, rollout.target_version)
        try:
            return await self.canaries.run(application_id) is not None
        except BringUpFailed as error:
            await self._move(rollout, rollout.current_version)
            if await self.canaries.does_come_up(application_id):
                raise VersionFailed(error.failure.reason, error.failure.as_json()) from error
            log.info(
                "Version %d cannot be tried: the version before does not come up either.",
                rollout.target_version,
            )
            await self._move(rollout, rollout.target_version)
            return False

    async def _move(self, rollout: StoredRollout, version: int) -> None:
        """Let new instances start with `version`, unless the application was changed again since then."""
        versions, now = (rollout.current_version, rollout.target_version), self.clock()

        def move() -> None:
            record = self.store.applications.get(rollout.application_id)
            if record and record.version in versions and record.version != version:
                self.store.applications.go_back(record.id, version, now)

        await self.store.change(move)

    async def _take(self, rollout: StoredRollout, step: RolloutStep, *, is_proved: bool) -> None:
        begun = replace(step, status="progressing", started_at=step.started_at or self.clock())
        await self._save(replace(with_step(rollout, begun, self.clock()), reason=None))
        await self._replace(rollout, step.percentage, is_proved=is_proved)
        if current := self._current(rollout.id):
            done = replace(begun, status="completed", completed_at=self.clock())
            await self._save(with_step(current, done, self.clock()))

    async def _replace(self, rollout: StoredRollout, percentage: int, *, is_proved: bool) -> None:
        """Replace the share. Raises VersionFailed. Without a canary, the first replacement is a test."""
        application = self.store.applications.by_id(rollout.application_id)
        if application is None:
            return
        began_at, version = self.clock(), rollout.target_version
        old = list(plan_replacements(self.ledger.alive(application.id), version, percentage))
        if not is_proved and len(old) > 1:
            await self._stop(application, old.pop(0), f"replaced by version {version}")
            await self._await_sign(application, version, began_at)
        old += stubborn(self.ledger.alive(application.id), version)
        await self._stop_all(application, old, f"replaced by version {version}")
        if self.replace_elsewhere is not None:
            await self.replace_elsewhere(application.id, version, percentage)
        self._check(application, version, began_at)

    async def _await_sign(self, application: Application, version: int, since: float) -> None:
        """Wait for an instance of the new version, for a limited time, because no request may come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SIGN_SECONDS):
                await self.ledger.wait_for(lambda: judge(self._of(application), version, since))
            # A program that exits at once also counts as running first, so give it time to exit.
            async with asyncio.timeout(STEADY_SECONDS):
                await self.ledger.wait_for(lambda: self._failure(application, version, since))
        self._check(application, version, since)

    def _check(self, application: Application, version: int, since: float) -> None:
        if reason := self._failure(application, version, since):
            raise VersionFailed(reason)

    def _failure(self, application: Application, version: int, since: float) -> str | None:
        judged = judge(self._of(application), version, since)
        if judged is None or judged.state is not InstanceState.FAILED:
            return None
        return f"instance {judged.id} of version {version} {judged.reason or 'failed'}"

    def _of(self, application: Application) -> list[Instance]:
        return [instance for instance in self.ledger.of_application(application.id) if not instance.is_canary]

    async def _take_back(self, rollout_id: str, failed: VersionFailed) -> None:
        """Revert the rollout: new starts get the version before, and so do instances that were replaced."""
        rollout = self._current(rollout_id)
        if rollout is None:
            return
        log.warning("Rollout %s is taken back: %s", rollout_id, failed.reason)
        await self._save(taken_back(rollout, failed, self.clock()))
        application = self.store.applications.by_id(rollout.application_id)
        if application is not None:
            replaced = plan_replacements(
                self.ledger.alive(application.id), rollout.current_version, percentage=100
            )
            await self._stop_all(application, replaced, f"back to version {rollout.current_version}")
            if self.replace_elsewhere is not None:
                await self.replace_elsewhere(application.id, rollout.current_version, 100)

    async def _stop_all(self, application: Application, instances: Iterable[Instance], reason: str) -> None:
        await asyncio.gather(*(self._stop(application, instance, reason) for instance in instances))

    async def _stop(self, application: Application, instance: Instance, reason: str) -> None:
        await self.stop_instance(instance, application.grace_seconds or UNSET_GRACE_SECONDS, reason)

    async def _get_stuck(self, rollout_id: str, reason: str) -> None:
        """Record why it does not continue now. The next start of the platform continues it."""
        if rollout := self._current(rollout_id):
            log.warning("Rollout %s stopped: %s", rollout_id, reason)
            await self._save(replace(rollout, reason=reason, last_updated_at=self.clock()))

    def _current(self, rollout_id: str) -> StoredRollout | None:
        """The current rollout, unless it has ended."""
        rollout = self.store.rollouts.get(rollout_id)
        return rollout if rollout is not None and not rollout.is_over else None

    async def _save(self, rollout: StoredRollout) -> None:
        progress = measure_progress(self.ledger.alive(rollout.application_id), rollout.target_version)
        measured = replace(
            rollout,
            updated_instances=progress.updated_instances,
            total_instances=progress.total_instances,
        )
        await self.store.change(lambda: self.store.rollouts.save(measured))
