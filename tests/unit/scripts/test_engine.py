"""What the set-up would do on machines of every kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.engine import Action, Machine, Step, plan_engine
from scripts.machine import SetupError

DEBIAN_12 = {"ID": "debian", "VERSION_ID": "12"}
DEBIAN_13 = {"ID": "debian", "VERSION_ID": "13"}
UBUNTU = {"ID": "ubuntu", "VERSION_ID": "24.04"}
READY = Machine(
    system=DEBIAN_12, engine_answers=True, has_client=True, has_server=True, has_buildx=True, has_systemd=True
)
STOPPED = replace(READY, engine_answers=False)


def test_a_machine_with_docker_is_not_touched() -> None:
    assert plan_engine(READY) == []
    assert plan_engine(replace(READY, system={"ID": "fedora"})) == []


def test_a_fresh_debian_12_gets_engine_client_and_buildx_of_debian_13() -> None:
    assert plan_engine(Machine(system=DEBIAN_12)) == [
        Step(Action.ADD_NEXT_DEBIAN),
        Step(
            Action.INSTALL,
            ("docker.io/trixie", "docker-cli/trixie", "docker-buildx/trixie", "ca-certificates", "iptables"),
        ),
        Step(Action.START_PROCESS),
    ]


@pytest.mark.parametrize(
    ("system", "packages"),
    [
        (DEBIAN_13, ("docker.io", "docker-cli", "docker-buildx", "ca-certificates", "iptables")),
        (UBUNTU, ("docker.io", "docker-buildx", "ca-certificates", "iptables")),
    ],
)
def test_other_distributions_have_all_of_it_themselves(
    system: dict[str, str], packages: tuple[str, ...]
) -> None:
    assert plan_engine(Machine(system=system, has_systemd=True)) == [
        Step(Action.INSTALL, packages),
        Step(Action.START_SERVICE),
    ]


def test_an_installed_engine_is_only_started() -> None:
    assert plan_engine(STOPPED) == [Step(Action.START_SERVICE)]
    assert plan_engine(replace(STOPPED, has_systemd=False)) == [Step(Action.START_PROCESS)]


def test_a_client_that_is_there_is_kept() -> None:
    install = plan_engine(Machine(system=DEBIAN_12, has_client=True))[1]
    assert install.packages == ("docker.io/trixie", "docker-buildx/trixie", "ca-certificates", "iptables")


def test_buildx_alone_is_added_to_an_engine_that_runs() -> None:
    assert plan_engine(replace(READY, has_buildx=False, system=UBUNTU)) == [
        Step(Action.INSTALL, ("docker-buildx",))
    ]


def test_control_groups_are_mounted_where_nothing_mounts_them() -> None:
    assert plan_engine(replace(STOPPED, has_cgroups=False, has_systemd=False)) == [
        Step(Action.INSTALL, ("cgroupfs-mount",)),
        Step(Action.MOUNT_CGROUPS),
        Step(Action.START_PROCESS),
    ]


def test_a_user_who_is_not_root_may_use_the_engine_that_was_installed() -> None:
    assert plan_engine(Machine(system=UBUNTU, is_root=False))[-1] == Step(Action.ADMIT_USER)
    assert plan_engine(replace(STOPPED, is_root=False)) == [Step(Action.START_SERVICE)]


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (replace(STOPPED, engine_address="tcp://build:2375"), "DOCKER_HOST is tcp://build:2375"),
        (replace(STOPPED, engine_refuses=True), "usermod -aG docker"),
        (Machine(system={"ID": "fedora"}), "by hand"),
    ],
)
def test_what_the_set_up_cannot_help_is_said(machine: Machine, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        plan_engine(machine)
