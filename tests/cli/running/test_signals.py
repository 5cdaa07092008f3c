"""A command that is ended by a signal ends what it started, and says by its status which signal it was."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.commands.context.invocation import GlobalOptions, Invocation
from pywrangler.commands.context.surroundings import Surroundings
from pywrangler.commands.shared.log_lines import show_lines
from pywrangler.errors import FollowingEndedError
from tests.support.waiting import eventually

IGNORING = "import os, signal, sys; signal.signal({}, signal.SIG_IGN); os.execv(sys.executable, sys.argv[1:])"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose build command does not end, and starts another process."""
    configuration = {
        "name": "web",
        "main": "index.js",
        "compatibility_date": "2026-11-01",
        "build": {"command": "touch begun; sleep 300 & echo $! > child; wait"},
    }
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    (tmp_path / "index.js").write_text("export default { fetch: () => new Response() };")
    return tmp_path


def start(project: Path, ignored: str | None = None) -> subprocess.Popen[str]:
    deploy = [sys.executable, "-m", "pywrangler_containers", "deploy", "--dry-run"]
    prefix = [sys.executable, "-c", IGNORING.format(ignored)] if ignored else []
    process = subprocess.Popen([*prefix, *deploy], cwd=project, stderr=subprocess.PIPE, text=True)
    eventually(lambda: (project / "child").is_file() and (project / "child").read_text().strip())
    return process


def is_alive(project: Path) -> bool:
    stat = Path("/proc", (project / "child").read_text().strip(), "stat")
    try:
        return ") Z " not in stat.read_text()
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "status", "ignored"),
    [
        (signal.SIGINT, 130, None),
        (signal.SIGTERM, -signal.SIGTERM, None),
        (signal.SIGHUP, -signal.SIGHUP, None),
        # A job in the background of a script: Ctrl-C is not for it, the others are.
        (signal.SIGTERM, -signal.SIGTERM, "signal.SIGINT"),
    ],
)
def test_what_a_command_started_ends_with_it(
    project: Path, number: signal.Signals, status: int, ignored: str | None
) -> None:
    process = start(project, ignored)
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == status
    assert "run the same command again to do the rest" in said
    assert "Traceback" not in said
    eventually(lambda: not is_alive(project))


def test_a_signal_that_is_ignored_stays_so(project: Path) -> None:
    process = start(project, "signal.SIGHUP")
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM


@pytest.mark.parametrize("is_followed", [True, False])
def test_who_ends_an_endless_command_interrupts_nothing(is_followed: bool) -> None:
    def lines() -> Iterator[str]:
        raise KeyboardInterrupt
        yield

    run = Invocation(Surroundings(), GlobalOptions())
    with pytest.raises(FollowingEndedError if is_followed else KeyboardInterrupt):
        show_lines(run, lines(), str, as_json=False, follow=is_followed)
