"""Copies from and to a container's files, which are a directory behind a small engine."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from pywrangler.engine.session import EngineSession
from pywrangler.errors import PywranglerError
from pywrangler.inside.copying.copying import (
    Inside,
    copy_in,
    copy_in_archive,
    copy_out,
    copy_out_archive,
)
from pywrangler.inside.copying.plan import PathKind
from tests.support.servers.exec_engine import ExecEngine


@pytest.fixture
def inside(box: ExecEngine) -> Inside:
    return Inside(EngineSession(box.address), "box", "web/box")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory of this machine."""
    directory = tmp_path / "here"
    directory.mkdir()
    return directory


def skip(text: str) -> None:
    raise AssertionError(f"nothing is left out, but: {text}")


def out(inside: Inside, path: str, destination: Path | str, *, follow: bool = False) -> Path:
    return copy_out(inside, path, str(destination), follow=follow, skip=skip)


def into(inside: Inside, source: Path | str, path: str, **options: Any) -> None:
    copy_in(inside, str(source), path, **{"follow": False, "keeps_owner": False, "skip": skip, **options})


def test_what_is_at_a_path(inside: Inside) -> None:
    word, data, link = (inside.look(path) for path in ("/data/word", "/data", "/link"))
    assert word is not None
    assert data is not None
    assert link is not None
    assert (word.name, word.kind, word.size_bytes, word.link_target) == ("word", PathKind.FILE, 3, None)
    assert (data.kind, link.link_target) == (PathKind.DIRECTORY, "data/word")
    assert inside.look("/none") is None
    assert inside.follow("/link")[0] == "/data/word"


def test_files_and_directories_come_out_as_with_cp(inside: Inside, here: Path) -> None:
    assert out(inside, "/data/word", here) == here / "word"
    assert out(inside, "data/word", here / "renamed") == here / "renamed"
    assert (here / "word").read_text() == (here / "renamed").read_text() == "one"
    out(inside, "/data", here / "new")
    assert (here / "new/deep/other").read_text() == "two"
    out(inside, "/data", here / "new")
    assert (here / "new/data/word").read_text() == "one"
    out(inside, "/data/.", here)
    assert (here / "deep/other").read_text() == "two"


def test_links_come_out_as_links_or_followed(inside: Inside, here: Path) -> None:
    out(inside, "/link", here)
    assert (here / "link").is_symlink()
    out(inside, "/link", here / "file", follow=True)
    assert (here / "file").read_text() == "one"


def test_files_and_directories_go_in_as_with_cp(box: ExecEngine, inside: Inside, here: Path) -> None:
    (here / "deep").mkdir()
    (here / "deep/new").write_text("three")
    into(inside, here / "deep/new", "/data")
    into(inside, here / "deep/new", "data/word", keeps_owner=True)
    into(inside, here / "deep", "/tree")
    assert (box.root / "data/new").read_text() == "three"
    assert (box.root / "data/word").read_text() == "three"
    assert (box.root / "tree/new").read_text() == "three"
    assert ["copyUIDGID" in query for query in box.uploads] == [False, True, False]
    assert {query["noOverwriteDirNonDir"] for query in box.uploads} == {"true"}


def test_what_does_not_exist_or_does_not_fit_is_refused(box: ExecEngine, inside: Inside, here: Path) -> None:
    (here / "file").write_text("x")
    for attempt, words in (
        (lambda: out(inside, "/none", here), "`web/box:/none`"),
        (lambda: out(inside, "/data", here / "file"), "file"),
        (lambda: into(inside, here / "none", "/data"), "none"),
        (lambda: into(inside, here, "/data/word"), "web/box:/data/word"),
        (lambda: into(inside, here / "file", "/none/deep/file"), "web/box:/none/deep/file"),
        (lambda: copy_in_archive(inside, io.BytesIO(), "/none", keeps_owner=False), "`web/box:/none`"),
        (lambda: copy_in_archive(inside, io.BytesIO(), "/link", keeps_owner=False), "not a directory"),
        (lambda: copy_out_archive(inside, "/none", io.BytesIO(), follow=False), "`web/box:/none`"),
    ):
        with pytest.raises(PywranglerError) as caught:
            attempt()
        assert words in caught.value.message
    assert box.uploads == []


def test_archives_go_through_streams(box: ExecEngine, inside: Inside) -> None:
    packed = io.BytesIO()
    copy_out_archive(inside, "/data", packed, follow=False)
    packed.seek(0)
    with tarfile.open(fileobj=packed) as archive:
        assert sorted(archive.getnames()) == ["data", "data/deep", "data/deep/other", "data/word"]
    packed.seek(0)
    copy_in_archive(inside, packed, "/data/deep", keeps_owner=True)
    assert (box.root / "data/deep/data/word").read_text() == "one"
    with pytest.raises(PywranglerError, match="could not be unpacked") as caught:
        copy_in_archive(inside, io.BytesIO(b"no archive" * 100), "/data", keeps_owner=False)
    assert "tar archive" in str(caught.value.hint)
