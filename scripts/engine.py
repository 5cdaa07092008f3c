"""Gives a Debian or Ubuntu machine a running Docker Engine with buildx, if it has none.

What is there stays as it is: an engine that answers is used, an installed one is started, and only what is
absent is installed, from the machine's own package sources.

    python3 -m scripts.engine
"""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from getpass import getuser
from pathlib import Path

from scripts.machine import (
    SetupError,
    has,
    install_packages,
    run,
    run_as_root,
    say,
    succeeds,
    this_apt_mirror,
    this_os,
    write_as_root,
)

SOCKET = Path("/var/run/docker.sock")
LOG_FILE = Path("/var/log/pywrangler-dockerd.log")
START_SECONDS = 60
NEXT_DEBIAN = "trixie"
NEXT_DEBIAN_FILES = {
    Path("/etc/apt/sources.list.d/pywrangler-trixie.sources"): (
        "Types: deb\nURIs: {mirror}\nSuites: trixie\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    ),
    # Below 100, so that nothing is ever upgraded from there by itself.
    Path("/etc/apt/preferences.d/pywrangler-trixie"): "Package: *\nPin: release n=trixie\nPin-Priority: 50\n",
}


@dataclass(frozen=True)
class Machine:
    """What the plan depends on."""

    system: Mapping[str, str]
    """Fields of os-release."""
    engine_answers: bool = False
    engine_refuses: bool = False
    """There is an engine's socket that this user may not open."""
    engine_address: str | None = None
    """`DOCKER_HOST`, if it is set."""
    has_client: bool = False
    has_server: bool = False
    has_buildx: bool = False
    has_cgroups: bool = True
    has_systemd: bool = False
    is_root: bool = True


class Action(StrEnum):
    """One step towards an engine."""

    ADD_NEXT_DEBIAN = "add Debian 13 as a package source of low priority"
    INSTALL = "install"
    MOUNT_CGROUPS = "mount the control groups"
    START_SERVICE = "start the service"
    START_PROCESS = "start the process"
    ADMIT_USER = "let this user use it"


@dataclass(frozen=True)
class Step:
    """An action with the packages it installs."""

    action: Action
    packages: tuple[str, ...] = ()


def plan_engine(machine: Machine) -> list[Step]:
    """The steps that this machine needs, none when it is ready; raises `SetupError` when none would help."""
    if machine.engine_answers:
        return [] if machine.has_buildx else plan_packages(machine)
    if machine.engine_address:
        raise SetupError(
            f"DOCKER_HOST is {machine.engine_address}, where nothing responds: start that engine."
        )
    if machine.engine_refuses:
        raise SetupError(
            f"{getuser()} may not use the Docker Engine at {SOCKET}: "
            f"run `sudo usermod -aG docker {getuser()}` and log in again."
        )
    steps = [] if machine.has_server and machine.has_client and machine.has_buildx else plan_packages(machine)
    if not machine.has_cgroups:
        steps += [Step(Action.INSTALL, ("cgroupfs-mount",)), Step(Action.MOUNT_CGROUPS)]
    steps.append(Step(Action.START_SERVICE if machine.has_systemd else Action.START_PROCESS))
    if not machine.has_server and not machine.is_root:
        steps.append(Step(Action.ADMIT_USER))
    return steps


def plan_packages(machine: Machine) -> list[Step]:
    """The packages that this distribution lacks for engine, client and buildx."""
    system, version = machine.system.get("ID"), machine.system.get("VERSION_ID", "")
    if system not in ("debian", "ubuntu"):
        raise SetupError("Install Docker with buildx by hand: this set-up knows Debian and Ubuntu only.")
    wanted = [] if machine.has_server or machine.engine_answers else ["docker.io"]
    if not machine.has_client and system == "debian":  # Ubuntu's docker.io holds the client
        wanted.append("docker-cli")
    if not machine.has_buildx:
        wanted.append("docker-buildx")
    extra = ("ca-certificates", "iptables") if "docker.io" in wanted else ()
    if system == "debian" and version == "12":
        # Debian 12 has no buildx, and its engine (20.10) is older than what buildx is tested with.
        pinned = tuple(f"{package}/{NEXT_DEBIAN}" for package in wanted)
        return [Step(Action.ADD_NEXT_DEBIAN), Step(Action.INSTALL, pinned + extra)]
    return [Step(Action.INSTALL, tuple(wanted) + extra)]


def observe_machine() -> Machine:
    """What is here."""
    answers = succeeds(["docker", "version"])
    return Machine(
        system=this_os(),
        engine_answers=answers,
        engine_refuses=not answers and SOCKET.exists() and not os.access(SOCKET, os.R_OK | os.W_OK),
        engine_address=os.environ.get("DOCKER_HOST"),
        has_client=has("docker"),
        has_server=has("dockerd"),
        has_buildx=succeeds(["docker", "buildx", "version"]),
        has_cgroups=" /sys/fs/cgroup" in Path("/proc/mounts").read_text(),
        has_systemd=Path("/run/systemd/system").is_dir(),
        is_root=os.geteuid() == 0,
    )


def add_next_debian() -> None:
    """Name Debian 13 as a package source, on the mirror that this machine uses already."""
    mirror = this_apt_mirror("bookworm")
    if mirror is None:
        raise SetupError("No Debian 12 mirror in apt's sources: install Docker with buildx by hand.")
    if this_apt_mirror(NEXT_DEBIAN):
        return
    for file, text in NEXT_DEBIAN_FILES.items():
        write_as_root(file, text.format(mirror=mirror))


def start_process() -> None:
    """Start the engine in the background, where no service manager does it; it writes its own pid file."""
    say(f"Starting dockerd in the background; its log is {LOG_FILE}")
    command = f"setsid nohup dockerd </dev/null >>{shlex.quote(str(LOG_FILE))} 2>&1 &"
    run_as_root(["sh", "-c", command])


def admit_user() -> None:
    """Let this user use the engine we installed: by group from the next login, by the socket until then."""
    say(f"Adding {getuser()} to the group docker")
    run_as_root(["usermod", "-aG", "docker", getuser()])
    wait_until(SOCKET.exists, f"{SOCKET} did not appear")
    run_as_root(["chgrp", str(os.getgid()), str(SOCKET)])


def wait_until(is_done: Callable[[], bool], failure: str) -> None:
    """Wait for a condition, at most `START_SECONDS`."""
    deadline = time.monotonic() + START_SECONDS
    while not is_done():
        if time.monotonic() > deadline:
            raise SetupError(f"{failure} within {START_SECONDS} seconds.")
        time.sleep(0.2)


def take(step: Step) -> None:
    """Do one step."""
    match step.action:
        case Action.ADD_NEXT_DEBIAN:
            add_next_debian()
        case Action.INSTALL:
            install_packages(step.packages)
        case Action.MOUNT_CGROUPS:
            run_as_root(["cgroupfs-mount"])
        case Action.START_SERVICE:
            run_as_root(["systemctl", "start", "docker"])
        case Action.START_PROCESS:
            start_process()
        case Action.ADMIT_USER:
            admit_user()


def main() -> int:
    """Make the engine ready; returns the exit status."""
    try:
        for step in plan_engine(observe_machine()):
            take(step)
        wait_until(
            lambda: succeeds(["docker", "version"]), f"The Docker Engine did not answer (see {LOG_FILE})"
        )
        run(
            ["docker", "version", "--format", "==> Docker Engine {{.Server.Version}} answers"],
            stdout=sys.stderr,
        )
    except (SetupError, OSError) as error:
        say(f"Docker: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
