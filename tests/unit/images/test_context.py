"""The hash of a build context: what changes it and what does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pywrangler.images.context import hash_context, ignore_patterns


@pytest.fixture
def context(tmp_path: Path) -> Path:
    root = tmp_path / "context"
    (root / "src").mkdir(parents=True)
    (root / "Dockerfile").write_text("FROM busybox:1.35\n")
    (root / "src/a.py").write_text("a")
    (root / "notes.md").write_text("notes")
    return root


def digest(context: Path) -> str:
    patterns = ignore_patterns(context / "Dockerfile", context)
    return hash_context(context, patterns, context.parent / "cache")


def age(path: Path) -> None:
    """Make a file old enough that its hash is remembered."""
    os.utime(path, (1_000_000_000, 1_000_000_000))


def test_times_do_not_matter(context: Path) -> None:
    before = digest(context)
    age(context / "src/a.py")
    assert digest(context) == before


@pytest.mark.parametrize("change", ["content", "name", "mode", "folder", "link"])
def test_everything_a_build_can_see_matters(context: Path, change: str) -> None:
    before = digest(context)
    file = context / "src/a.py"
    if change == "content":
        file.write_text("b")
    elif change == "name":
        file.rename(context / "src/b.py")
    elif change == "mode":
        file.chmod(0o755)
    elif change == "folder":
        (context / "empty").mkdir()
    else:
        (context / "link").symlink_to("src/a.py")
    assert digest(context) != before


def test_a_change_is_seen_after_the_hash_was_remembered(context: Path) -> None:
    file = context / "src/a.py"
    before = digest(context)
    digest(context)
    file.write_text("b")  # the same size
    assert digest(context) != before


def test_ignored_files_do_not_matter(context: Path) -> None:
    (context / ".dockerignore").write_text("# a comment\n\n*.md\nsrc/*\n!src/a.py\n")
    before = digest(context)
    (context / "notes.md").write_text("other")
    (context / "src/b.py").write_text("other")
    assert digest(context) == before
    (context / "src/a.py").write_text("b")
    assert digest(context) != before


def test_a_dockerfile_may_have_an_ignore_file_of_its_own(context: Path) -> None:
    (context / ".dockerignore").write_text("src\n")
    (context / "Dockerfile.dockerignore").write_text("*.md\n")
    assert ignore_patterns(context / "Dockerfile", context) == ["*.md"]
    assert ignore_patterns(context / "Other", context) == ["src"]


def test_a_pipe_in_the_context_is_left_out(context: Path) -> None:
    before = digest(context)
    os.mkfifo(context / "pipe")
    assert digest(context) == before


def test_remembered_hashes_are_used(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywrangler.images.context.SETTLED_SECONDS", -1.0)
    before = digest(context)
    monkeypatch.setattr("pywrangler.images.context.hashlib.file_digest", None)  # reading again would fail
    assert digest(context) == before


def test_a_damaged_memory_is_made_anew(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywrangler.images.context.SETTLED_SECONDS", -1.0)
    before = digest(context)
    for file in (context.parent / "cache").iterdir():
        file.write_text("{")
    assert digest(context) == before
