"""The pytest plugin: fixtures that deploy a project to a local platform of the test session's own.

pytest loads this module in every environment that has the package, so it imports nothing but pytest. What
deploys (`pywrangler.testing`) is imported when a test first asks for it.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pywrangler.testing.platform import TestPlatform as Platform
    from pywrangler.testing.project import DeployedProject

DIRECTORY = "pywrangler_directory"
TIMEOUT = "pywrangler_timeout"
DEFAULT_TIMEOUT_SECONDS = 600
NAMES = ("wrangler.json", "wrangler.jsonc", "wrangler.toml")
LOG_SECTION_LINES = 200
"""How many of the last lines a report of a failure has."""

_PLATFORM: pytest.StashKey[Platform] = pytest.StashKey()
_BEGAN: pytest.StashKey[float] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings of pytest's configuration file."""
    parser.addini(DIRECTORY, "Directory of the project that `pywrangler_project` deploys; default: rootdir.")
    parser.addini(TIMEOUT, "Seconds that a deploy may take.", default=str(DEFAULT_TIMEOUT_SECONDS))


class Deployer:
    """What the fixture `pywrangler_deploy` is: call it with a directory."""

    def __init__(self, config: pytest.Config, platform: Platform) -> None:
        self._config = config
        self._platform = platform

    def __call__(self, directory: str | Path, **options: Any) -> DeployedProject:
        """Deploy the project in a directory, relative to rootdir.

        Options: `environment`, `variables`, `secrets`, `config` (a file), `allow_fuse` (names of
        applications) and `timeout_seconds`.
        """
        from pywrangler.testing.errors import DeployFailedError, NoEngineError

        try:
            return self._platform.deploy((self._config.rootpath / directory).resolve(), **options)
        except NoEngineError as error:
            pytest.skip(f"no container engine: {error}")
        except DeployFailedError as error:
            pytest.fail(str(error), pytrace=False)

    def run(self, *words: str, directory: str | Path | None = None, stdin: str = "") -> str:
        """Run another command of pywrangler on the same platform; its standard output."""
        from pywrangler.testing.errors import DeployFailedError

        try:
            return self._platform.run(*words, directory=Path(directory) if directory else None, stdin=stdin)
        except DeployFailedError as error:
            pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def pywrangler_deploy(request: pytest.FixtureRequest) -> Iterator[Deployer]:
    """Deploy projects: `pywrangler_deploy(directory, environment=..., variables=..., secrets=...)`.

    The platform is the session's own, or of each worker of pytest-xdist; everything is removed in the end.
    Tests of projects with containers are skipped where there is no container engine.
    """
    from pywrangler.testing.platform import TestPlatform

    config = request.config
    platform = TestPlatform(float(config.getini(TIMEOUT)))
    config.stash[_PLATFORM] = platform
    yield Deployer(config, platform)
    del config.stash[_PLATFORM]
    platform.close()


@pytest.fixture(scope="session")
def pywrangler_project(request: pytest.FixtureRequest, pywrangler_deploy: Deployer) -> DeployedProject:
    """The deployed project in `pywrangler_directory` of pytest's configuration, or in its root directory.

    It has `url`, `kv`, `r2`, `secrets`, `instances()`, `logs()`, `trigger_cron()` and `wait_until()`.
    """
    return pywrangler_deploy(_directory(request.config))


def _directory(config: pytest.Config) -> Path:
    """The directory of the project: the setting's, else rootdir or the current one, if it has a project."""
    named = str(config.getini(DIRECTORY))
    if named:
        return (config.inipath.parent if config.inipath else config.rootpath) / named
    places = (config.rootpath, config.invocation_params.dir)
    return next((each for each in places if any((each / name).is_file() for name in NAMES)), places[0])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note when a test begins: its logs begin there."""
    item.stash[_BEGAN] = time.time()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],  # noqa: ARG001 - pytest goes by the name
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach to a failed test what Workers and containers wrote meanwhile."""
    report = yield
    platform = item.config.stash.get(_PLATFORM, None)
    if report.failed and platform is not None:
        for project in platform.projects:
            if text := _logs(project, item.stash.get(_BEGAN, 0.0)):
                report.sections.append((f"logs of {project.name} and its containers", text))
    return report


def _logs(project: DeployedProject, since: float) -> str:
    try:
        lines = project.logs(since).splitlines()
    except Exception as error:  # the report of the test must not be lost
        return f"The logs cannot be read: {error}"
    return "\n".join(lines[-LOG_SECTION_LINES:])
