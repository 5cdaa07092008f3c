"""The parts of a project on disk: what they watch, and what counts as a change."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pywrangler.commands.dev.before import Before, application_change
from pywrangler.commands.dev.inputs import Kind, Tree, WorkerPart
from pywrangler.commands.dev.parts import build_part, code_part, configuration_part, image_part
from pywrangler.commands.dev.walking import directories, fingerprint
from pywrangler.config import load
from pywrangler.config.records import Configuration, DockerfileImage


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with code, a package, and the context of an image."""
    for name in ("src/lib", "node_modules/p", "app", ".git"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "src/index.js").write_text("export default {};")
    (tmp_path / "Dockerfile").write_text("FROM a\nCOPY app /app\n")
    (tmp_path / ".dockerignore").write_text("**/*.note\n")
    (tmp_path / "wrangler.jsonc").write_text(
        '{"name": "web", "main": "src/index.js", "compatibility_date": "2026-11-01",'
        ' "build": {"command": "true", "watch_dir": ["lib", "./more/"]}}'
    )
    return tmp_path


@pytest.fixture
def configuration(project: Path) -> Configuration:
    return load(project / "wrangler.jsonc")


def names(found: set[str], project: Path) -> set[str]:
    return {os.path.relpath(directory, project) for directory in found}


def image(project: Path) -> WorkerPart:
    class Box:
        name = "web-box"

    source = DockerfileImage(project / "Dockerfile", project)
    return image_part(Box(), source)  # type: ignore[arg-type]


def test_code_watches_the_directories_of_its_files(project: Path, configuration: Configuration) -> None:
    part = code_part(configuration, [project / "src/lib/a.js"], has_failed=False)
    assert names(directories([part]), project) == {".", "src", "src/lib"}


def test_code_that_failed_watches_the_project(project: Path, configuration: Configuration) -> None:
    (project / "other/deep").mkdir(parents=True)
    part = code_part(configuration, [], has_failed=True)
    assert names(directories([part]), project) == {".", "src", "src/lib", "app", "other", "other/deep"}
    assert part.is_touched_by(project / "other/new.js")
    assert not part.is_touched_by(project / "node_modules/p/index.js")


def test_what_a_configuration_misses_may_come_anywhere(project: Path) -> None:
    file = project / "wrangler.jsonc"
    part = configuration_part(file, [], "dev", [], has_failed=False)
    assert part.is_touched_by(project / ".dev.vars.dev")
    assert not part.is_touched_by(project / "src/other.js")
    failed = configuration_part(file, [], None, [], has_failed=True)
    assert failed.is_touched_by(project / "src/other.js")
    assert not failed.is_touched_by(project / "node_modules/p/x.js")


def test_what_is_missing_is_awaited_above(project: Path) -> None:
    part = WorkerPart(Kind.CODE, files=frozenset({project / "gone/deep/a.js"}))
    assert names(directories([part]), project) == {"."}
    assert part.is_touched_by(project / "gone")


def test_the_build_command_watches_where_it_reads(project: Path, configuration: Configuration) -> None:
    part = build_part(configuration, project)
    assert part is not None
    assert [tree.root for tree in part.trees] == [project / "lib", project / "more"]


def test_an_image_is_made_of_what_its_instructions_copy(project: Path) -> None:
    part = image(project)
    assert names(directories([part]), project) == {".", "app"}
    assert part.is_touched_by(project / "app/server.py")
    assert not part.is_touched_by(project / "app/a.note")
    assert not part.is_touched_by(project / "src/index.js")


def test_only_contents_are_changes(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = tmp_path_factory.mktemp("cache")
    file = project / "app/server.py"
    file.write_text("1")
    before = fingerprint(image(project), cache)
    os.utime(file, (1, 1))
    (project / "src/index.js").write_text("other")
    (project / "app/a.note").write_text("ignored")
    assert fingerprint(image(project), cache) == before
    file.write_text("2")
    assert fingerprint(image(project), cache) != before


def test_files_that_come_and_go_are_changes(project: Path, tmp_path: Path) -> None:
    part = WorkerPart(Kind.ASSETS, trees=(Tree(project / "app"),))
    before = fingerprint(part, tmp_path)
    (project / "app/new").write_text("")
    added = fingerprint(part, tmp_path)
    (project / "app/new").unlink()
    (project / "app").rmdir()
    gone = fingerprint(part, tmp_path)
    assert len({before, added, gone}) == 3 or before == gone
    assert added not in (before, gone)


def test_what_was_deployed_is_kept_as_text() -> None:
    before = Before("v1", 8787, None, ("* * * * *",), {"logpush": False}, {"a": {"max_instances": 1}})
    assert Before.of_text(before.as_text()) == before
    assert Before.of_text(Before().as_text()) == Before()


def test_only_fields_that_differ_are_put_back() -> None:
    former = {"configuration": {"image": "a"}, "max_instances": 1}
    now = {"id": "x", "configuration": {"image": "b"}, "max_instances": 1}
    assert application_change(now, former) == {"configuration": {"image": "a"}}
    assert application_change(former, former) == {}
