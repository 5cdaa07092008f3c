"""Who gets a second chance, and how many a run may have."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # runs of pytest
ROOT = Path(__file__).parents[3]
FLAKY = """
@pytest.mark.{mark}
def test_{name}(tmp_path_factory):
    file = Path({directory!r}) / {name!r}
    attempt = int(file.read_text()) if file.exists() else 0
    file.write_text(str(attempt + 1))
    assert attempt >= {failures}
"""
CONFIGURATION = (
    "[pytest]\naddopts = -p tests.support.runs.reruns\nmarkers =\n  docker: x\n  workerd: x\n  slow: x\n"
)
PLUGINS = (
    "-p",
    "pytest_rerunfailures",
    "-p",
    "xdist.plugin",
    "-p",
    "tests.support.runs.reruns",
    "-p",
    "no:cacheprovider",
)
"""All others would take a second of every run."""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs tests that fail at first: (mark, how many times)."""

    def run(*tests: tuple[str, int], options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        source = "from pathlib import Path\nimport pytest\n"
        for number, (mark, failures) in enumerate(tests):
            source += FLAKY.format(mark=mark, name=f"n{number}", directory=str(tmp_path), failures=failures)
        (tmp_path / "test_flaky.py").write_text(source)
        (tmp_path / "pytest.ini").write_text(CONFIGURATION)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--rootdir",
            str(tmp_path),
            "-c",
            str(tmp_path / "pytest.ini"),
        ]
        command += [*PLUGINS, "--reruns", "2", *options, str(tmp_path)]
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)

    return run


@pytest.mark.parametrize("mark", ["docker", "workerd"])
def test_a_test_of_real_parts_gets_a_second_chance_which_is_printed(run: Run, mark: str) -> None:
    done = run((mark, 1), ("slow", 0))
    assert done.returncode == 0, done.stdout
    assert "1 reruns, of which a run may have 3" in done.stdout
    assert "1 of test_flaky.py::test_n0" in done.stdout


def test_a_plain_test_gets_none(run: Run) -> None:
    done = run(("slow", 1), ("docker", 0))
    assert done.returncode == 1
    assert "reruns, of which" not in done.stdout
    assert "1 failed, 1 passed" in done.stdout


def test_a_test_that_never_passes_fails(run: Run) -> None:
    done = run(("docker", 9))
    assert done.returncode == 1
    assert "2 of test_flaky.py::test_n0" in done.stdout


@pytest.mark.parametrize("options", [(), ("-n", "2", "--dist", "loadgroup")])
def test_a_run_may_have_three_and_fails_above(run: Run, options: tuple[str, ...]) -> None:
    done = run(("docker", 1), ("workerd", 2), options=options)
    assert (done.returncode, "3 reruns" in done.stdout) == (0, True), done.stdout
    for file in Path(str(done.args[-1])).glob("n?"):
        file.unlink()
    done = run(("docker", 2), ("workerd", 2), ("docker", 0), options=options)
    assert done.returncode == 1, done.stdout
    assert "3 passed" in done.stdout
    assert "4 reruns, of which a run may have 3" in done.stdout
    assert "The run fails" in done.stdout
