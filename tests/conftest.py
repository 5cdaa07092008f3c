"""What every test gets without asking, a clean environment and a platform directory of its own, and the
fixtures that tests with real parts ask for.
"""

from __future__ import annotations

import functools
import gc
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

from pywrangler.toolchain import Toolchain, ensure
from tests.support.platform import NO_KEYRING, Platform, platform_variables
from tests.support.projects import NODE_MODULES
from tests.support.runs.effort import IN_CI

OUTER = dict(os.environ)
FOREIGN_PREFIXES = ("CLOUDFLARE_", "CF_", "WRANGLER_", "PYWRANGLER_", "MINIFLARE_")
FOREIGN_NAMES = {"CI", "NO_COLOR", "FORCE_COLOR"}
pytest_plugins = ["tests.support.runs.reruns"]
KEPT = {"PYWRANGLER_WORKERD", "PYWRANGLER_ESBUILD", "PYWRANGLER_CACHE", "WRANGLER_DOCKER_HOST"}

# How long an input takes says little on a machine that does other things, too.
settings.register_profile(
    "busy",
    settings.get_profile("ci" if IN_CI else "default"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("busy")

# A shell ignores SIGINT for what it runs behind `&`, and nohup SIGHUP; programs inherit that. Tests send both
# to the programs that they start, so these get the signals' defaults whatever started pytest.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@functools.cache
def missing_engine() -> str | None:
    """Why tests that need the Docker Engine cannot run here, or None."""
    for command in (["docker", "version"], ["docker", "buildx", "version"]):
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{' '.join(command)}: {error}"
        if done.returncode:
            return f"{' '.join(command)}: {done.stderr.strip()}"
    return None


@functools.cache
def installed_toolchain() -> Toolchain:
    """workerd and esbuild, downloaded once into the user's cache."""
    return ensure(OUTER)


def refuse(reason: str) -> NoReturn:
    """Skip the test aloud; in CI, fail it: a run that skips the real parts proves nothing."""
    if IN_CI:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


# Seven thousand tests are a million objects that stay: looking through them again and again for what can be
# freed took a quarter of the time of `make unit`.
gc.set_threshold(100_000, 20, 100)


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later search for garbage."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, aloud, what needs an engine that is not here."""
    if item.get_closest_marker("docker") and (reason := missing_engine()):
        refuse(f"no Docker Engine with buildx: {reason}")


@pytest.fixture(scope="session")
def short_directory() -> Iterator[Path]:
    """A directory with a short path, because that of a unix socket has less than 108 bytes."""
    with tempfile.TemporaryDirectory(prefix="pw-", dir="/tmp", ignore_cleanup_errors=True) as directory:
        yield Path(directory)


@pytest.fixture(autouse=True)
def home(short_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An environment without anything that chooses an account, a target or a setting, and a platform
    directory (`PYWRANGLER_HOME`) that does not exist yet and is this test's own.
    """
    for name in list(os.environ):
        if (name.startswith(FOREIGN_PREFIXES) and name not in KEPT) or name in (
            "CI",
            "NO_COLOR",
            "FORCE_COLOR",
        ):
            monkeypatch.delenv(name)
    directory = short_directory / os.urandom(3).hex()
    monkeypatch.setenv("PYWRANGLER_HOME", str(directory))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", NO_KEYRING)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    """The real workerd and esbuild."""
    return installed_toolchain()


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The npm packages that the tests' Workers import, unmodified."""
    if not NODE_MODULES.is_dir():
        (pytest.fail if IN_CI else pytest.skip)("the examples' npm packages are absent: run `make setup`")
    return NODE_MODULES


@contextmanager
def running_in(home: Path, toolchain: Toolchain) -> Iterator[Platform]:
    """A platform in the directory `home`, which starts with the first command or by `platform.start()`.

    Afterwards it is gone, and so is every container that it owned.
    """
    platform = Platform(home)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in platform_variables(home, toolchain).items():
            environment.setenv(name, value)
        yield platform
        platform.end()
        assert platform.containers() == []


@pytest.fixture
def platform(home: Path, toolchain: Toolchain, node_modules: Path) -> Iterator[Platform]:
    """This test's own platform."""
    with running_in(home, toolchain) as platform:
        yield platform
