"""The containers of one gateway, from their creation to their removal: started, watched, signalled, stopped,
recorded.

The gateway itself watches every container, and only the gateway removes it. When its process ends, the exit
code and the last log lines are kept and the ledger is notified, and then the container is removed. workerd's
questions are answered from these records.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import OrderedDict
from collections.abc import Coroutine
from signal import Signals
from typing import Any

from pywrangler.engine.failures import EngineRefusedError
from pywrangler.errors import MissingError, PywranglerError
from pywrangler.local.gateway.containers.container import TrackedContainer
from pywrangler.local.gateway.containers.succession import Successions
from pywrangler.local.gateway.containers.term_handlers import has_handler
from pywrangler.local.gateway.context import GatewayContext
from pywrangler.local.gateway.engine_words import shorten_start_error
from pywrangler.local.instances.records import Instance
from pywrangler.local.instances.states import explain_exit

log = logging.getLogger(__name__)

LOST_EXIT_CODE = 137
"""The exit code that a Durable Object gets if its container disappeared: the one of a killed process."""
ANSWER_SECONDS = 2.0
"""How long a container that is replaced may take for the responses that it owes."""
ANSWER_CHECK_SECONDS = 0.01
BEGIN_SECONDS = 5.0
"""How long the end of a container waits for its start."""
STOP_SIGNALS = frozenset((Signals.SIGINT, Signals.SIGTERM, Signals.SIGKILL))
KEPT_TAILS = 200
"""The number of ended instances whose last log lines stay readable."""
KEPT_ENDS = 1000
"""The number of container names whose last exit code is known."""
ENGINE_RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0)
"""Pauses while the engine cannot be reached; the last one repeats."""


class ContainerSupervisor:
    """Owns the containers. It does not decide which may start."""

    def __init__(self, context: GatewayContext) -> None:
        self._engine = context.engine
        self._ledger = context.ledger
        self._applications = context.applications
        self._settings = context.settings
        self._clock = context.clock
        self._output_kept = context.output_kept
        self._containers: dict[str, TrackedContainer] = {}
        self._by_instance: dict[str, TrackedContainer] = {}
        self._tails: OrderedDict[str, list[str]] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ends: OrderedDict[str, int] = OrderedDict()
        self.successions = Successions()
        self.refusals: dict[str, str] = {}
        """Why the latest start of a container name was refused. The Durable Object gets the reason when it
        waits for the container.
        """

    # Looking

    def get(self, name: str) -> TrackedContainer | None:
        """The container of this name, whether or not it runs."""
        return self._containers.get(name)

    def containers(self) -> list[TrackedContainer]:
        """All containers."""
        return list(self._containers.values())

    def of_instance(self, instance_id: str) -> TrackedContainer | None:
        """The container of an instance, or None after its removal."""
        return self._by_instance.get(instance_id)

    async def log_tail(self, instance_id: str) -> list[str]:
        """An instance's last log lines: from the engine while its container exists, and from memory
        afterwards.
        """
        if instance_id in self._tails or (container := self._by_instance.get(instance_id)) is None:
            return self._tails.get(instance_id, [])
        try:
            return await self._engine.log_tail(container.id)
        except PywranglerError:
            return self._tails.get(instance_id, [])

    def last_end(self, name: str) -> int | None:
        """The exit code of the last container of this name; None after a new start was asked for.

        A runtime asks for the end of a container that it saw running, and a rollout may have removed it
        meanwhile. Without an answer, the Worker's log has an error that no one caused.
        """
        return self._ends.get(name)

    def forget_end(self, name: str) -> None:
        """Forget the end and the refusal of earlier starts: a new one is decided again."""
        self._ends.pop(name, None)
        self.refusals.pop(name, None)

    # Life

    def created(self, instance: Instance, container_id: str) -> TrackedContainer:
        """Track a container that was created and does not run yet."""
        container = self._register(instance, container_id)
        self._spawn(self._abandon(container))
        return container

    async def start(self, container: TrackedContainer) -> None:
        """Start it. Raises EngineRefusedError if the engine refuses; the container is then removed."""
        try:
            await self._engine.start(container.id)
        except EngineRefusedError as error:
            reason = shorten_start_error(error.message)
            await self.discard(container, f"could not be started: {reason}")
            raise EngineRefusedError(reason, error.status) from error
        self._mark_running(container)
        self._ledger.started(container.instance_id, container_id=container.id, time=self._clock())
        self._spawn(self._watch(container))

    def adopt(self, instance: Instance) -> None:
        """Watch an instance that already runs, because the platform was restarted and its containers
        continued.
        """
        if instance.container_id is None:
            self._ledger.lost(instance.id, time=self._clock())
            return
        container = self._register(instance, instance.container_id)
        self._mark_running(container)
        self._spawn(self._watch(container))
        if instance.stopping_at is not None:
            elapsed = self._clock() - instance.stopping_at
            self._spawn(self._escalate(container, self._settings.kill_after_seconds - elapsed))

    async def describe(self, container: TrackedContainer) -> dict[str, Any] | None:
        """The engine's description of a running container, asked once; None if it no longer runs."""
        if container.inspected is None and container.is_running:
            inspected = await self._engine.inspect(container.id)
            if inspected is None or not container.is_running:
                return None
            if inspected["State"]["Running"]:
                container.inspected = inspected
        return container.inspected

    async def signal(self, container: TrackedContainer, signal: int) -> bool:
        """Send a signal; False if it does not run. A signal that asks it to stop is followed by SIGKILL after
        the grace period.
        """
        if not container.is_running:
            return False
        is_first = (instance := self._ledger.get(container.instance_id)) and instance.stopping_at is None
        if signal in STOP_SIGNALS:
            self._ledger.stopping(container.instance_id, time=self._clock())
        # Of several requests to stop, the first one begins the grace period.
        if signal == Signals.SIGTERM and is_first:
            self._spawn(self._escalate(container, self._settings.kill_after_seconds))
        return await self._engine.kill(container.id, str(int(signal)))

    async def stop(
        self, container: TrackedContainer, grace_seconds: float, reason: str | None = None
    ) -> None:
        """SIGTERM, SIGKILL once `grace_seconds` have passed; returns when the container is gone.

        SIGKILL comes at once if no one used the container, or if its program cannot be asked to stop.
        """
        is_unused = self._ledger.may_give_way(container.instance_id)
        if self.successions.get(container.name) is not None:
            container.is_giving_way = True
            await _answered(container)
        self._ledger.stopping(container.instance_id, time=self._clock(), reason=reason)
        if container.is_running and grace_seconds > 0 and not is_unused and await self._heeds(container):
            await self._engine.kill(container.id, "SIGTERM")
            await asyncio.wait([container.exited], timeout=grace_seconds)
        await self.remove(container, reason)

    async def begun(self, name: str) -> None:
        """Wait until a container that is being started runs and was asked something, for a limited time. Its
        Durable Object takes an end before that for a start that failed.
        """
        end = asyncio.get_running_loop().time() + BEGIN_SECONDS
        while (container := self.get(name)) is not None and container.is_beginning:
            if asyncio.get_running_loop().time() >= end:
                return
            await asyncio.sleep(ANSWER_CHECK_SECONDS)

    async def _heeds(self, container: TrackedContainer) -> bool:
        """Whether the program may do something when it is asked to stop."""
        try:
            inspected = await self.describe(container)
        except PywranglerError:
            return True
        pid = int(inspected["State"].get("Pid") or 0) if inspected else 0
        return has_handler(pid, container.id) is not False

    async def remove(self, container: TrackedContainer, reason: str | None = None) -> None:
        """Kill it and return when the container is gone."""
        if container.running_since is None:
            await self.discard(container, reason or "was removed before it ran")
            return
        if not container.exited.done():
            self._ledger.stopping(container.instance_id, time=self._clock(), reason=reason)
            await self._engine.kill(container.id, "SIGKILL")
        await container.removed.wait()

    async def discard(self, container: TrackedContainer, reason: str) -> None:
        """Remove a container that never ran."""
        log.warning("Instance %s of %s %s", container.instance_id, container.name, reason)
        self._ledger.failed(container.instance_id, reason=reason, time=self._clock())
        await self._leave(container, LOST_EXIT_CODE)

    def close(self) -> None:
        """Stop watching; containers continue."""
        for task in self._tasks:
            task.cancel()

    # Watching

    def _register(self, instance: Instance, container_id: str) -> TrackedContainer:
        container = TrackedContainer(
            instance_id=instance.id,
            application_id=instance.application_id,
            name=instance.container_name,
            id=container_id,
            last_activity=self._clock(),
        )
        self._containers[container.name] = self._by_instance[container.instance_id] = container
        self.forget_end(container.name)
        return container

    def _mark_running(self, container: TrackedContainer) -> None:
        container.running_since = asyncio.get_running_loop().time()
        self.successions.began(container.name)

    async def _watch(self, container: TrackedContainer) -> None:
        exit_code = await self._wait_for_exit(container)
        container.inspected = None
        await self._record_end(container, exit_code)
        await self._leave(container, LOST_EXIT_CODE if exit_code is None else exit_code)

    async def _wait_for_exit(self, container: TrackedContainer) -> int | None:
        """Its exit code, or None when it is gone. Outlives restarts of the engine."""
        for attempt in itertools.count():
            try:
                return await self._engine.wait(container.id)
            except EngineRefusedError as error:
                if error.status == 404:
                    return None
            except MissingError as error:
                container.inspected = None
                if attempt == 0:
                    log.warning("Instance %s cannot be watched: %s", container.instance_id, error.message)
            await asyncio.sleep(ENGINE_RETRY_SECONDS[min(attempt, len(ENGINE_RETRY_SECONDS) - 1)])
        return None  # pragma: no cover - the count does not end

    async def _record_end(self, container: TrackedContainer, exit_code: int | None) -> None:
        if exit_code is None:
            self._ledger.lost(container.instance_id, time=self._clock())
            return
        try:
            # Both at the same time: until the Durable Object gets the end, requests go to the dead container.
            inspected, tail, _ = await asyncio.gather(
                self._engine.inspect(container.id),
                self._engine.log_tail(container.id),
                self._output_kept(container.instance_id),
            )
            self._keep_tail(container.instance_id, tail)
        except PywranglerError as error:
            inspected = None
            log.warning("The end of instance %s is not fully known: %s", container.instance_id, error.message)
        application = self._applications.by_id(container.application_id)
        oom_killed = bool(inspected and inspected["State"].get("OOMKilled"))
        reason = explain_exit(
            exit_code, oom_killed=oom_killed, memory_mib=application.memory_mib if application else None
        )
        self._ledger.exited(
            container.instance_id,
            exit_code=exit_code,
            oom_killed=oom_killed,
            time=self._clock(),
            reason=reason,
        )
        log.info("Instance %s %s", container.instance_id, reason)

    async def _leave(self, container: TrackedContainer, exit_code: int) -> None:
        """Notify the tasks that wait for its end, and remove the container."""
        if container.exited.done():
            await container.removed.wait()  # by the task that came first
            return
        container.exited.set_result(exit_code)
        if container.running_since is not None:
            self._ends[container.name] = exit_code
            while len(self._ends) > KEPT_ENDS:
                self._ends.popitem(last=False)
        try:
            await self._engine.remove(container.id)
        except PywranglerError as error:
            log.warning("Container %s cannot be removed: %s", container.name, error.message)
        finally:
            container.removed.set()
            self._by_instance.pop(container.instance_id, None)
            if self._containers.get(container.name) is container:
                del self._containers[container.name]

    def _keep_tail(self, instance_id: str, lines: list[str]) -> None:
        self._tails[instance_id] = lines
        while len(self._tails) > KEPT_TAILS:
            self._tails.popitem(last=False)

    async def _escalate(self, container: TrackedContainer, delay_seconds: float) -> None:
        await asyncio.wait([container.exited], timeout=max(delay_seconds, 0))
        if not container.exited.done():
            log.warning("Instance %s ignores SIGTERM and is killed.", container.instance_id)
            await self._engine.kill(container.id, "SIGKILL")

    async def _abandon(self, container: TrackedContainer) -> None:
        await asyncio.wait([container.exited], timeout=self._settings.abandon_seconds)
        if container.running_since is None and not container.exited.done():
            await self.discard(container, "was created and never started")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Watching a container failed: %s", error, exc_info=error)


async def _answered(container: TrackedContainer) -> None:
    """Wait until it owes no response, for a limited time. New requests wait meanwhile (`succession`)."""
    end = asyncio.get_running_loop().time() + ANSWER_SECONDS
    while container.is_answering and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 - no event
        await asyncio.sleep(ANSWER_CHECK_SECONDS)
