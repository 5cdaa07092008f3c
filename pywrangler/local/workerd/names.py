"""Alarms of Durable Objects, read from where `workerd` keeps them, and the names of the objects.

workerd (2026-11-17) stores each pending alarm in `<storage>/<namespace id>/metadata.sqlite`, table
`_cf_ALARM`, columns `actor_id` (64 hex digits), `scheduled_time` (nanoseconds since the epoch) and
`actor_name`. An object's id is a hash, from which the name cannot be derived. The package
`@cloudflare/containers` keeps an alarm for every container that lives, so those names are found here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

FILE = "metadata.sqlite"


class AlarmsUnknownError(Exception):
    """A database of alarms cannot be read."""


def read_durable_object_names(storage: Path, namespace_id: str) -> dict[str, str]:
    """Names by object id; empty without a readable database."""
    file = storage / namespace_id / FILE
    if not file.is_file():
        return {}
    query = "SELECT actor_id, actor_name FROM _cf_ALARM WHERE actor_name IS NOT NULL"
    try:
        with _opened(file) as connection:
            return {str(identifier): str(name) for identifier, name in connection.execute(query)}
    except sqlite3.Error:
        return {}


def next_alarm(storage: Path, namespaces: Iterable[str]) -> float | None:
    """When the first alarm of these namespaces is due, in seconds since the epoch; None without any.

    Raises `AlarmsUnknownError` if a database cannot be read: it may have alarms.
    """
    due = []
    try:
        for file in (storage / namespace / FILE for namespace in namespaces):
            if file.is_file():
                with _opened(file) as connection:
                    due += connection.execute("SELECT MIN(scheduled_time) FROM _cf_ALARM").fetchone()
    except sqlite3.Error as error:
        raise AlarmsUnknownError(str(error)) from error
    return min((nanoseconds / 1e9 for nanoseconds in due if nanoseconds is not None), default=None)


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    # Read-only, and with a short wait: the database is workerd's and in use.
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=0.2)) as connection:
        yield connection
