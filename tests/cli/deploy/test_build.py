"""`deploy` with a build command and a description of the bundle, as dry runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pywrangler.errors import ExitStatus
from tests.support.cli import Outcome, run
from tests.support.projects import make_project

pytestmark = pytest.mark.workerd
MAKES_MAIN = "mkdir -p out && cp src/index.js out/made.js"


def dry_run(directory: Path, *words: str, **config: Any) -> Outcome:
    make_project(directory, config=config)
    return run(["deploy", "--dry-run", "--local", *words], directory=directory)


def test_the_build_command_may_make_the_main_file(tmp_path: Path) -> None:
    outcome = dry_run(tmp_path, main="out/made.js", build={"command": f"echo building; {MAKES_MAIN}"})
    assert outcome.status == ExitStatus.OK
    assert "building" in outcome.stderr


def test_a_build_command_that_fails_ends_the_deploy(tmp_path: Path) -> None:
    outcome = dry_run(tmp_path, "--json", build={"command": "echo the reason; exit 4"})
    assert outcome.status == ExitStatus.FAILURE
    assert outcome.error["code"] == "build-command"
    assert outcome.error["detail"] == "the reason"


def test_a_main_file_that_was_not_made_is_reported(tmp_path: Path) -> None:
    outcome = dry_run(tmp_path, "--json", main="out/made.js", build={"command": "true"})
    assert "does not exist after the build command" in outcome.error["message"]


def test_the_build_command_may_make_the_static_files(tmp_path: Path) -> None:
    assets = {"directory": "dist"}
    made = dry_run(
        tmp_path / "a", assets=assets, build={"command": "mkdir dist && echo hi > dist/index.html"}
    )
    assert made.status == ExitStatus.OK
    assert "1 file" in made.stdout
    outcome = dry_run(tmp_path / "b", "--json", assets=assets, build={"command": "true"})
    assert (outcome.status, outcome.error["code"]) == (ExitStatus.FAILURE, "assets")
    assert "There is no directory" in outcome.error["message"]


def test_a_check_does_not_run_it(tmp_path: Path) -> None:
    make_project(tmp_path, config={"main": "out/made.js", "build": {"command": MAKES_MAIN}})
    outcome = run(["check"], directory=tmp_path)
    assert outcome.status == ExitStatus.OK
    assert "`build.command`, which creates it, was not run" in outcome.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "file"),
    [
        (["--metafile"], "bundle-meta.json"),
        (["--metafile", "--outdir", "made"], "made/bundle-meta.json"),
        (["--metafile", "meta/m.json"], "meta/m.json"),
        (["--metafile=m.json"], "m.json"),
    ],
)
def test_the_description_of_the_bundle_is_written(tmp_path: Path, words: list[str], file: str) -> None:
    assert dry_run(tmp_path, *words).status == ExitStatus.OK
    assert "src/index.js" in json.loads((tmp_path / file).read_text())["inputs"]
