"""The ledger of instances: which run, which ran, and whether there is a free slot.

Every decision about slots is one step without awaiting, inside the platform's event loop, so that two starts
cannot both get an application's last slot. The ledger does no I/O: the caller passes the time, and every
change goes to a repository and to the subscribers.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Collection
from typing import Protocol, TypeVar

from pywrangler.local.instances.records import Application, Instance, InstanceState, Location, shared

T = TypeVar("T")

DEFAULT_LOCATION = Location()
KEPT_ENDED = 10_000
"""Of how many ended instances of an application the records are kept: the latest."""
FORGET_AT_ONCE = 500
"""So many more before the oldest are dropped together."""
LOST_REASON = "its container was gone when the platform looked for it"


class InstanceRepository(Protocol):
    """The storage in which records of instances outlive the platform's process."""

    def save(self, instance: Instance) -> None:
        """Store an instance, new or changed, by its id."""

    def load(self) -> list[Instance]:
        """Every stored instance, oldest first."""

    def forget_before(self, time: float) -> None:
        """Drop instances that ended before `time` (seconds since the epoch)."""

    def forget(self, instance_ids: Collection[str]) -> None:
        """Drop these instances."""


class ApplicationLookup(Protocol):
    """The current applications."""

    def by_namespace(self, namespace_id: str) -> Application | None:
        """The application of a Durable Object namespace (32 hex digits), if it has one."""

    def by_id(self, application_id: str) -> Application | None:
        """The application with this UUID, if it still exists."""


class Ledger:
    """Owns the instances' records. Every `time` is in seconds since the epoch."""

    def __init__(self, repository: InstanceRepository) -> None:
        self._repository = repository
        self._instances = {instance.id: instance for instance in repository.load()}
        self._alive = {each.id: each for each in self._instances.values() if not each.state.is_final}
        self._latest_by_container = {
            instance.container_name: instance.id for instance in self._instances.values()
        }
        self._listeners: list[Callable[[Instance], None]] = []
        self._bring_ups: set[str] = set()
        self._canaries: set[str] = set()
        self._proved = {instance.id for instance in self._instances.values() if instance.is_bring_up}
        self._ended = Counter(
            instance.application_id for instance in self._instances.values() if instance.state.is_final
        )
        """How many of an application have ended."""
        for application_id in [*self._ended]:
            self._forget_oldest(application_id)

    # Looking

    def get(self, instance_id: str) -> Instance | None:
        """The instance with this id, alive or not."""
        return self._instances.get(instance_id)

    def by_container_name(self, name: str) -> Instance | None:
        """The latest instance of a container name. A Durable Object uses the same name for each of its
        containers.
        """
        return self._instances.get(self._latest_by_container.get(name, ""))

    def of_application(self, application_id: str) -> list[Instance]:
        """All instances of an application, oldest first."""
        return [
            instance for instance in self._instances.values() if instance.application_id == application_id
        ]

    def alive(self, application_id: str | None = None) -> list[Instance]:
        """Instances that hold a slot, of one application or of all, oldest first."""
        alive = self._alive.values()
        return [each for each in alive if application_id in (None, each.application_id)]

    # Places

    def reserve(
        self,
        application: Application,
        *,
        durable_object_id: str,
        container_name: str,
        time: float,
        location: Location = DEFAULT_LOCATION,
    ) -> Instance | None:
        """Take a slot for a start. Returns the new instance, or None if all `max_instances` slots are taken.

        A rollout's canary needs no slot. `location` is what the instance gets.
        """
        is_canary = durable_object_id in self._canaries
        taken = sum(not instance.is_canary for instance in self.alive(application.id))
        if taken >= application.max_instances and not (is_canary or application.is_managed):
            return None
        instance = Instance(
            id=str(uuid.uuid4()),
            application_id=application.id,
            worker=application.worker,
            durable_object_id=shared(durable_object_id),
            container_name=shared(container_name),
            state=InstanceState.STARTING,
            image=application.image,
            version=application.version,
            created_at=time,
            location=location.location,
            region=location.region,
            is_bring_up=durable_object_id in self._bring_ups,
            is_canary=is_canary,
            is_platform_start=is_canary or durable_object_id in self._bring_ups,
        )
        self._latest_by_container[container_name] = instance.id
        self._keep(instance)
        return instance

    def expect_canary(self, durable_object_id: str) -> None:
        """Starts of this Durable Object's container are a rollout's canaries, until `canary_finished`."""
        self._canaries.add(durable_object_id)

    def is_canary(self, durable_object_id: str) -> bool:
        """Whether a start of this Durable Object's container would be a rollout's canary."""
        return durable_object_id in self._canaries

    def canary_finished(self, durable_object_id: str) -> None:
        """The rollout's canary has ended, with success or not."""
        self._canaries.discard(durable_object_id)

    def expect_bring_up(self, durable_object_id: str) -> None:
        """The next start of this Durable Object's container is a bring-up; no request caused it."""
        self._bring_ups.add(durable_object_id)

    def bring_up_finished(self, durable_object_id: str) -> None:
        """The bring-up has ended, with success or not. From now on, traffic means a use of the instance."""
        self._bring_ups.discard(durable_object_id)
        self._proved |= {
            instance.id
            for instance in self.alive()
            if instance.is_bring_up and instance.durable_object_id == durable_object_id
        }

    def idle_bring_up(self, application_id: str) -> Instance | None:
        """An instance that ran only for a bring-up. It gives up its slot to the first start that needs it,
        even if it was asked to stop and has not.
        """
        return next(
            (instance for instance in self.alive(application_id) if instance.id in self._proved),
            None,
        )

    def may_give_way(self, instance_id: str) -> bool:
        """Whether the instance ran only for a bring-up."""
        return instance_id in self._proved

    def awaits_first_use(self, instance_id: str) -> bool:
        """Whether traffic would now be its first use. While a deploy brings it up again, traffic is the
        deploy's own. Cheap enough for every piece of data.
        """
        if instance_id not in self._proved:
            return False
        return self._instances[instance_id].durable_object_id not in self._bring_ups

    def used(self, instance_id: str) -> None:
        """The instance is in use, and keeps its slot from now on."""
        if instance_id in self._proved:
            self._proved.discard(instance_id)
            self._change(instance_id, is_bring_up=False)

    # Life

    def resolved(self, instance_id: str, image: str) -> None:
        """The engine's id of the image (`sha256:...`) that the instance runs."""
        self._change(instance_id, image=image)

    def set_egress(self, instance_id: str, egress: str) -> None:
        """The network access that its start asked for."""
        self._change(instance_id, egress=egress)

    def starts_with(self, instance_id: str, *, variables: str | None, entrypoint: str | None) -> None:
        """The options that its start passes, as keyed hashes."""
        self._change(instance_id, variables=variables, entrypoint=entrypoint)

    def started(self, instance_id: str, *, container_id: str, time: float) -> None:
        """Its container runs."""
        self._change(instance_id, state=InstanceState.RUNNING, container_id=container_id, started_at=time)

    def stopping(self, instance_id: str, *, time: float, reason: str | None = None) -> None:
        """It was asked to stop. The first time and reason are kept."""
        instance = self._instances[instance_id]
        if not instance.state.is_final:
            self._change(
                instance_id,
                state=InstanceState.STOPPING,
                stopping_at=instance.stopping_at or time,
                reason=instance.reason or reason,
            )

    def exited(self, instance_id: str, *, exit_code: int, oom_killed: bool, time: float, reason: str) -> None:
        """Its container ended; the slot is free. It failed if no stop was requested and the exit code is not
        0.
        """
        instance = self._instances[instance_id]
        was_asked = instance.state is InstanceState.STOPPING and not oom_killed
        self._end(
            instance_id,
            InstanceState.STOPPED if exit_code == 0 or was_asked else InstanceState.FAILED,
            exit_code=exit_code,
            oom_killed=oom_killed,
            stopped_at=time,
            reason=(instance.reason if was_asked else None) or reason,
        )

    def failed(self, instance_id: str, *, reason: str, time: float) -> None:
        """It could not be started; the slot is free."""
        self._end(instance_id, InstanceState.FAILED, stopped_at=time, reason=reason)

    def lost(self, instance_id: str, *, time: float) -> None:
        """Its container disappeared while the platform did not watch it; the slot is free."""
        self._end(instance_id, InstanceState.STOPPED, stopped_at=time, reason=LOST_REASON)

    def named(self, instance_id: str, durable_object_name: str) -> None:
        """The name of its Durable Object became known."""
        if self._instances[instance_id].durable_object_name != durable_object_name:
            self._change(instance_id, durable_object_name=durable_object_name)

    def forget_before(self, time: float) -> None:
        """Drop instances that ended before `time`."""
        for instance in list(self._instances.values()):
            if instance.state.is_final and (instance.stopped_at or instance.created_at) < time:
                self._drop(instance)
        self._repository.forget_before(time)

    def _forget_oldest(self, application_id: str) -> None:
        """Drop the records of the instances of an application that ended first, if there are too many."""
        if self._ended[application_id] < KEPT_ENDED + FORGET_AT_ONCE:
            return
        ended = [instance for instance in self.of_application(application_id) if instance.state.is_final]
        ended.sort(key=lambda instance: instance.stopped_at or instance.created_at)
        oldest = ended[:-KEPT_ENDED]
        for instance in oldest:
            self._drop(instance)
        self._repository.forget([instance.id for instance in oldest])

    def _drop(self, instance: Instance) -> None:
        del self._instances[instance.id]
        self._ended[instance.application_id] -= 1
        if self._latest_by_container.get(instance.container_name) == instance.id:
            del self._latest_by_container[instance.container_name]

    # Waiting

    def subscribe(self, listener: Callable[[Instance], None]) -> Callable[[], None]:
        """Call `listener` with every instance that changes, until the function returned here is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def wait_for(self, look: Callable[[], T | None]) -> T:
        """The first result of `look` that is not None. It is called now and after every change. Use a timeout
        around this.
        """
        changed = asyncio.Event()
        unsubscribe = self.subscribe(lambda _: changed.set())
        try:
            while (found := look()) is None:
                await changed.wait()
                changed.clear()
            return found
        finally:
            unsubscribe()

    def _end(self, instance_id: str, state: InstanceState, **changes: object) -> None:
        if self._instances[instance_id].state.is_final:
            return
        self._proved.discard(instance_id)
        self._change(instance_id, state=state, **changes)
        application_id = self._instances[instance_id].application_id
        self._ended[application_id] += 1
        self._forget_oldest(application_id)

    def _change(self, instance_id: str, **changes: object) -> None:
        changes = {name: shared(value) for name, value in changes.items()}
        self._keep(self._instances[instance_id].with_(**changes))

    def _keep(self, instance: Instance) -> None:
        self._instances[instance.id] = instance
        if instance.state.is_final:
            self._alive.pop(instance.id, None)
        else:
            self._alive[instance.id] = instance
        self._repository.save(instance)
        for listener in list(self._listeners):
            listener(instance)
