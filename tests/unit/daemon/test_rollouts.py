"""A rollout on instances that are records only: who is replaced, when, and what is taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.rollouts import rollouts
from pywrangler.local.daemon.rollouts.rollouts import UNSET_GRACE_SECONDS, RolloutRunner
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.rest.operations import BringUp, BringUpFailed, BringUpFailure
from pywrangler.local.store import Store
from pywrangler.local.store.records import ApplicationRecord, Namespace, RolloutStep, StoredRollout
from pywrangler.local.store.versions import VersionDraft
from tests.local.gateway.world import Records
from tests.support.waiting import eventually_async

NOW = 1_790_000_000.0
NAMESPACE = "a" * 32
SIZE = {"vcpu": 0.0625, "memory_mib": 256, "disk": {"size_mb": 2000}}
UP = BringUp("0" * 64, "canary", "i", "running", (), 0.1, None)


def not_up(reason: str) -> BringUpFailed:
    return BringUpFailed(reason, BringUpFailure(reason=reason, application="chat-room", exit_code=7))


@dataclass
class FakeProver:
    """Proves as the test says: a response for each version."""

    store: Store
    answers: dict[int, BringUp | BringUpFailed | None] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    cleared: int = 0

    def _version(self) -> int:
        record = self.store.applications.get("app")
        assert record is not None
        self.asked.append(record.version)
        return record.version

    async def run(self, application_id: str) -> BringUp | None:
        answer = self.answers.get(self._version(), UP)
        if isinstance(answer, BringUpFailed):
            raise answer
        return answer

    async def does_come_up(self, application_id: str) -> bool:
        return isinstance(self.answers.get(self._version(), UP), BringUp)

    async def clear(self, application_id: str | None = None) -> None:
        self.cleared += 1


@dataclass
class Scene:
    """An application with a version before and a new one, and its instances."""

    store: Store
    ledger: Ledger
    canaries: FakeProver
    stops: list[tuple[int, float, str]] = field(default_factory=list)
    """Version, seconds to stop in, and reason of everything that was stopped."""
    starts_as_told: bool = False
    """Whether each Durable Object starts the next instance at once, as with a steady stream of requests."""
    fails: set[int] = field(default_factory=set)
    """Versions whose instances fail as soon as they run."""
    time: float = NOW
    refuses_to_stop: PywranglerError | None = None

    def __post_init__(self) -> None:
        self.runner = RolloutRunner(
            self.store,
            self.ledger,
            self.stop,
            self.canaries,
            lambda: self.time,  # type: ignore[arg-type]
        )

    def run_instance(self, number: int, *, is_canary: bool = False) -> Instance:
        """Start the instance of a Durable Object, of the application's version now."""
        application = self.store.applications.by_id("app")
        assert application is not None
        self.time += 1
        object_id = f"{number:064x}"
        if is_canary:
            self.ledger.expect_canary(object_id)
        made = self.ledger.reserve(
            application, durable_object_id=object_id, container_name=f"c{number}", time=self.time
        )
        assert made is not None
        self.ledger.started(made.id, container_id=f"id-{made.id}", time=self.time)
        if made.version in self.fails:
            self.ledger.exited(
                made.id, exit_code=7, oom_killed=False, time=self.time, reason="exited with code 7"
            )
        return made

    def end(self, instance: Instance, code: int) -> None:
        reason = f"exited with code {code}"
        self.ledger.exited(instance.id, exit_code=code, oom_killed=False, time=self.time, reason=reason)

    async def stop(self, instance: Instance, grace_seconds: float, reason: str) -> None:
        if self.refuses_to_stop:
            raise self.refuses_to_stop
        self.stops.append((instance.version, grace_seconds, reason))
        self.ledger.stopping(instance.id, time=self.time, reason=reason)
        self.ledger.exited(
            instance.id, exit_code=0, oom_killed=False, time=self.time, reason="exited with code 0"
        )
        if self.starts_as_told:
            self.run_instance(int(instance.durable_object_id, 16))

    def deploy(self, *percentages: int, kind: Any = "full_auto", version: int = 2) -> StoredRollout:
        """Move the application to the next version, and record its rollout."""
        record = self.record
        configuration = {"image": f"image-{version}", **SIZE}
        self.store.applications.modify("app", {**record.spec, "configuration": configuration}, NOW)
        made = StoredRollout(
            id=f"rollout-{version}",
            application_id="app",
            kind=kind,
            description="",
            current_version=record.version,
            target_version=version,
            current_configuration=record.configuration,
            target_configuration=configuration,
            status="pending",
            steps=tuple(RolloutStep(n, percentage) for n, percentage in enumerate(percentages or (100,), 1)),
            created_at=NOW,
            last_updated_at=NOW,
        )
        self.store.rollouts.save(made)
        return made

    @property
    def record(self) -> ApplicationRecord:
        found = self.store.applications.get("app")
        assert found is not None
        return found

    def rollout(self, rollout_id: str = "rollout-2") -> StoredRollout:
        found = self.store.rollouts.get(rollout_id)
        assert found is not None
        return found

    def versions(self) -> list[int]:
        """Of the instances that run for a Durable Object."""
        return sorted(each.version for each in self.ledger.alive() if not each.is_canary)

    async def settled(self, rollout_id: str = "rollout-2") -> StoredRollout:
        """The rollout once it is over, or is stuck."""

        async def look() -> bool:
            return self.rollout(rollout_id).is_over or self.rollout(rollout_id).reason is not None

        await eventually_async(look, what="the rollout's end", timeout_seconds=10)
        # Taking back saves the record first: let the stops after it come to their end.
        await asyncio.gather(*self.runner._tasks.values(), return_exceptions=True)
        return self.rollout(rollout_id)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    store = Store.open(tmp_path, b"k" * 32)
    store.workers.create("chat", NOW)
    namespaces = (Namespace(NAMESPACE, "chat", "Room", use_sqlite=True),)
    await store.versions.add(
        VersionDraft(
            id="v",
            worker="chat",
            created_on=NOW,
            metadata={"main_module": "index.js", "bindings": []},
            modules=(),
            namespaces=namespaces,
            migration_tag="v1",
            content_hash="1",
        )
    )
    spec = {
        "configuration": {"image": "image-1", **SIZE},
        "max_instances": 20,
        "rollout_active_grace_period": 0,
    }
    store.applications.create(
        ApplicationRecord("app", "chat-room", NAMESPACE, "chat", "Room", 1, 1, NOW, NOW, spec)
    )
    scene = Scene(store, Ledger(Records({})), FakeProver(store))
    yield scene
    scene.runner.close()
    store.close()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No request comes by itself here, so there is nothing to wait for."""
    monkeypatch.setattr(rollouts, "SIGN_SECONDS", 0.05)
    monkeypatch.setattr(rollouts, "STEADY_SECONDS", 0.05)


async def test_a_proved_version_replaces_every_instance(scene: Scene) -> None:
    for number in range(3):
        scene.run_instance(number)
    scene.deploy()
    scene.runner.start("rollout-2")
    done = await scene.settled()
    assert (done.status, done.updated_instances, done.total_instances) == ("completed", 0, 0)
    assert scene.stops == [(1, UNSET_GRACE_SECONDS, "replaced by version 2")] * 3
    assert scene.canaries.asked == [2]
    assert scene.record.rolled_out_version == 2


async def test_the_configured_grace_period_is_kept(scene: Scene) -> None:
    scene.store.applications.modify("app", {**scene.record.spec, "rollout_active_grace_period": 40}, NOW)
    scene.run_instance(0)
    scene.deploy()
    scene.runner.start("rollout-2")
    await scene.settled()
    assert scene.stops == [(1, 40, "replaced by version 2")]


async def test_every_step_replaces_its_share_oldest_first(scene: Scene) -> None:
    scene.starts_as_told = True
    for number in range(10):
        scene.run_instance(number)
    scene.deploy(10, 50, 100)
    seen: list[list[int]] = []
    scene.ledger.subscribe(lambda _: seen.append(scene.versions()))
    scene.runner.start("rollout-2")
    done = await scene.settled()
    assert [step.status for step in done.steps] == ["completed"] * 3
    assert all(step.started_at and step.completed_at for step in done.steps)
    assert scene.versions() == [2] * 10
    assert [1] * 9 + [2] in seen
    assert [1] * 5 + [2] * 5 in seen
    assert (done.updated_instances, done.total_instances) == (10, 10)


async def test_a_version_that_does_not_come_up_touches_no_instance(scene: Scene) -> None:
    scene.canaries.answers = {2: not_up("exited with code 7")}
    scene.run_instance(0)
    scene.deploy()
    scene.runner.start("rollout-2")
    done = await scene.settled()
    assert (done.status, done.reason) == ("reverted", "exited with code 7")
    assert done.failure is not None
    assert done.failure["exit_code"] == 7
    assert scene.canaries.asked == [2, 1]
    assert (scene.stops, scene.versions(), scene.record.version) == ([], [1], 1)


async def test_where_no_version_comes_up_alone_the_new_one_is_rolled_out(scene: Scene) -> None:
    scene.canaries.answers = {
        1: not_up("needs what the code passes"),
        2: not_up("needs what the code passes"),
    }
    scene.starts_as_told = True
    scene.run_instance(0)
    scene.run_instance(1)
    scene.deploy()
    scene.runner.start("rollout-2")
    done = await scene.settled()
    assert done.status == "completed"
    assert (scene.versions(), scene.record.version) == ([2, 2], 2)


async def test_unproved_the_first_replacement_is_a_test_and_is_taken_back(scene: Scene) -> None:
    scene.canaries.answers = {2: None}
    scene.starts_as_told, scene.fails = True, {2}
    for number in range(4):
        scene.run_instance(number)
    scene.deploy()
    scene.runner.start("rollout-2")
    done = await scene.settled()
    assert done.status == "reverted"
    assert "of version 2 exited with code 7" in str(done.reason)
    assert scene.stops == [(1, UNSET_GRACE_SECONDS, "replaced by version 2")]
    assert scene.versions() == [1, 1, 1]
    assert scene.record.version == 1
    scene.run_instance(9)
    assert scene.versions() == [1, 1, 1, 1]


async def test_what_was_replaced_gets_the_version_before_again(scene: Scene) -> None:
    scene.starts_as_told = True
    for number in range(4):
        scene.run_instance(number)
    scene.deploy(50, 100)

    def fail_later(instance: Instance) -> None:
        # The second step's instances fail; those of the first one run.
        if instance.version == 2 and len(scene.stops) >= 3:
            scene.fails = {2}

    scene.ledger.subscribe(fail_later)
    scene.runner.start("rollout-2")
    done = await scene.settled()
    assert done.status == "reverted"
    assert [step.status for step in done.steps] == ["reverted", "reverted"]
    back = [stop for stop in scene.stops if stop[0] == 2]
    assert back
    assert set(back) == {(2, UNSET_GRACE_SECONDS, "back to version 1")}
    assert set(scene.versions()) == {1}


async def test_unproved_without_requests_the_rollout_continues(scene: Scene) -> None:
    scene.canaries.answers = {2: None}
    for number in range(3):
        scene.run_instance(number)
    scene.deploy()
    scene.runner.start("rollout-2")
    assert (await scene.settled()).status == "completed"
    assert scene.versions() == []


async def test_a_canary_is_neither_replaced_nor_counted(scene: Scene) -> None:
    scene.run_instance(0)
    canary = scene.run_instance(7, is_canary=True)
    scene.deploy()
    scene.runner.start("rollout-2")
    done = await scene.settled()
    assert len(scene.stops) == 1
    assert scene.ledger.alive() == [scene.ledger.get(canary.id)]
    assert done.total_instances == 0


async def test_a_step_by_hand_is_one_step(scene: Scene) -> None:
    scene.starts_as_told = True
    for number in range(4):
        scene.run_instance(number)
    scene.deploy(25, 100, kind="full_manual")
    scene.runner.start("rollout-2")

    async def first_is_done() -> bool:
        return scene.rollout().steps[0].status == "completed"

    await eventually_async(first_is_done, what="the first step")
    await asyncio.gather(*scene.runner._tasks.values())
    assert (scene.rollout().status, scene.versions()) == ("progressing", [1, 1, 1, 2])
    scene.runner.start("rollout-2")
    assert (await scene.settled()).status == "completed"
    assert scene.canaries.asked == [2], "proved once"


@pytest.mark.parametrize("error", [PywranglerError("the engine is gone"), ZeroDivisionError("a bug")])
async def test_one_that_gets_stuck_says_why_and_continues_at_the_next_start(
    scene: Scene, error: Exception
) -> None:
    scene.run_instance(0)
    scene.deploy()
    scene.refuses_to_stop = error  # type: ignore[assignment]
    scene.runner.start("rollout-2")
    stuck = await scene.settled()
    assert stuck.status == "progressing"
    assert str(error) in str(stuck.reason)

    scene.refuses_to_stop = None
    again = Scene(scene.store, scene.ledger, FakeProver(scene.store))
    await again.runner.resume()
    assert again.canaries.cleared == 1
    await eventually_async(_is_over(again), what="the rollout's end")
    assert (again.rollout().status, again.rollout().reason) == ("completed", None)
    again.runner.close()


def _is_over(scene: Scene) -> Any:
    async def look() -> bool:
        return scene.rollout().is_over

    return look


async def test_rollouts_by_hand_wait_for_their_hand_at_the_next_start(scene: Scene) -> None:
    scene.run_instance(0)
    scene.deploy(kind="full_manual")
    await scene.runner.resume()
    assert scene.runner._tasks == {}


async def test_a_later_rollout_takes_the_place_of_the_one_before(scene: Scene) -> None:
    scene.run_instance(0)
    scene.deploy()
    scene.runner.start("rollout-2")
    scene.store.rollouts.save(replace(scene.rollout(), status="replaced"))
    scene.deploy(version=3)
    scene.runner.start("rollout-3")
    assert (await scene.settled("rollout-3")).status == "completed"
    assert scene.rollout().status == "replaced"
    assert [reason for *_, reason in scene.stops] == ["replaced by version 3"]


async def test_a_rollout_that_is_gone_is_not_started(scene: Scene) -> None:
    scene.runner.start("rollout-9")
    assert scene.runner._tasks == {}


async def test_one_of_an_application_that_is_deleted_meanwhile_ends(scene: Scene) -> None:
    scene.run_instance(0)
    scene.deploy()
    scene.store.applications.delete("app")
    scene.runner.start("rollout-2")
    assert scene.stops == []


async def test_what_was_asked_to_stop_before_gets_no_longer_than_the_others(scene: Scene) -> None:
    slow = scene.run_instance(0)
    scene.run_instance(1)
    scene.ledger.stopping(slow.id, time=NOW)
    scene.deploy()
    scene.runner.start("rollout-2")
    await scene.settled()
    assert len(scene.stops) == 2
    ended = scene.ledger.get(slow.id)
    assert ended is not None
    assert ended.state is InstanceState.STOPPED
