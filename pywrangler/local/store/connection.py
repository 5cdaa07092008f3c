"""The SQLite file: opening it privately, bringing its schema up to date, and running statements.

Used from one thread, the platform's event loop: statements are short, and nothing waits inside a transaction.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from pywrangler.errors import PywranglerError
from pywrangler.local.store.migrations import SchemaMigration, known_migrations

T = TypeVar("T")
COMPACTED_BYTES = 4 * 1024 * 1024
"""A database is compacted from so much free room on."""


class Database:
    """A connection with three verbs. Outside of `transaction` every statement commits by itself.

    All raise `PywranglerError` if the disk is full or the file is damaged.
    """

    is_shared = False
    """Whether nodes of a cluster share what it holds."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement; returns how many rows it changed."""
        with self._explained():
            return self._connection.execute(statement, parameters).rowcount

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Every row of a query."""
        with self._explained():
            return self._connection.execute(query, parameters).fetchall()

    def row(self, query: str, parameters: Sequence[Any] = ()) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with self._explained():
            found: sqlite3.Row | None = self._connection.execute(query, parameters).fetchone()
            return found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside take effect, or none.

        A transaction inside another is part of it. Never `await` inside.
        """
        if self._connection.in_transaction:
            yield
            return
        # With the write lock from the beginning: to get it after a read fails at once, whatever the
        # `busy_timeout`, if another process has written since.
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._explained():
                self._connection.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    async def change(self, work: Callable[[], T]) -> T:
        """Run `work` as one transaction, and return its result. In a cluster (`SharedDatabase`) all nodes get
        the change, and `work` may run more than once.
        """
        with self.transaction():
            return work()

    def copy_to(self, file: Path) -> None:
        """Write a copy of the database, private to the user, into a new file. Raises `PywranglerError`."""
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with self._explained(), closing(sqlite3.connect(file)) as copy:
            self._connection.backup(copy)

    def close(self) -> None:
        """Close the file; its write-ahead log is folded into it."""
        self._connection.close()

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # SQLite itself rolls back when the disk is full
            self._connection.execute("ROLLBACK")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise explain(error, self._path) from error


def explain(error: sqlite3.DatabaseError, path: Path) -> PywranglerError:
    """Why the database at `path` could not be read or written, with what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says more exactly what SQLite was doing
    if code == sqlite3.SQLITE_FULL:
        return PywranglerError(
            f"The platform's state at {path} cannot be written: No space left on device.",
            hint="Make room there, then repeat the command.",
            code="disk-full",
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return PywranglerError(
            f"The platform's state at {path} is damaged: {error}.",
            hint="Restore the file, or move it away to start with an empty platform.",
            code="state-damaged",
        )
    return PywranglerError(
        f"The platform's state at {path} cannot be used: {error}.",
        hint="Another program may hold it, or its disk has a fault. Repeat the command.",
        code="state-not-usable",
    )


def open_database(path: Path) -> Database:
    """The database at `path`, with the current schema; it is created (0600, in a directory of 0700) if it
    does not exist.

    Raises `PywranglerError` if the directory is not writable, the file is not a database, or a newer
    pywrangler wrote it.
    """
    connection = open_connection(path)
    try:
        migrate(connection, known_migrations(), path)
        _compact(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise explain(error, path) from error
    except BaseException:
        connection.close()
        raise
    return Database(connection, path)


def _compact(connection: sqlite3.Connection) -> None:
    """Give the disk back what most of the file was once needed for."""
    free, pages, page_bytes = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("freelist_count", "page_count", "page_size")
    )
    if free * 2 > pages and free * page_bytes > COMPACTED_BYTES:
        # It needs room on the disk for a copy, and without it the file stays as it is.
        with suppress(sqlite3.OperationalError):
            connection.execute("VACUUM")


def open_connection(path: Path) -> sqlite3.Connection:
    """A connection to the database at `path`, which has the schema that it has. Raises `PywranglerError`."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite would create it with the mode of the umask. Its log and index get the database's mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        # None: the module begins no transactions by itself.
        connection = sqlite3.connect(path, isolation_level=None)
    except (OSError, sqlite3.OperationalError) as error:
        raise PywranglerError(
            f"The platform's state at {path} cannot be opened: {error}.",
            hint="Make the directory writable, or set PYWRANGLER_HOME to another one.",
            code="state-not-writable",
        ) from error
    connection.row_factory = sqlite3.Row
    try:
        # NORMAL with a write-ahead log: a power cut may lose the last moments, never the consistency.
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            "busy_timeout = 5000",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise explain(error, path) from error
    return connection


def migrate(connection: sqlite3.Connection, migrations: Sequence[SchemaMigration], path: Path) -> None:
    """Apply what is missing, each migration in a separate transaction.

    Raises `PywranglerError` for a newer schema.
    """
    present: int = connection.execute("PRAGMA user_version").fetchone()[0]
    newest = migrations[-1].number
    if present > newest:
        raise PywranglerError(
            f"The platform's state at {path} has schema {present}; this pywrangler supports up to {newest}.",
            hint="Upgrade pywrangler, or set PYWRANGLER_HOME to another directory.",
            code="state-newer",
        )
    for migration in migrations:
        if migration.number > present:
            step_schema(connection, migration)


def step_schema(connection: sqlite3.Connection, migration: SchemaMigration, also: str = "") -> None:
    """Apply one migration, and the statements `also` in the same transaction."""
    # The version is set inside the transaction, so that a crash leaves either both or neither.
    try:
        connection.executescript(
            f"BEGIN;\n{migration.sql}\n{also}\nPRAGMA user_version = {migration.number};\nCOMMIT;"
        )
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
