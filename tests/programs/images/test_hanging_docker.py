"""A Docker command that hangs when it is asked for its version leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pywrangler.errors import MissingError
from pywrangler.images import docker_cli
from tests.support.waiting import eventually

SCRIPT = """#!/bin/sh
echo called >> "$0.calls"
sleep 3600 &
echo $! > "$0.new"
mv "$0.new" "$0.child"
wait
"""
IN_MAIN_THREAD = "find_builder({docker!r}, os.environ)"
IN_ANOTHER_THREAD = """
threading.Thread(target=find_builder, args=({docker!r}, os.environ), daemon=True).start()
while not all(os.path.exists({docker!r} + end) for end in (".child", ".awaited")):
    time.sleep(0.05)
"""
BEGINNING = """
import os, pathlib, subprocess, threading, time
from pywrangler.images.docker_cli import find_builder
communicate = subprocess.Popen.communicate
def noted(self, **given):
    pathlib.Path({docker!r} + ".awaited").touch()
    return communicate(self, **given)
subprocess.Popen.communicate = noted
"""


@pytest.fixture
def docker(tmp_path: Path) -> Path:
    """A script that notes that it was called, and waits for a program of its own for an hour."""
    path = tmp_path / "docker"
    path.write_text(SCRIPT)
    path.chmod(0o755)
    return path


def is_gone(docker: Path) -> Callable[[], bool]:
    """Whether what the script started has ended."""
    child = int(Path(f"{docker}.child").read_text())

    def check() -> bool:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z"

    return check


@pytest.mark.slow
def test_a_command_that_hangs_is_asked_once_and_ended(docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_cli, "VERSION_SECONDS", 2.0)
    for _ in range(2):  # the second time by who looks for the cause
        with pytest.raises(MissingError, match=r"`.*docker buildx version` did not answer within 2 s"):
            docker_cli.find_builder(str(docker), {**os.environ})
    assert Path(f"{docker}.calls").read_text() == "called\n"
    eventually(is_gone(docker), what="the end of what the command started")


@pytest.mark.parametrize("code", [IN_MAIN_THREAD, IN_ANOTHER_THREAD], ids=["interrupted", "ended"])
def test_it_ends_with_the_program(docker: Path, code: str) -> None:
    text = (BEGINNING + code).format(docker=str(docker))
    program = subprocess.Popen([sys.executable, "-c", text], stderr=subprocess.DEVNULL)
    signs = [Path(f"{docker}.child"), Path(f"{docker}.awaited")]
    eventually(lambda: all(sign.exists() for sign in signs), what="the version is asked for")
    if code == IN_MAIN_THREAD:
        program.send_signal(signal.SIGINT)
    program.wait(60)
    eventually(is_gone(docker), what="the end of what the command started")
