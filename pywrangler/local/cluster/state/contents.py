"""All shared rows as one text: a snapshot, from which a node starts that lacks the log's beginning.

JSON, compressed, and not the database file: that holds the node's own rows, too, and other bytes on each
node. Two nodes that applied the same entries have the same text.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.state.entries import FORMAT, decode_value, encode_value, newer_state
from pywrangler.local.cluster.state.tables import SHARED

_MOST_BYTES = 2**30


@dataclass(frozen=True)
class Contents:
    """The shared rows after entry `entry`, by table; each row begins with its rowid."""

    schema: int
    entry: int
    tables: dict[str, tuple[list[str], list[list[Any]]]]
    """Names of the columns, and the rows."""

    def encode(self) -> bytes:
        """The snapshot as the bucket keeps it."""
        body = {"format": FORMAT, "schema": self.schema, "entry": self.entry, "tables": self.tables}
        return zlib.compress(json.dumps(body, allow_nan=False, separators=(",", ":")).encode())


def decode_contents(content: bytes, number: int) -> Contents:
    """The snapshot from the bucket. Raises `PywranglerError` for a newer form, and for what is no
    snapshot.
    """
    try:
        body = json.loads(zlib.decompressobj().decompress(content, _MOST_BYTES))
        if body["format"] > FORMAT:
            raise newer_state(f"its snapshot {number} has form {body['format']}", f"form {FORMAT}")
        return Contents(int(body["schema"]), int(body["entry"]), body["tables"])
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise PywranglerError(
            f"Snapshot {number} of the cluster's state is damaged: {error}.",
            hint="Look at the objects below `state/snapshot/` in the bucket.",
            code="state-damaged",
        ) from error


def read_contents(connection: sqlite3.Connection, entry: int) -> Contents:
    """The shared rows of a database; call it inside a transaction."""
    schema: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return Contents(schema, entry, {table: _rows(connection, table) for table in _shared_tables(connection)})


def dump_database(path: Path) -> Contents | None:
    """The shared rows of the database at `path` after its last entry; None if it never had one.

    Opens a connection of its own, so any thread can call it while the platform continues.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN")  # all reads see the same moment
        row = connection.execute("SELECT entry FROM cluster_position").fetchone()
        return read_contents(connection, row[0]) if row else None
    finally:
        connection.close()


def write_contents(connection: sqlite3.Connection, contents: Contents) -> None:
    """Replace the shared rows; call it inside a transaction, in a database with the schema of `contents`.

    Rows of the node's own that refer to shared ones stay as long as those exist.
    """
    connection.execute("PRAGMA defer_foreign_keys = ON")
    addresses = connection.execute("SELECT * FROM worker_addresses").fetchall()
    for table in _shared_tables(connection):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - of our list
    for table, (columns, rows) in contents.tables.items():
        if table not in SHARED:
            raise newer_state(f"its snapshot has the table {table}", "other tables")
        places = ", ".join("?" for _ in columns)
        names = ", ".join(columns)
        connection.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608 - of our own snapshot
            ([decode_value(value) for value in row] for row in rows),
        )
    for address in addresses:
        connection.execute(
            "INSERT INTO worker_addresses SELECT ?, ?, ? FROM workers WHERE name = ?", (*address, address[0])
        )


def _shared_tables(connection: sqlite3.Connection) -> list[str]:
    present = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return sorted(SHARED & present)


def _rows(connection: sqlite3.Connection, table: str) -> tuple[list[str], list[list[Any]]]:
    cursor = connection.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid")  # noqa: S608 - of our list
    columns = [column[0] for column in cursor.description]
    return columns, [[encode_value(value) for value in row] for row in cursor]
