"""The store's `Database` in a cluster: queries read this node's SQLite, `change` commits in the bucket.

The platform uses SQLite from its event loop, synchronously: statements take microseconds, and nothing else
runs meanwhile. A commit that waits for a bucket takes milliseconds at best and seconds when the bucket
hangs, and the same loop serves the containers. So a change of shared rows is a function that runs at once,
inside a transaction that is rolled back: a draft, whose statements are noted. Only then the loop waits while
the draft is offered to the bucket as the next entry of the log, without any open transaction: others read
the state before it. When the bucket took the entry, its statements are applied as those of another node are.
If another node was first, its entries are applied and the function runs again on what they made of the state.

A process that is killed loses nothing that was answered: before the entry is in the bucket nothing has
happened, afterwards the node applies it at its next start like any other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket_answers import BucketUnreachableError
from pywrangler.local.cluster.state.contents import dump_database, write_contents
from pywrangler.local.cluster.state.entries import LogEntry, LogStatement, newer_state, tables_in
from pywrangler.local.cluster.state.log import StateLog
from pywrangler.local.cluster.state.retention import Mark, may_be_behind, needs_load, needs_snapshot
from pywrangler.local.cluster.state.tables import SHARED, is_shared, written_table
from pywrangler.local.store.connection import Database, open_connection, step_schema
from pywrangler.local.store.migrations import SchemaMigration, known_migrations

log = logging.getLogger(__name__)
T = TypeVar("T")

WAIT_SECONDS = 20.0
"""How long the bucket may take for one offer of a change."""
POLL_SECONDS = 2.0
"""How often a node looks for entries of which no other node told it."""
_POSITION = (
    "CREATE TABLE IF NOT EXISTS cluster_position (cluster TEXT NOT NULL, entry INTEGER NOT NULL) STRICT"
)


class SharedDatabase(Database):
    """A node's database. Open it with `open_shared`; used from one event loop."""

    is_shared = True

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        state_log: StateLog,
        node: str,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        super().__init__(connection, path)
        self._log = state_log
        self._node = node
        self._wait_seconds = wait_seconds
        self._noted: list[LogStatement] | None = None
        """The statements of the draft that runs, shared and own."""
        self._turn = asyncio.Lock()
        """One change at a time: each builds on the one before."""
        self._sure: datetime | None = None
        """The last time, by the bucket's clock, at which the next number was known to be kept, or free."""
        self._mark: Mark | None = None
        self._snapshots: set[asyncio.Task[None]] = set()
        self._migrations = known_migrations()
        self.committed: Callable[[], Awaitable[None]] = _nothing
        """Called after a change of this node is in the bucket, before `change` returns."""
        self.applied_by_others: Callable[[frozenset[str]], None] = lambda _: None
        """Called with the names of the tables after entries of other nodes were applied."""

    @property
    def position(self) -> int | None:
        """The last entry that this node has applied; None before its first snapshot."""
        row = self.row("SELECT entry FROM cluster_position")
        return None if row is None else int(row["entry"])

    def execute(self, statement: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement. One that changes shared rows must be in a function that `change` runs."""
        if self._noted is None and is_shared(statement):
            raise RuntimeError(f"{written_table(statement)} is shared: change it with `change`")
        count = super().execute(statement, parameters)
        if self._noted is not None and written_table(statement) is not None:
            self._noted.append(LogStatement(statement, tuple(parameters)))
        return count

    async def change(self, work: Callable[[], T]) -> T:
        """Run `work` as one transaction of the cluster, and return its result.

        `work` must be repeatable: it runs again if another node was first, and whatever it does besides
        statements happens each time. What it raises is raised, after a look whether another node's change
        makes a difference. Raises `BucketUnreachableError` if the bucket does not take it in time.
        """
        try:
            await asyncio.wait_for(self._turn.acquire(), self._wait_seconds)
        except TimeoutError:
            raise BucketUnreachableError(
                "The changes before this one have waited for the cluster's bucket for"
                f" {self._wait_seconds:g} s.",
                hint="Check the bucket, then repeat the command.",
            ) from None
        before = self.position
        try:
            result = await self._change(work)
        finally:
            self._turn.release()
        if self.position != before:
            await self.committed()
        return result

    async def _change(self, work: Callable[[], T]) -> T:
        while True:
            try:
                result, noted = self._draft(work)
            except Exception:
                if await self._follow():
                    continue
                raise
            shared = tuple(each for each in noted if is_shared(each.text))
            if not shared:
                if await self._follow():
                    continue
                with self.transaction():
                    self._replay(noted)
                return result
            if await self._commit(shared, noted):
                return result
            await self._follow()

    async def follow(self) -> int:
        """Apply what other nodes have committed; how much there was: entries, and snapshots.

        Raises `PywranglerError` if the bucket does not answer, and `NewerStateError`.
        """
        async with self._turn:
            return await self._follow()

    async def follow_always(self) -> None:
        """Follow until cancelled. Failures are logged, once for each reason."""
        told = ""
        while True:
            try:
                await self.follow()
                told = ""
            except PywranglerError as error:
                if error.message != told:
                    log.warning("The cluster's state is not followed: %s", error.message)
                told = error.message
            await asyncio.sleep(POLL_SECONDS)

    async def upgrade(self) -> None:
        """Bring the cluster's schema to this program's. Nodes with an older program stop following then."""
        newest = self._migrations[-1].number
        async with self._turn:
            await self._follow()
            while (schema := self._schema()) < newest:
                await self._commit((), (), schema + 1)
                await self._follow()

    async def close_shared(self) -> None:
        """Wait for a snapshot that is being written, then close the file."""
        for task in self._snapshots:
            task.cancel()
        await asyncio.gather(*self._snapshots, return_exceptions=True)
        self.close()

    def _draft(self, work: Callable[[], T]) -> tuple[T, tuple[LogStatement, ...]]:
        """The result of `work` and its statements. Nothing of it stays."""
        noted: list[LogStatement] = []
        try:
            with self._explained():
                self._connection.execute("BEGIN IMMEDIATE")
            self._noted = noted
            return work(), tuple(noted)
        finally:
            self._noted = None
            self._roll_back()

    async def _commit(
        self, shared: tuple[LogStatement, ...], noted: tuple[LogStatement, ...], schema: int | None = None
    ) -> bool:
        """Whether the bucket took the entry, which is applied then."""
        position, schema = self.position, schema or self._schema()
        if position is None:
            return False
        number = position + 1
        entry = LogEntry(schema, self._node, shared)
        facts = await self._log.offer(number, entry, self._wait_seconds)
        if facts is None:
            return False
        if not await self._is_kept(number, facts.date):
            raise BucketUnreachableError(
                "This node was away from the cluster for long while it stored a change. It is not known"
                " whether the change was stored.",
                hint="Look at the state, then repeat the command if needed.",
                is_uncertain=True,
            )
        self._apply(number, schema, noted)
        self._sure = facts.date
        self._begin_snapshot(number)
        return True

    async def _is_kept(self, number: int, now: datetime) -> bool:
        """Whether what the bucket says about a number at `now` is about the log as it is, and not about the
        place of a removed entry.
        """
        if may_be_behind(self._sure, now, self._log.grace):
            mark, facts = await self._log.mark()
            self._mark = mark
            if number < mark.oldest:
                return False
            self._sure = facts.date
        return True

    async def _follow(self) -> int:
        count, touched = 0, set[str]()
        try:
            while (changed := await self._step()) is not None:
                count += 1
                touched |= changed
        finally:
            if touched:
                self.applied_by_others(frozenset(touched))
        return count

    async def _step(self) -> frozenset[str] | None:
        """Apply the next entry, or a snapshot in its place. The tables that changed; None at the log's
        end.
        """
        number = (self.position or 0) + 1
        entry, now = await self._log.entry(number)
        if self.position is None or not await self._is_kept(number, now):
            return await self._load()
        if entry is None:
            self._sure = now
            return None
        self._apply(number, entry.schema, entry.statements)
        return tables_in(entry.statements)

    async def _load(self) -> frozenset[str]:
        """Replace the shared rows by those of the newest snapshot. All tables may have changed."""
        mark, facts = await self._log.mark()
        contents = await self._log.snapshot(mark.snapshot)
        if contents is None:  # there is a newer one by now
            return await self._load()
        if contents.schema < self._schema():
            raise PywranglerError(
                f"The state of this node has schema {self._schema()}, and the cluster's has"
                f" {contents.schema}.",
                hint="Upgrade pywrangler on the nodes of the cluster first, or join with an empty directory.",
                code="cluster-older",
            )
        self._step_to(contents.schema, f"its snapshot {contents.entry}")
        with self.transaction():
            write_contents(self._connection, contents)
            self._connection.execute("DELETE FROM cluster_position")
            self._connection.execute(
                "INSERT INTO cluster_position (cluster, entry) VALUES (?, ?)", (mark.cluster, contents.entry)
            )
        self._mark, self._sure = mark, facts.date
        return SHARED

    def _apply(self, number: int, schema: int, statements: Sequence[LogStatement]) -> None:
        """Make an entry part of this node's rows."""
        if schema > self._schema():
            self._step_to(schema, f"entry {number} of its log", number)
            return
        try:
            with self.transaction():
                self._replay(statements)
                self._move(number)
        except sqlite3.IntegrityError as error:
            self.execute("DELETE FROM cluster_position")
            raise PywranglerError(
                f"Entry {number} of the cluster's log does not fit the state of this node: {error}.",
                hint="The node takes the whole state from the bucket at its next look.",
                code="state-damaged",
            ) from error

    def _replay(self, statements: Sequence[LogStatement]) -> None:
        for each in statements:
            super().execute(each.text, each.parameters)

    def _move(self, number: int) -> None:
        self._connection.execute("UPDATE cluster_position SET entry = ?", (number,))

    def _step_to(self, schema: int, what: str, number: int | None = None) -> None:
        """Bring this node's schema to `schema`. Raises `NewerStateError` if this program does not know it."""
        newest = self._migrations[-1].number
        if schema > newest:
            raise newer_state(f"{what} has schema {schema}", f"schema {newest}")
        for step in _between(self._migrations, self._schema(), schema):
            # executescript takes no parameters.
            moved = "" if number is None else f"UPDATE cluster_position SET entry = {number:d};"  # noqa: S608
            step_schema(self._connection, step, moved)

    def _schema(self) -> int:
        found: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        return found

    def _begin_snapshot(self, number: int) -> None:
        if self._mark is not None and needs_snapshot(number, self._mark) and not self._snapshots:
            task = asyncio.create_task(self._make_snapshot())
            self._snapshots.add(task)
            task.add_done_callback(self._snapshots.discard)

    async def _make_snapshot(self) -> None:
        try:
            self._mark, _ = await self._log.mark()
            if not needs_snapshot(self.position or 0, self._mark):
                return
            contents = await asyncio.to_thread(dump_database, self._path)
            if contents is not None:
                self._mark = await self._log.publish(contents)
        except PywranglerError as error:
            log.warning("No snapshot of the cluster's state was stored: %s", error.message)


async def open_shared(path: Path, state_log: StateLog, node: str) -> SharedDatabase:
    """This node's database at `path`, brought up to the end of the log and to this program's schema.

    A file of another cluster, or of a platform alone, gets the cluster's rows in place of its own shared
    ones. Raises `PywranglerError` without the bucket, and `NewerStateError`.
    """
    connection = open_connection(path)
    database = SharedDatabase(connection, path, state_log, node)
    try:
        mark, _ = await state_log.mark()
        connection.execute(_POSITION)
        database.execute("DELETE FROM cluster_position WHERE cluster <> ?", (mark.cluster,))
        if database.position is not None and needs_load(database.position, mark):
            database.execute("DELETE FROM cluster_position")
        await database.follow()
        await database.upgrade()
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.close()
        raise
    return database


async def _nothing() -> None:
    """For a node without others to tell."""


def _between(migrations: Sequence[SchemaMigration], present: int, wanted: int) -> list[SchemaMigration]:
    return [each for each in migrations if present < each.number <= wanted]


def adopt_position(path: Path, cluster: str) -> None:
    """Say that the database at `path` has the rows of the cluster's first snapshot, from which it was
    made.
    """
    connection = open_connection(path)
    try:
        connection.execute(_POSITION)
        connection.execute("DELETE FROM cluster_position")
        connection.execute("INSERT INTO cluster_position (cluster, entry) VALUES (?, 0)", (cluster,))
    finally:
        connection.close()
