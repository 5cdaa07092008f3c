from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.private_files import create_private, write_cache, write_private, write_private_pieces


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.mark.parametrize("content", ["text é\n", b"\x00bytes\xff"])
def test_a_file_is_written_for_its_owner_and_leaves_no_draft(tmp_path: Path, content: str | bytes) -> None:
    file = tmp_path / "new" / "file.json"
    previous = os.umask(0)
    try:
        write_private(file, content)
    finally:
        os.umask(previous)
    assert file.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert (mode_of(file), mode_of(file.parent)) == (0o600, 0o700)
    assert list(file.parent.iterdir()) == [file]


def test_a_file_is_for_its_owner_before_it_has_a_content(tmp_path: Path) -> None:
    seen = []

    def pieces() -> Iterator[bytes]:
        (draft,) = tmp_path.iterdir()
        seen.append((mode_of(draft), draft.stat().st_size))
        yield b"a secret"

    previous = os.umask(0)
    try:
        assert write_private_pieces(tmp_path / "file", pieces()) == len(b"a secret")
    finally:
        os.umask(previous)
    assert seen == [(0o600, 0)]


def test_the_mode_of_the_old_file_does_not_stay(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    file.chmod(0o644)
    write_private(file, "new")
    assert (file.read_text(), mode_of(file)) == ("new", 0o600)
    write_private(file, "shared", mode=0o640)
    assert mode_of(file) == 0o640


def test_the_old_content_stays_where_the_new_one_cannot_be_put_in_its_place(tmp_path: Path) -> None:
    directory = tmp_path / "a-directory"
    directory.mkdir()
    (directory / "kept").touch()
    with pytest.raises(OSError, match="director"):
        write_private(directory, "text")
    assert list(tmp_path.iterdir()) == [directory]


def test_a_file_that_exists_is_not_created_again(tmp_path: Path) -> None:
    file = tmp_path / "key"
    assert create_private(file, "first")
    assert not create_private(file, "second")
    assert (file.read_text(), mode_of(file)) == ("first", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    write_cache(tmp_path / "file" / "below" / "entry.json", "{}")
    write_cache(tmp_path / "directory" / "entry.json", "{}")
    assert (tmp_path / "directory" / "entry.json").read_text() == "{}"
