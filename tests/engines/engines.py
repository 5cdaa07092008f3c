"""The engines that `make engines` tries, each with a store and a socket of its own."""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pywrangler.toolchain import cache_directory
from tests.faults.own_engine import mounts_below
from tests.support.waiting import eventually

USER = "pywrangler-engines"
"""The ordinary user of rootless engines. It exists while they are tried."""
AS_USER = ("runuser", "-u", USER, "--")
AS_READING_USER = (
    *("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)
"""The same, and this project and its Python can be read, wherever they are."""
BASE_IMAGES = ("busybox:1.35", "python:3.11-slim")
START_SECONDS = 60
PLACE = Path("/var/tmp")
TUN = Path("/dev/net/tun")


@dataclass(frozen=True)
class TriedEngine:
    """An engine that runs."""

    directory: Path
    """Its own, and of what uses it."""
    environment: Mapping[str, str]
    """With which pywrangler finds it, and Docker's command, too."""
    prefix: tuple[str, ...] = ()
    """What runs a command as the engine's user."""

    def docker(self, *words: str) -> str:
        """What Docker's command prints about it."""
        done = subprocess.run(
            [*self.prefix, "docker", *words],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def give(self, path: Path) -> None:
        """Let the engine's user have a directory."""
        if self.prefix:
            subprocess.run(["chown", "-R", f"{USER}:", str(path)], check=True)


def missing(*programs: str) -> list[str]:
    """Those of the programs that are not installed."""
    places = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    return [name for name in programs if shutil.which(name, path=places) is None]


@contextmanager
def _own_directory() -> Iterator[Path]:
    """A directory with a short path on the machine's disk; what is mounted below it is unmounted."""
    for left in PLACE.glob("pw-engine-*-*"):
        if not Path("/proc", left.name.split("-")[2]).exists():
            _remove(left)  # of a run that was cut off
    directory = Path(tempfile.mkdtemp(prefix=f"pw-engine-{os.getpid()}-", dir=PLACE))
    directory.chmod(0o755)
    try:
        yield directory
    finally:
        _remove(directory)


def _remove(directory: Path) -> None:
    for mount in mounts_below(directory, Path("/proc/mounts").read_text()):
        subprocess.run(["umount", "--lazy", mount], check=False)
    shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _process(command: list[str], environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """A process for as long as the context lasts, in a session of its own."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL,
            start_new_session=True, cwd="/",
        )  # fmt: skip
    try:
        yield
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(START_SECONDS)


def _load_images(engine: TriedEngine) -> None:
    for image in BASE_IMAGES:
        archive = engine.directory / "image.tar"
        subprocess.run(["docker", "save", image, "--output", str(archive)], check=True)
        archive.chmod(0o644)
        engine.docker("load", "--quiet", "--input", str(archive))
        archive.unlink()


@contextmanager
def podman(*, is_rootless: bool = False) -> Iterator[TriedEngine]:
    """Podman's service."""
    with _own_directory() as directory, _user(directory, is_wanted=is_rootless) as (prefix, own):
        limits = [
            f'"{name}={soft}:{soft}"'
            for name, soft in (("nofile", resource.getrlimit(resource.RLIMIT_NOFILE)[0]), ("nproc", 4096))
        ]
        (directory / "containers.conf").write_text(
            f"[containers]\ndefault_ulimits = [{', '.join(limits)}]\n"
            f'[engine]\nruntime = "{_runtime()}"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
            '[network]\nnetwork_backend = "netavark"\n'
        )
        (directory / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\nrunroot = "{directory}/run"\ngraphroot = "{directory}/root"\n'
        )
        address = f"unix://{directory}/podman.sock"
        environment = {
            **own,
            "CONTAINERS_CONF": str(directory / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(directory / "storage.conf"),
            "DOCKER_HOST": address,
            "TMPDIR": str(directory / "tmp"),
        }
        (directory / "tmp").mkdir()
        engine = TriedEngine(directory, environment, prefix)
        engine.give(directory)
        command = [*(AS_USER if is_rootless else ()), "podman", "system", "service", "--time=0", address]
        with _process(command, {**os.environ, **environment}, directory / "engine.log"):
            eventually((directory / "podman.sock").exists, timeout_seconds=START_SECONDS, what="its socket")
            try:
                _load_images(engine)
                yield engine
            finally:
                _run(engine, "podman", "rm", "--all", "--force", "--time", "0")
                _run(engine, "podman", "system", "reset", "--force")


@contextmanager
def rootless_docker() -> Iterator[TriedEngine]:
    """`dockerd` of an ordinary user."""
    with _own_directory() as directory, _user(directory, is_wanted=True) as (prefix, own):
        address = f"unix://{directory}/docker.sock"
        environment = {**own, "DOCKER_HOST": address}
        engine = TriedEngine(directory, environment, prefix)
        engine.give(directory)
        command = [
            *AS_USER, str(_rootless_script()), "--data-root", str(directory / "data"),
            "--exec-root", str(directory / "exec"), "--pidfile", str(directory / "docker.pid"),
            "--host", address,
        ]  # fmt: skip
        started = {**os.environ, **environment}
        del started["DOCKER_HOST"]  # with it, dockerd would listen there twice
        with _process(command, started, directory / "engine.log"):
            eventually(
                lambda: _run(engine, "docker", "version").returncode == 0,
                timeout_seconds=START_SECONDS,
                what="an answer of rootless Docker",
            )
            _load_images(engine)
            yield engine


@contextmanager
def _user(directory: Path, *, is_wanted: bool) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """What runs a command as an ordinary user, and the variables of that user; nothing if none is wanted."""
    if not is_wanted:
        yield (), {}
        return
    _remove_user()  # of a run that was cut off
    subprocess.run(["useradd", "--create-home", "--base-dir", str(directory), USER], check=True)
    TUN.chmod(0o666)  # as every distribution has it; slirp4netns opens it
    home, runtime = directory / USER, directory / "runtime"
    runtime.mkdir(mode=0o700)
    # What pywrangler has downloaded for root, which an ordinary user cannot read there.
    toolchain = cache_directory(os.environ) / "toolchain"
    shutil.copytree(toolchain, directory / "cache" / "toolchain", symlinks=True)
    try:
        yield (
            AS_READING_USER,
            {
                "HOME": str(home),
                "USER": USER,
                "XDG_RUNTIME_DIR": str(runtime),
                "PYWRANGLER_CACHE": str(directory / "cache"),
                "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
            },
        )
    finally:
        _remove_user()


def _remove_user() -> None:
    with suppress(KeyError):
        own = str(pwd.getpwnam(USER).pw_uid)
        subprocess.run(["pkill", "-KILL", "-u", own], check=False)
        eventually(
            lambda: subprocess.run(["pgrep", "-u", own], capture_output=True).returncode != 0,
            what="the end of the user's processes",
        )
        subprocess.run(["userdel", "--force", USER], check=False, capture_output=True)


def _rootless_script() -> Path:
    """Where Debian's and Docker's own packages have it."""
    debian = Path("/usr/share/docker.io/contrib/dockerd-rootless.sh")
    return debian if debian.exists() else Path("dockerd-rootless.sh")


def _runtime() -> str:
    """crun refuses control groups of both versions at once, which some machines have."""
    is_hybrid = Path("/sys/fs/cgroup/unified").exists()
    return "runc" if is_hybrid and shutil.which("runc") else "crun"


def _run(engine: TriedEngine, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*engine.prefix, *words],
        env={**os.environ, **engine.environment},
        capture_output=True,
        text=True,
        check=False,
    )
