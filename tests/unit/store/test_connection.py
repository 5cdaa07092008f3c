"""Opening the platform's state, or saying why not."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.protocol import DATABASE_NAME
from pywrangler.local.store import Store
from pywrangler.local.store.connection import migrate, open_database
from pywrangler.local.store.migrations import SchemaMigration, known_migrations


def test_everything_is_private_to_the_user(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        store = Store.open(tmp_path / "home", None)
    finally:
        os.umask(previous)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "home").iterdir()}
    assert [modes.pop(directory) for directory in ("uploads", "assets")] == ["0o700", "0o700"]
    assert set(modes.values()) == {"0o600"}
    assert oct((tmp_path / "home").stat().st_mode & 0o777) == "0o700"
    store.close()


def test_the_account_is_made_once(tmp_path: Path) -> None:
    first = Store.open(tmp_path, None)
    account_id = first.account_id
    first.close()
    again = Store.open(tmp_path, None)
    assert again.account_id == account_id
    assert len(account_id) == 32
    again.close()


def test_state_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Store.open(tmp_path, None).close()
    with sqlite3.connect(tmp_path / DATABASE_NAME) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(PywranglerError, match="schema 999") as caught:
        Store.open(tmp_path, None)
    assert caught.value.code == "state-newer"
    assert "Upgrade" in (caught.value.hint or "")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(b"not a database at all" * 500)
    with pytest.raises(PywranglerError) as caught:
        Store.open(tmp_path, None)
    assert caught.value.code == "state-damaged"


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PywranglerError, match="cannot be opened") as caught:
        Store.open(tmp_path / "file" / "home", None)
    assert caught.value.code == "state-not-writable"
    assert "PYWRANGLER_HOME" in (caught.value.hint or "")


def test_a_migration_that_fails_changes_nothing() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    good = SchemaMigration(1, "CREATE TABLE one (x);")
    bad = SchemaMigration(2, "CREATE TABLE two (x); INSERT INTO nowhere VALUES (1);")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [good, bad], Path("x"))
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("one",)]
    migrate(connection, [good, SchemaMigration(2, "CREATE TABLE two (x);")], Path("x"))
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.number for migration in known_migrations()] == list(
        range(1, len(known_migrations()) + 1)
    )


def test_a_transaction_happens_whole_or_not_at_all(tmp_path: Path) -> None:
    database = open_database(tmp_path / "x.sqlite")
    statement = "INSERT INTO meta (key, value) VALUES (?, '')"

    def fail_after_two() -> None:
        with database.transaction():
            database.execute(statement, ("a",))
            with database.transaction():
                database.execute(statement, ("b",))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_two()
    assert database.rows("SELECT * FROM meta") == []
    with database.transaction():
        database.execute(statement, ("c",))
    assert [row["key"] for row in database.rows("SELECT * FROM meta")] == ["c"]
    database.close()


def test_a_full_disk_is_said_in_words_and_nothing_of_the_transaction_stays(tmp_path: Path) -> None:
    database = open_database(tmp_path / "d.sqlite")
    database.execute("CREATE TABLE big (content)")
    (pages,) = tuple(database.rows("PRAGMA page_count")[0])
    database.execute(f"PRAGMA max_page_count = {pages + 4}")

    def insert() -> None:
        with database.transaction():
            database.execute("INSERT INTO big VALUES ('small')")
            database.execute("INSERT INTO big VALUES (?)", ("x" * 100_000,))

    with pytest.raises(PywranglerError, match="No space left on device") as caught:
        insert()
    assert caught.value.code == "disk-full"
    assert database.rows("SELECT * FROM big") == []
    database.execute("INSERT INTO big VALUES ('afterwards')")
    database.close()


def test_a_damaged_page_is_said_in_words(tmp_path: Path) -> None:
    file = tmp_path / "d.sqlite"
    open_database(file).close()
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xa5" * 4096 * 8)

    def read() -> None:
        with closing(open_database(file)) as database:
            database.rows("PRAGMA quick_check")
            database.rows("SELECT * FROM workers")

    with pytest.raises(PywranglerError) as caught:
        read()
    assert caught.value.code == "state-damaged"
