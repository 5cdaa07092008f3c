"""A Docker Engine that may break: in a network namespace of its own, with all processes of the faults.

    python -m tests.faults.own_engine COMMAND...

runs a command there, and ends the engine afterwards. It needs root, Linux, `dockerd`, `ip` and `nsenter`. The
namespace has no way out, so what has to be downloaded is downloaded before.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.waiting import eventually

VARIABLE = "FAULTS_ENGINE"
"""The directory of the engine; set while one runs for these tests."""
_started: list[subprocess.Popen[bytes]] = []
"""Held, so that Python does not complain that they were not waited for."""
BASE_IMAGES = ("busybox:1.35",)


def has_own_engine() -> bool:
    """Whether this process runs beside an engine of its own."""
    return VARIABLE in os.environ


@dataclass(frozen=True)
class OwnEngine:
    """The engine of a directory."""

    directory: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> OwnEngine:
        """The engine beside which this process runs."""
        return cls(Path(environment[VARIABLE]))

    @property
    def address(self) -> str:
        """Its address, as in `DOCKER_HOST`."""
        return f"unix://{self.directory}/docker.sock"

    @property
    def pid(self) -> int:
        """The process of `dockerd`."""
        return int((self.directory / "docker.pid").read_text())

    def start(self) -> None:
        """Start it in this network namespace, and wait until it answers."""
        # A killed one leaves it, and its number may still be that of a process that was not waited for.
        (self.directory / "docker.pid").unlink(missing_ok=True)
        with (self.directory / "dockerd.log").open("ab") as log:
            started = subprocess.Popen(
                dockerd_args(self.directory), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True, env=_environment_of_dockerd(),
            )  # fmt: skip
        _started.append(started)
        eventually(self.answers, timeout_seconds=90, what="an answer of the own engine")

    def answers(self) -> bool:
        """Whether it answers."""
        return _docker(self, "version").returncode == 0

    def load(self, image: str) -> None:
        """Copy an image from the machine's engine."""
        with subprocess.Popen(["docker", "save", image], stdout=subprocess.PIPE) as saved:
            subprocess.run(
                ["docker", "--host", self.address, "load", "--quiet"], stdin=saved.stdout, check=True
            )

    def send(self, number: signal.Signals) -> None:
        """Send a signal to `dockerd`."""
        os.kill(self.pid, number)

    def stop(self) -> None:
        """End it, and wait for that."""
        pid = self.pid
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        eventually(lambda: not _lives(pid), timeout_seconds=60, what="the end of the own engine")


def dockerd_args(directory: Path) -> list[str]:
    """The command line of the engine."""
    return [
        "dockerd",
        *("--data-root", str(directory / "data"), "--exec-root", str(directory / "exec")),
        *("--pidfile", str(directory / "docker.pid"), "--host", f"unix://{directory}/docker.sock"),
        *("--bip", "172.30.8.1/24", "--default-address-pool", "base=172.31.0.0/16,size=24"),
        *("--cgroup-parent", "pywrangler-faults"),
    ]


def namespace_args(name: str) -> list[list[str]]:
    """The commands that make a network namespace with a loopback, and a route that leads nowhere."""
    inside = ["ip", "-n", name]
    return [
        ["ip", "netns", "add", name],
        [*inside, "link", "set", "lo", "up"],
        [*inside, "link", "add", "nowhere", "type", "veth", "peer", "name", "nobody"],
        [*inside, "addr", "add", "203.0.113.1/24", "dev", "nowhere"],
        [*inside, "link", "set", "nowhere", "up"],
        [*inside, "link", "set", "nobody", "up"],
        [*inside, "route", "add", "default", "via", "203.0.113.2"],
    ]


@contextmanager
def namespace() -> Iterator[str]:
    """The name of a network namespace for as long as the context lasts."""
    name = f"pywrangler-faults-{os.getpid()}"
    try:
        for words in namespace_args(name):
            subprocess.run(words, check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)


def main() -> int:
    """Run the command of the arguments; its status."""
    fetch_before()
    directory = Path(tempfile.mkdtemp(prefix="pw-faults-", dir="/var/tmp"))
    engine = OwnEngine(directory)
    enter = (sys.executable, "-m", "tests.faults.own_engine")
    try:
        with namespace() as name:
            inside = ["nsenter", f"--net=/var/run/netns/{name}"]
            environment = {**os.environ, VARIABLE: str(directory), "DOCKER_HOST": engine.address}
            try:
                subprocess.run([*inside, *enter, "--start"], check=True, env=environment)
                for image in BASE_IMAGES:
                    engine.load(image)
                return subprocess.run([*inside, *sys.argv[1:]], env=environment).returncode
            finally:
                if (directory / "docker.pid").exists():
                    engine.stop()
    finally:
        for mount in mounts_below(directory, Path("/proc/mounts").read_text()):
            subprocess.run(["umount", "--lazy", mount], check=False)
        shutil.rmtree(directory, ignore_errors=True)


def mounts_below(directory: Path, mounts: str) -> list[str]:
    """What is mounted below a directory, the innermost first: `dockerd` leaves its own directory mounted."""
    places = [line.split()[1] for line in mounts.splitlines()]
    return sorted((place for place in places if place.startswith(f"{directory}/")), reverse=True)


def fetch_before() -> None:
    """Download the programs of the platform, while there is a network."""
    from pywrangler.toolchain import ensure, ensure_product_workers

    ensure(os.environ)
    ensure_product_workers(os.environ)


def _docker(engine: OwnEngine, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["docker", "--host", engine.address, *words], capture_output=True, timeout=60)


def _environment_of_dockerd() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYWRANGLER_")}
    kept.pop("DOCKER_HOST", None)  # with it, dockerd would listen there twice
    return kept


def _lives(pid: int) -> bool:
    file = Path(f"/proc/{pid}/stat")
    return file.exists() and file.read_text().rpartition(")")[2].split()[0] != "Z"


if __name__ == "__main__":
    if sys.argv[1:] == ["--start"]:
        OwnEngine.of(os.environ).start()
    else:
        sys.exit(main())
