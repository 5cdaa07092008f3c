"""A project, the command that runs in its directory, and a platform of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Cli
from tests.support.containers import remove_images
from tests.support.platform import Platform
from tests.support.projects import Project, make_project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with one container class; its images go when the test ends."""
    project = make_project(tmp_path / "project")
    yield project
    remove_images(f"pywrangler.local/{project.name}-*")


@pytest.fixture
def cli(project: Project, platform: Platform) -> Cli:
    """`pywrangler` in the project's directory, with this test's platform."""
    return Cli(project.directory)
