"""A few of the projects of `tests.differential`: what the builder makes again is never kept."""

from __future__ import annotations

import pytest

from pywrangler.engine.client import Engine
from tests.differential.dockerfiles import compare
from tests.differential.projects import PROJECTS

FEW = [
    "negated-glob",
    "own-rules-win",
    "link-to-directory",
    "here-file",
    "mount-from-second",
    "stage-of-architecture",
    "on-build-file",
    "address-of-a-variable",
    "secret-gone",
]


@pytest.mark.docker
@pytest.mark.parametrize("name", FEW)
def test_what_the_builder_makes_again_is_not_kept(name: str, engine: Engine) -> None:
    (project,) = [project for project in PROJECTS if project.name == name]
    verdict = compare(project, engine)
    assert verdict.kind == "right", verdict.words


def test_the_projects_have_names_of_their_own() -> None:
    assert len({project.name for project in PROJECTS}) == len(PROJECTS) > 150
