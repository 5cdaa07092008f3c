"""The hash of a build context: what changes it and what does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pywrangler.images.context import hash_context, walk_context
from pywrangler.images.ignore_file import find_ignore_rules
from pywrangler.images.patterns import Matcher, UnclearError
from tests.support.ignored import all_paths, decode, recorded, write_tree


@pytest.fixture
def context(tmp_path: Path) -> Path:
    root = tmp_path / "context"
    (root / "src").mkdir(parents=True)
    (root / "Dockerfile").write_text("FROM busybox:1.35\n")
    (root / "src/a.py").write_text("a")
    (root / "notes.md").write_text("notes")
    return root


def digest(context: Path) -> str:
    rules = find_ignore_rules(context / "Dockerfile", context)
    return hash_context(context, rules.matcher, context.parent / "cache")


def age(path: Path) -> None:
    """Make a file old enough that its hash is remembered."""
    os.utime(path, (1_000_000_000, 1_000_000_000))


def test_times_do_not_matter(context: Path) -> None:
    before = digest(context)
    age(context / "src/a.py")
    assert digest(context) == before


@pytest.mark.parametrize("change", ["content", "name", "mode", "directory", "link", "pipe", "attribute"])
def test_everything_a_build_can_see_matters(context: Path, change: str) -> None:
    before = digest(context)
    file = context / "src/a.py"
    if change == "content":
        file.write_text("b")
    elif change == "name":
        file.rename(context / "src/b.py")
    elif change == "mode":
        file.chmod(0o755)
    elif change == "directory":
        (context / "empty").mkdir()
    elif change == "pipe":
        os.mkfifo(context / "pipe")  # the builder sends it
    elif change == "attribute":
        os.setxattr(file, "user.comment", b"x")
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
    own = find_ignore_rules(context / "Dockerfile", context)
    assert [pattern.text for pattern in own.matcher.patterns] == ["*.md"]
    assert own.texts == (b"*.md\n", b"src\n")
    for rules in (
        find_ignore_rules(context / "Other", context),
        find_ignore_rules(context / "Dockerfile", context, is_piped=True),
    ):
        assert [pattern.text for pattern in rules.matcher.patterns] == ["src"]
    (context / "Dockerfile.dockerignore").write_text("")
    assert not find_ignore_rules(context / "Dockerfile", context).matcher.patterns


def test_a_linked_ignore_file_holds_where_the_builder_can_follow_it(context: Path) -> None:
    (context / "ignored").write_text("*.md\n")
    (context / ".dockerignore").symlink_to("ignored")
    rules = find_ignore_rules(context / "Dockerfile", context)
    assert [pattern.text for pattern in rules.matcher.patterns] == ["*.md"]


@pytest.mark.parametrize("target", ["../elsewhere", "{}/elsewhere", "src/../notes.md", "nothing", "chain"])
def test_a_link_that_the_builder_follows_otherwise_is_left_to_it(context: Path, target: str) -> None:
    (context.parent / "elsewhere").write_text("*.md\n")
    (context / "chain").symlink_to("notes.md")
    (context / ".dockerignore").symlink_to(target.format(context.parent))
    with pytest.raises(UnclearError, match="the link"):
        find_ignore_rules(context / "Dockerfile", context)


MORE = {"[[:alpha:]]", "[a&&b]", "\\w", "file-[\\d]", "docs/sub/[[]x].md"}
"""Patterns that Python could read otherwise than Go: nothing is left out for them."""


def test_at_least_what_the_builder_sends_is_looked_at(tmp_path: Path) -> None:
    write_tree(tmp_path)
    paths = all_paths(tmp_path)
    files = recorded()
    assert len(files) > 200
    more = set()
    for text, bits in files.items():
        sent = decode(bits, paths)
        (tmp_path / ".dockerignore").write_text(text, newline="")
        ours = set(walk_context(tmp_path, find_ignore_rules(tmp_path / "Dockerfile", tmp_path).matcher))
        assert ours >= sent, (text, sent - ours)
        if sent and ours != sent:
            more.add(text)
    assert more == MORE


def test_a_directory_that_is_ignored_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "node_modules").mkdir(mode=0)
    (tmp_path / ".dockerignore").write_text("node_modules\n!page\n")
    matcher = find_ignore_rules(tmp_path / "Dockerfile", tmp_path).matcher
    assert not matcher.may_have_exceptions_below("node_modules")
    assert list(walk_context(tmp_path, matcher)) == [".dockerignore"]


def test_a_name_that_is_no_text_is_one_like_others(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff")).write_text("1")
    before = hash_context(tmp_path, Matcher(()), tmp_path.parent / "cache")
    (tmp_path / os.fsdecode(b"\xff")).write_text("2")
    assert hash_context(tmp_path, Matcher(()), tmp_path.parent / "cache") != before


def test_remembered_hashes_are_used(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywrangler.images.context.SETTLED_SECONDS", -1.0)
    before = digest(context)
    monkeypatch.setattr("pywrangler.images.context.hashlib.file_digest", None)  # reading again would fail
    assert digest(context) == before


def test_a_damaged_memory_is_created_again(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywrangler.images.context.SETTLED_SECONDS", -1.0)
    before = digest(context)
    for file in (context.parent / "cache").iterdir():
        file.write_text("{")
    assert digest(context) == before
