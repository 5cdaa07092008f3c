"""What the shared state decides, by value: tables, entries, snapshots, what is kept."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import pywrangler.local.store as store_package
from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket_answers import ListedObject
from pywrangler.local.cluster.state.contents import Contents, decode_contents, read_contents, write_contents
from pywrangler.local.cluster.state.entries import (
    LogEntry,
    LogStatement,
    NewerStateError,
    decode_entry,
    numbered,
    tables_in,
)
from pywrangler.local.cluster.state.retention import (
    Mark,
    may_be_behind,
    needs_load,
    needs_snapshot,
    next_mark,
    removable_entries,
    removable_snapshots,
)
from pywrangler.local.cluster.state.tables import NODES_OWN, SHARED, is_shared, written_table
from pywrangler.local.store.connection import open_connection, open_database

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_every_table_belongs_to_the_cluster_or_to_the_node(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "d.sqlite")) as database:
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        tables = {row["name"] for row in database.rows(query)}
    assert tables == (SHARED | NODES_OWN) - {"cluster_position"}
    assert not SHARED & NODES_OWN


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("INSERT INTO workers (name) VALUES (?)", "workers"),
        ("insert or replace into assets VALUES (?, ?)", "assets"),
        ("REPLACE INTO meta VALUES (?, ?)", "meta"),
        (" UPDATE workers SET crons = ?", "workers"),
        ("UPDATE OR IGNORE workers SET crons = ?", "workers"),
        ("DELETE FROM instances WHERE id = ?", "instances"),
        ("SELECT * FROM workers", None),
        ("PRAGMA user_version", None),
    ],
)
def test_the_table_that_a_statement_changes(statement: str, table: str | None) -> None:
    assert written_table(statement) == table


def test_which_statements_are_shared() -> None:
    assert is_shared("UPDATE workers SET crons = ?")
    assert not is_shared("UPDATE instances SET state = ?")
    assert not is_shared("SELECT * FROM workers")
    with pytest.raises(LookupError, match="the table other belongs neither"):
        is_shared("DELETE FROM other")


def test_no_statement_of_the_store_gives_another_result_on_another_node() -> None:
    """Replayed statements must not ask for the time, for chance, or for what only one connection knows."""
    calls = re.compile(
        r"(?i)\b(random\(|randomblob|now'|current_time|last_insert_rowid|changes\(|julianday|unixepoch)"
    )
    files = [*Path(store_package.__path__[0]).rglob("*.py"), *Path(store_package.__path__[0]).rglob("*.sql")]
    assert len(files) > 20
    assert [file.name for file in files if calls.search(file.read_text())] == []


def test_an_entry_goes_through_its_text() -> None:
    statement = LogStatement("INSERT INTO secrets VALUES (?, ?, ?, ?)", ("é", None, 0.1 + 0.2, b"\x00\xff"))
    entry = LogEntry(18, "node-a", (statement, LogStatement("DELETE FROM workers")))
    assert decode_entry(entry.encode(), 7) == entry
    assert tables_in(entry.statements) == {"secrets", "workers"}
    assert numbered("state/log/", 42) == "state/log/000000000042"


def test_entries_that_cannot_be_read() -> None:
    with pytest.raises(
        NewerStateError, match=r"entry 7 of its log has form 2; this one knows up to form 1"
    ) as newer:
        decode_entry(b'{"format": 2}', 7)
    assert newer.value.code == "state-newer"
    for content in (
        b"",
        b"[]",
        b'{"format": 1}',
        b'{"format": 1, "schema": 1, "node": "a", "statements": [1]}',
    ):
        with pytest.raises(PywranglerError, match=r"Entry 7 of the cluster's log is damaged") as damaged:
            decode_entry(content, 7)
        assert damaged.value.code == "state-damaged"


def test_contents_go_from_one_database_to_another(tmp_path: Path) -> None:
    first, second = open_database(tmp_path / "1"), open_database(tmp_path / "2")
    with closing(first), closing(second):
        for name in ("a", "b", "c"):
            first.execute(
                "INSERT INTO workers (name, tag, created_on, modified_on) VALUES (?, ?, 0.5, 1)", (name, name)
            )
        first.execute("DELETE FROM workers WHERE name = 'a'")
        first.execute("INSERT INTO r2_s3_keys VALUES ('k', 'n', ?, 1.5)", (b"\x00sealed",))
        first.execute("INSERT INTO worker_addresses VALUES ('b', 1000, NULL)")
        second.execute("INSERT INTO workers (name, tag, created_on, modified_on) VALUES ('c', 'x', 0, 0)")
        second.execute("INSERT INTO workers (name, tag, created_on, modified_on) VALUES ('gone', 'y', 0, 0)")
        second.execute("INSERT INTO worker_addresses VALUES ('c', 2000, '::'), ('gone', 2001, NULL)")
        contents = read_contents(first._connection, 9)
        read = decode_contents(contents.encode(), 9)
        with second.transaction():
            write_contents(second._connection, read)
        assert read_contents(second._connection, 9) == contents
        assert [tuple(row) for row in second.rows("SELECT * FROM worker_addresses")] == [("c", 2000, "::")]


def test_snapshots_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PywranglerError, match="Snapshot 3 of the cluster's state is damaged"):
        decode_contents(b"nothing", 3)
    unknown = Contents(18, 3, {"inventions": (["rowid"], [])})
    with (
        closing(open_database(tmp_path / "d")) as database,
        database.transaction(),
        pytest.raises(NewerStateError, match="its snapshot has the table inventions"),
    ):
        write_contents(database._connection, unknown)


def test_when_to_make_and_to_take_a_snapshot() -> None:
    mark = Mark("c", snapshot=1000, oldest=501)
    assert not needs_snapshot(1499, mark)
    assert needs_snapshot(1500, mark)
    assert next_mark(mark, 1500) == Mark("c", snapshot=1500, oldest=1001)
    assert next_mark(Mark("c", 0, 1), 500) == Mark("c", 500, 1)
    assert needs_load(None, mark)
    assert needs_load(499, mark)
    assert needs_load(500, mark)  # the entries are there, and the snapshot is quicker
    assert not needs_load(501, mark)
    assert not needs_load(1200, mark)


def test_when_a_free_number_may_be_that_of_a_removed_entry() -> None:
    assert may_be_behind(None, NOW, HOUR)
    assert may_be_behind(NOW - timedelta(minutes=30), NOW, HOUR)
    assert not may_be_behind(NOW - timedelta(minutes=29), NOW, HOUR)


def test_what_is_removed() -> None:
    mark = Mark("c", snapshot=1000, oldest=501)
    old = NOW - HOUR
    entries = [ListedObject(numbered("state/log/", n), 1, NOW) for n in (499, 500, 501)]
    assert removable_entries(entries, 500) == ["state/log/000000000499"]
    snapshots = [ListedObject(numbered("state/snapshot/", n), 1, old) for n in (0, 500, 1000, 1500)]
    assert removable_snapshots(snapshots, mark, NOW, HOUR) == ["state/snapshot/000000000000"]
    assert removable_snapshots(snapshots, mark, NOW, 2 * HOUR) == []


def test_a_connection_leaves_the_schema_as_it_is(tmp_path: Path) -> None:
    with closing(open_connection(tmp_path / "d")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 0


LOCAL = Path(store_package.__path__[0]).parent
ON_A_NODE = {"set_address"}
"""What handlers and tasks change outside of `change`: rows of the node's own."""


def test_the_platform_changes_shared_rows_in_functions_that_can_run_again() -> None:
    """Directly in a coroutine, a change would not reach other nodes. It belongs in what `change` gets."""
    changing = set(_changing_methods())
    assert {"create", "save", "activate", "set_settings"} <= changing
    files = [file for part in ("rest", "daemon") for file in (LOCAL / part).rglob("*.py")]
    found = [
        f"{file.name}:{call.lineno} {ast.unparse(call.func)}"
        for file in files
        for call in _calls_in_coroutines(ast.parse(file.read_text()))
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in changing - ON_A_NODE
        and "store" in ast.unparse(call.func.value)
    ]
    assert found == []


def _changing_methods() -> Iterator[str]:
    """The plain methods of the store that run statements."""
    for file in (LOCAL / "store").rglob("*.py"):
        for function in ast.walk(ast.parse(file.read_text())):
            if isinstance(function, ast.FunctionDef) and "_database.execute" in ast.unparse(function):
                yield function.name


def _calls_in_coroutines(node: ast.AST, *, is_inside: bool = False) -> Iterator[ast.Call]:
    """The calls that a coroutine makes itself, and does not await."""
    if isinstance(node, ast.AsyncFunctionDef):
        is_inside = True
    elif isinstance(node, (ast.FunctionDef, ast.Lambda)):
        is_inside = False
    if is_inside and isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        awaited = isinstance(node, ast.Await) and isinstance(child, ast.Call)
        below = ast.iter_child_nodes(child) if awaited else (child,)
        for each in below:
            yield from _calls_in_coroutines(each, is_inside=is_inside)
