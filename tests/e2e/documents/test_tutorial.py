"""The tutorial: its commands are run in its order, and print what it shows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.command import Cli, Running
from tests.support.containers import remove_images
from tests.support.platform import Platform
from tests.support.readme import Names, read_steps, take

TUTORIAL = Path(__file__).resolve().parents[3] / "docs" / "tutorial.md"
PATIENCE_SECONDS = 60.0
"""How long a change may take to come into effect: an image is built for one of them."""

pytestmark = [pytest.mark.docker, pytest.mark.workerd]


def test_the_tutorial_works(tmp_path: Path, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYWRANGLER_TARGET", "local")
    names, directory, dev = Names(), tmp_path, None
    try:
        for step in read_steps(TUTORIAL.read_text()):
            if step.command.startswith("cd "):
                directory /= step.command.removeprefix("cd ")
                continue
            if step.command == "pywrangler dev":
                dev = _start_dev(directory)
                continue
            if dev is not None and step.command == "pywrangler deploy":
                dev = _end(dev)
            is_patient = step.command.startswith("curl ")
            take(step, names, directory, PATIENCE_SECONDS if is_patient else 0.0)
        assert platform.call("workers/scripts") == []
    finally:
        if dev is not None:
            _end(dev)
        remove_images("pywrangler.local/my-app-*")


def _start_dev(directory: Path) -> Running:
    """`pywrangler dev`, as in a second terminal."""
    assert os.environ["PYWRANGLER_TARGET"] == "local"
    return Cli(directory).start("dev")


def _end(dev: Running) -> None:
    """End it with Ctrl-C. It showed what the tutorial says that it shows."""
    dev.interrupt()
    ended = dev.wait()
    assert "asked for http://localhost:" in ended.stdout + ended.stderr
