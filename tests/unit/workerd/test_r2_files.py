"""Files of R2 that no object has: removed where it is certain, and else kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pywrangler.local.workerd.products.r2_files import remove_unfinished

TABLES = "CREATE TABLE _mf_objects (blob_id TEXT); CREATE TABLE _mf_multipart_parts (blob_id TEXT);"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A bucket with an object, a part, a blob that nothing names, and a file that was being written."""
    blobs = tmp_path / "files" / "blobs"
    blobs.mkdir(parents=True)
    for name in ("object", "part", "nobodys", ".cut.1.1.tmp"):
        (blobs / name).write_text(name)
    (tmp_path / "r2").mkdir()
    with closing(sqlite3.connect(database_of(tmp_path))) as database:
        database.executescript(f"PRAGMA journal_mode = WAL; {TABLES}")
        database.execute("INSERT INTO _mf_objects VALUES ('object'), (NULL)")
        database.execute("INSERT INTO _mf_multipart_parts VALUES ('part')")
        database.commit()
    (tmp_path / "r2" / "metadata.sqlite").write_text("another kind of file")
    return tmp_path


def database_of(data: Path) -> Path:
    return data / "r2" / f"{'0' * 64}.sqlite"


def kept(data: Path) -> list[str]:
    return sorted(file.name for file in (data / "files" / "blobs").iterdir())


def test_what_nothing_names_is_removed(data: Path) -> None:
    assert remove_unfinished(data) == 2
    assert kept(data) == ["object", "part"]
    assert remove_unfinished(data) == 0


def test_where_a_database_cannot_be_read_all_is_kept_but_what_was_being_written(data: Path) -> None:
    (data / "r2" / f"{'1' * 64}.sqlite").write_text("damaged")
    assert remove_unfinished(data) == 1
    assert kept(data) == ["nobodys", "object", "part"]


def test_without_a_database_all_is_kept(data: Path) -> None:
    database_of(data).unlink()
    assert remove_unfinished(data) == 1
    assert kept(data) == ["nobodys", "object", "part"]


def test_an_empty_directory_is_fine(tmp_path: Path) -> None:
    assert remove_unfinished(tmp_path) == 0
