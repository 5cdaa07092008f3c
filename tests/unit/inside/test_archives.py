"""Packing what goes into a container, and unpacking what comes out of it, even if it is hostile."""

from __future__ import annotations

import io
import os
import socket
import tarfile
from pathlib import Path

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.inside.copying.archives import pack, unpack


def an_archive(*entries: tuple[str, bytes | str | None]) -> io.BytesIO:
    """An archive: bytes are a file's content, a text the target of a link, None a directory."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in entries:
            entry = tarfile.TarInfo(name)
            if content is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            elif isinstance(content, str):
                hard = content.startswith("hard:")
                entry.type = tarfile.LNKTYPE if hard else tarfile.SYMTYPE
                entry.linkname = content.removeprefix("hard:")
            else:
                entry.size, entry.mode = len(content), 0o4750
            archive.addfile(entry, io.BytesIO(content) if isinstance(content, bytes) else None)
    target.seek(0)
    return target


def no_skip(path: str) -> None:
    raise AssertionError(f"{path} was left out")


def test_what_is_packed_is_unpacked(tmp_path: Path) -> None:
    source, landing = tmp_path / "source", tmp_path / "landing"
    (source / "deep").mkdir(parents=True)
    landing.mkdir()
    (source / "deep/file").write_bytes(b"a\0b" * 100_000)
    (source / "deep/file").chmod(0o640)
    os.utime(source / "deep/file", (1e9, 1e9))
    (source / "link").symlink_to("/nowhere/at/all")
    os.link(source / "deep/file", source / "hard")
    os.mkfifo(source / "pipe")
    packed = io.BytesIO()
    pack(source, "packed", packed, follow=False, skip=no_skip)
    packed.seek(0)
    unpack(packed, landing, "new", skip=no_skip)
    copied = landing / "new/deep/file"
    assert copied.read_bytes() == b"a\0b" * 100_000
    assert copied.stat().st_mode & 0o777 == 0o640
    assert copied.stat().st_mtime == 1e9
    assert os.readlink(landing / "new/link") == "/nowhere/at/all"
    assert (landing / "new/hard").read_bytes() == copied.read_bytes()
    assert (landing / "new/pipe").is_fifo()


def test_only_the_content_of_a_directory(tmp_path: Path) -> None:
    source, landing = tmp_path / "source", tmp_path / "landing"
    source.mkdir(mode=0o700)
    landing.mkdir(mode=0o755)
    (source / "file").write_text("x")
    packed = io.BytesIO()
    pack(source, None, packed, follow=False, skip=no_skip)
    packed.seek(0)
    with tarfile.open(fileobj=packed) as archive:
        assert archive.getnames() == ["./file"]
    unpack(an_archive(("d", None), ("d/file", b"x")), landing, None, skip=no_skip)
    assert (landing / "file").read_text() == "x"
    assert landing.stat().st_mode & 0o777 == 0o755


def test_a_socket_is_left_out(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    left_out: list[str] = []
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(source / "socket"))
        pack(source, "s", io.BytesIO(), follow=False, skip=left_out.append)
    assert left_out == [str(source / "socket")]


def test_no_powers_come_out_of_a_container(tmp_path: Path) -> None:
    unpack(an_archive(("file", b"x")), tmp_path, "file", skip=no_skip)
    assert (tmp_path / "file").stat().st_mode & 0o7777 == 0o750


@pytest.mark.parametrize(
    "entries",
    [
        [("d", None), ("d/../../evil", b"x")],
        [("/evil", b"x")],
        [("d", None), ("evil", b"x")],
        [("d", None), ("d/l", "/"), ("d/l/evil", b"x")],
        [("d", None), ("d/l", ".."), ("d/l/evil", None)],
        [("d", None), ("d/h", "hard:/etc/passwd")],
        [("d", None), ("d/h", "hard:d/../../secret")],
        [("d", None), ("d/l", ".."), ("d/h", "hard:d/l/secret")],
    ],
)
def test_nothing_is_written_outside(tmp_path: Path, entries: list[tuple[str, bytes | str | None]]) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    (tmp_path / "secret").write_text("s")
    with pytest.raises(PywranglerError, match="leads out of the destination"):
        unpack(an_archive(*entries), landing, "d", skip=no_skip)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["landing", "secret"]
    assert not (landing / "d/h").exists()


def test_a_directory_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    (tmp_path / "d/x").mkdir(parents=True)
    with pytest.raises(PywranglerError, match="would be replaced"):
        unpack(an_archive(("d", None), ("d/x", b"1")), tmp_path, "d", skip=no_skip)
    (tmp_path / "f").write_text("f")
    with pytest.raises(PywranglerError, match="is not a directory"):
        unpack(an_archive(("d", None)), tmp_path, "f", skip=no_skip)


def test_a_broken_archive_is_said(tmp_path: Path) -> None:
    content = an_archive(("d", None), ("d/f", b"x" * 5000)).getvalue()[:2000]
    with pytest.raises(PywranglerError, match="is broken"):
        unpack(io.BytesIO(content), tmp_path, "d", skip=no_skip)


def test_a_whole_container(tmp_path: Path) -> None:
    entries = an_archive(("/", None), ("/etc", None), ("/etc/passwd", b"x"), ("/etc/p", "hard:/etc/passwd"))
    unpack(entries, tmp_path, None, skip=no_skip)
    assert (tmp_path / "etc/p").read_text() == "x"
    with pytest.raises(PywranglerError, match="leads out"):
        unpack(an_archive(("/", None), ("/../evil", b"x")), tmp_path, None, skip=no_skip)
