"""Limits, states and rollouts by value."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pywrangler.local.instances.limits import LOG_CONFIG, PIDS_LIMIT, EngineAbilities, plan_limits
from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.instances.rollouts import (
    RolloutProgress,
    measure_progress,
    plan_replacements,
    plan_steps,
    stubborn,
)
from pywrangler.local.instances.states import count_health, explain_exit, placement_health
from tests.unit.instances.test_ledger import APPLICATION


def make(number: int, state: InstanceState = InstanceState.RUNNING, version: int = 1) -> Instance:
    return Instance(
        id=f"i{number}",
        application_id="a",
        worker="w",
        durable_object_id=f"{number:064x}",
        container_name=f"c{number}",
        state=state,
        image="sha256:1",
        version=version,
        created_at=100.0 + number,
    )


def test_limits_bound_memory_without_swap_cpu_and_processes() -> None:
    lite = replace(APPLICATION, vcpu=0.0625, memory_mib=256)
    assert plan_limits(lite, EngineAbilities(cpus=8)) == {
        "LogConfig": LOG_CONFIG,
        "Memory": 268_435_456,
        "MemorySwap": 268_435_456,
        "NanoCpus": 62_500_000,
        "PidsLimit": PIDS_LIMIT,
    }


def test_an_instance_larger_than_the_machine_gets_all_its_cpus() -> None:
    large = replace(APPLICATION, vcpu=4, memory_mib=12 * 1024)
    assert plan_limits(large, EngineAbilities(cpus=2))["NanoCpus"] == 2_000_000_000


def test_disk_is_bounded_where_the_engine_can() -> None:
    limits = plan_limits(APPLICATION, EngineAbilities(cpus=1, limits_disk=True))
    assert limits["StorageOpt"] == {"size": "2000000000"}


def test_what_an_engine_cannot_limit_is_not_asked_for() -> None:
    info = {
        "NCPU": 4,
        "MemoryLimit": False,
        "SwapLimit": False,
        "CpuCfsQuota": False,
        "PidsLimit": False,
        "Driver": "overlay2",
    }
    assert plan_limits(APPLICATION, EngineAbilities.of_info(info)) == {"LogConfig": LOG_CONFIG}
    assert EngineAbilities.of_info({"NCPU": 4, "Driver": "btrfs"}) == EngineAbilities(4, limits_disk=True)


def test_health_counts_the_latest_of_each_container() -> None:
    crashed_before = replace(make(1, InstanceState.FAILED), id="old", created_at=1.0)
    counts = count_health(
        replace(APPLICATION, max_instances=5),
        [
            crashed_before,
            make(1),
            make(2, InstanceState.STARTING),
            make(3, InstanceState.FAILED),
            make(4, InstanceState.STOPPED),
        ],
    )
    assert counts.as_json() == {"active": 1, "healthy": 4, "failed": 1, "starting": 1, "scheduling": 0}


def test_what_only_a_deploy_brought_up_does_not_make_an_application_active() -> None:
    counts = count_health(APPLICATION, [replace(make(1), is_bring_up=True)])
    assert (counts.active, counts.failed, counts.starting) == (0, 0, 0)
    assert count_health(APPLICATION, [replace(make(1), is_bring_up=True), make(2)]).active == 1


def test_what_does_not_stop_is_ended_by_a_rollout() -> None:
    stopping = make(1, InstanceState.STOPPING)
    others = [make(2), make(3, InstanceState.STOPPED), replace(make(4, InstanceState.STOPPING), version=9)]
    assert stubborn([stopping, *others], 9) == [stopping]


def test_every_state_has_cloudflares_word() -> None:
    words = [placement_health(state) for state in InstanceState]
    assert words == ["placed", "running", "stopping", "stopped", "failed"]


@pytest.mark.parametrize(
    ("exit_code", "oom_killed", "memory_mib", "words"),
    [
        (0, False, 256, "exited with code 0"),
        (42, False, 256, "exited with code 42"),
        (139, False, 256, "exited with code 139 (signal 11)"),
        (137, True, 256, "killed for using too much memory (its limit is 256 MiB)"),
        (137, True, None, "killed for using too much memory"),
    ],
)
def test_ends_are_put_in_words(exit_code: int, oom_killed: bool, memory_mib: int | None, words: str) -> None:
    assert explain_exit(exit_code, oom_killed=oom_killed, memory_mib=memory_mib) == words


@pytest.mark.parametrize(
    ("step_percentage", "steps"),
    [
        (25, (25, 50, 75, 100)),
        (100, (100,)),
        (30, (30, 60, 90, 100)),
        ([10, 100], (10, 100)),
        ([50, 10], (10, 50, 100)),
    ],
)
def test_steps_rise_to_all(step_percentage: int | list[int], steps: tuple[int, ...]) -> None:
    assert plan_steps(step_percentage) == steps


@pytest.mark.parametrize("step_percentage", [0, 101, [], [0, 100], [10, 200]])
def test_steps_outside_the_range_are_refused(step_percentage: int | list[int]) -> None:
    with pytest.raises(ValueError, match="100"):
        plan_steps(step_percentage)


def test_a_step_replaces_the_oldest_first_and_never_none() -> None:
    instances = [make(number) for number in (3, 1, 2)] + [make(9, InstanceState.STOPPED)]
    assert [i.id for i in plan_replacements(instances, 2, 10)] == ["i1"]
    assert [i.id for i in plan_replacements(instances, 2, 50)] == ["i1", "i2"]
    assert [i.id for i in plan_replacements(instances, 2, 100)] == ["i1", "i2", "i3"]


def test_what_is_new_or_already_stopping_counts_as_replaced() -> None:
    instances = [make(1, InstanceState.STOPPING), make(2, version=2), make(3), make(4)]
    assert plan_replacements(instances, 2, 50) == ()
    assert [i.id for i in plan_replacements(instances, 2, 60)] == ["i3"]
    assert measure_progress(instances, 2) == RolloutProgress(updated_instances=2, total_instances=4)


def test_without_instances_there_is_nothing_to_replace() -> None:
    assert plan_replacements([], 2, 100) == ()


@pytest.mark.parametrize(
    ("mounts", "is_limited"),
    [
        ("/dev/a / ext4 rw 0 0\n/dev/b /var/lib/docker xfs rw,prjquota 0 0", True),
        ("/dev/a / xfs rw,relatime,pquota 0 0", True),
        ("/dev/a / xfs rw,noquota 0 0", False),
        ("/dev/a / xfs rw,pquota 0 0\n/dev/b /var ext4 rw 0 0", False),
        ("/dev/a / xfs rw,pquota 0 0\n/dev/b /var/lib/docker-other ext4 rw 0 0", True),
        ("", False),
    ],
)
def test_overlay2_limits_disks_on_xfs_with_quotas_only(mounts: str, is_limited: bool) -> None:
    info = {"Driver": "overlay2", "DockerRootDir": "/var/lib/docker"}
    assert EngineAbilities.of_info(info, mounts).limits_disk is is_limited
