"""A real engine, and names that are removed afterwards."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.engine.address import find_engine
from pywrangler.engine.client import Engine, connect
from pywrangler.errors import BuildError
from pywrangler.images.records import BuildProgress, BuildSettings, BuiltImage


class Events(BuildProgress):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []
        self.finished_names: list[str] = []
        self.started_before_any_finished: list[str] = []

    def started(self, name: str) -> None:
        if not self.finished_names:
            self.started_before_any_finished.append(name)

    def step(self, name: str, text: str) -> None:
        self.steps.append((name, text))

    def finished(self, name: str, image: BuiltImage) -> None:
        self.finished_names.append(name)


@pytest.fixture
def engine() -> Iterator[Engine]:
    connected = connect(find_engine(os.environ))
    yield connected
    connected.close()


@pytest.fixture
def prefix(engine: Engine) -> Iterator[str]:
    """What the applications' names of a test begin with; images named so are removed after it."""
    chosen = f"images-test-{secrets.token_hex(4)}"
    yield chosen
    for image in engine._session.json("GET", "/images/json"):
        for tag in image["RepoTags"] or ():
            if chosen in tag:
                try:
                    engine.remove_image(tag)
                except BuildError as error:  # pragma: no cover - another name still uses it
                    pytest.fail(str(error))


@pytest.fixture
def settings(tmp_path: Path) -> BuildSettings:
    return BuildSettings(os.environ, tmp_path / "cache")
