"""Places and the lives of instances, without anything that runs."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

import pytest

from pywrangler.local.instances.ledger import LOST_REASON, Ledger
from pywrangler.local.instances.records import Application, Instance, InstanceState

APPLICATION = Application(
    id="a",
    name="app",
    worker="w",
    class_name="C",
    namespace_id="n" * 32,
    image="app:1",
    version=2,
    max_instances=2,
    vcpu=1,
    memory_mib=256,
    disk_mb=2000,
)


class Memory:
    """A repository that only remembers."""

    def __init__(self, *instances: Instance) -> None:
        self.instances = {instance.id: instance for instance in instances}
        self.forgotten: list[float] = []

    def save(self, instance: Instance) -> None:
        self.instances[instance.id] = instance

    def load(self) -> list[Instance]:
        return list(self.instances.values())

    def forget_before(self, time: float) -> None:
        self.forgotten.append(time)

    def forget(self, instance_ids: Collection[str]) -> None:
        for instance_id in instance_ids:
            del self.instances[instance_id]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(Memory())


def reserve(ledger: Ledger, number: int = 0, application: Application = APPLICATION) -> Instance | None:
    return ledger.reserve(
        application, durable_object_id=f"{number:064x}", container_name=f"c{number}", time=100.0 + number
    )


def reserved(ledger: Ledger, number: int = 0) -> Instance:
    instance = reserve(ledger, number)
    assert instance is not None
    return instance


def current(ledger: Ledger, instance: Instance) -> Instance:
    found = ledger.get(instance.id)
    assert found is not None
    return found


def test_a_reservation_records_what_the_instance_will_be(ledger: Ledger) -> None:
    instance = reserved(ledger)
    assert (instance.state, instance.version, instance.image) == (InstanceState.STARTING, 2, "app:1")
    assert ledger.by_container_name("c0") == ledger.get(instance.id) == instance
    assert ledger.of_application("a") == ledger.alive("a") == [instance]


def test_slots_are_limited_per_application(ledger: Ledger) -> None:
    assert reserve(ledger, 0)
    assert reserve(ledger, 1)
    assert reserve(ledger, 2) is None
    assert reserve(ledger, 3, replace(APPLICATION, id="b"))


@pytest.mark.parametrize("end", ["exited", "failed", "lost"])
def test_every_end_frees_the_place(ledger: Ledger, end: str) -> None:
    first = reserved(ledger, 0)
    reserved(ledger, 1)
    match end:
        case "exited":
            ledger.exited(first.id, exit_code=0, oom_killed=False, time=9, reason="exited with code 0")
        case "failed":
            ledger.failed(first.id, reason="no image", time=9)
        case "lost":
            ledger.lost(first.id, time=9)
    assert reserve(ledger, 2) is not None


def test_a_stopping_instance_keeps_its_slot_and_its_first_reason(ledger: Ledger) -> None:
    first = reserved(ledger, 0)
    reserved(ledger, 1)
    ledger.started(first.id, container_id="c", time=101)
    ledger.stopping(first.id, time=102, reason="replaced")
    ledger.stopping(first.id, time=103, reason="again")
    assert (current(ledger, first).stopping_at, current(ledger, first).reason) == (102, "replaced")
    assert reserve(ledger, 2) is None


@pytest.mark.parametrize(
    ("was_asked", "exit_code", "oom_killed", "state", "reason"),
    [
        (False, 0, False, InstanceState.STOPPED, "why"),
        (False, 5, False, InstanceState.FAILED, "why"),
        (True, 143, False, InstanceState.STOPPED, "replaced"),
        (True, 137, True, InstanceState.FAILED, "why"),
    ],
)
def test_an_end_that_was_asked_for_is_no_failure(
    ledger: Ledger, was_asked: bool, exit_code: int, oom_killed: bool, state: InstanceState, reason: str
) -> None:
    instance = reserved(ledger)
    ledger.started(instance.id, container_id="c", time=101)
    if was_asked:
        ledger.stopping(instance.id, time=102, reason="replaced")
    ledger.exited(instance.id, exit_code=exit_code, oom_killed=oom_killed, time=103, reason="why")
    ended = current(ledger, instance)
    assert (ended.state, ended.reason, ended.exit_code, ended.stopped_at) == (state, reason, exit_code, 103)


def test_the_first_end_stays(ledger: Ledger) -> None:
    instance = reserved(ledger)
    ledger.failed(instance.id, reason="no image", time=9)
    ledger.lost(instance.id, time=10)
    assert current(ledger, instance).reason == "no image"


def test_only_a_proved_and_unused_bring_up_gives_way(ledger: Ledger) -> None:
    ledger.expect_bring_up(f"{0:064x}")
    proof, other = reserved(ledger, 0), reserved(ledger, 1)
    assert (proof.is_bring_up, other.is_bring_up) == (True, False)
    ledger.used(proof.id)
    assert ledger.idle_bring_up("a") is None, "it is still being proved"
    ledger.bring_up_finished(f"{0:064x}")
    assert ledger.idle_bring_up("a") == proof
    ledger.used(proof.id)
    assert ledger.idle_bring_up("a") is None
    assert not current(ledger, proof).is_bring_up


def test_the_traffic_of_a_second_bring_up_is_no_use(ledger: Ledger) -> None:
    assert not ledger.awaits_first_use("another")
    ledger.expect_bring_up(f"{0:064x}")
    proof = reserved(ledger, 0)
    assert not ledger.awaits_first_use(proof.id)
    ledger.bring_up_finished(f"{0:064x}")
    assert ledger.awaits_first_use(proof.id)
    ledger.expect_bring_up(f"{0:064x}")
    assert not ledger.awaits_first_use(proof.id)
    assert ledger.may_give_way(proof.id), "it is still unused"
    ledger.bring_up_finished(f"{0:064x}")
    assert ledger.awaits_first_use(proof.id)


def test_a_bring_up_that_does_not_stop_gives_way_all_the_same(ledger: Ledger) -> None:
    ledger.expect_bring_up(f"{0:064x}")
    proof = reserved(ledger, 0)
    ledger.bring_up_finished(f"{0:064x}")
    ledger.stopping(proof.id, time=102)
    assert ledger.idle_bring_up("a") == current(ledger, proof)
    assert ledger.may_give_way(proof.id)


def test_a_later_start_of_the_same_object_is_no_bring_up(ledger: Ledger) -> None:
    ledger.expect_bring_up(f"{0:064x}")
    ledger.bring_up_finished(f"{0:064x}")
    assert not reserved(ledger, 0).is_bring_up


def test_a_new_ledger_knows_what_the_repository_has() -> None:
    repository = Memory()
    before = Ledger(repository)
    before.expect_bring_up(f"{0:064x}")
    kept, lost = reserved(before, 0), reserved(before, 1)
    after = Ledger(repository)
    assert after.alive("a") == [kept, lost]
    assert after.idle_bring_up("a") == kept
    after.lost(lost.id, time=200)
    assert current(after, lost).reason == LOST_REASON
    assert repository.instances[lost.id].state is InstanceState.STOPPED


def test_forgetting_drops_what_ended_before(ledger: Ledger) -> None:
    old, alive = reserved(ledger, 0), reserved(ledger, 1)
    ledger.failed(old.id, reason="no", time=50)
    ledger.forget_before(60)
    assert ledger.get(old.id) is None
    assert ledger.by_container_name("c0") is None
    assert ledger.of_application("a") == [alive]


def test_of_many_ended_instances_the_latest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywrangler.local.instances.ledger.KEPT_ENDED", 10)
    monkeypatch.setattr("pywrangler.local.instances.ledger.FORGET_AT_ONCE", 5)
    repository = Memory()
    ledger = Ledger(repository)
    alive = reserved(ledger, 999)
    for number in range(100):
        instance = reserved(ledger, number)
        ledger.failed(instance.id, reason="no", time=200.0 + number)
        assert len(ledger.of_application("a")) <= 1 + 15
    kept = ledger.of_application("a")
    assert kept == [*repository.instances.values()]
    assert kept[0] == alive
    assert [each.stopped_at for each in kept[-10:]] == [200.0 + number for number in range(90, 100)]
    assert ledger.by_container_name("c0") is None
    monkeypatch.setattr("pywrangler.local.instances.ledger.KEPT_ENDED", 2)
    assert len(Ledger(repository).of_application("a")) == 3


async def test_waiting_sees_the_change_it_waits_for(ledger: Ledger) -> None:
    instance = reserved(ledger)

    def running() -> str | None:
        return current(ledger, instance).container_id

    waiting = asyncio.create_task(ledger.wait_for(running))
    await asyncio.sleep(0)
    assert not waiting.done()
    ledger.started(instance.id, container_id="c", time=101)
    assert await asyncio.wait_for(waiting, 1) == "c"


def test_listeners_hear_every_change_until_they_leave(ledger: Ledger) -> None:
    heard: list[InstanceState] = []
    leave = ledger.subscribe(lambda instance: heard.append(instance.state))
    instance = reserved(ledger)
    ledger.started(instance.id, container_id="c", time=101)
    leave()
    ledger.lost(instance.id, time=102)
    assert heard == [InstanceState.STARTING, InstanceState.RUNNING]
