"""An engine with one container."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers.exec_engine import ExecEngine, exec_engine


@pytest.fixture
def box(short_directory: Path, tmp_path: Path) -> Iterator[ExecEngine]:
    """An engine whose container `box` has two files and a link."""
    root = tmp_path / "root"
    (root / "data/deep").mkdir(parents=True)
    (root / "data/word").write_text("one")
    (root / "data/deep/other").write_text("two")
    (root / "link").symlink_to("data/word")
    with exec_engine(short_directory / os.urandom(3).hex(), root) as engine:
        yield engine
