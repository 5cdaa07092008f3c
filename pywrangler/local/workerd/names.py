"""Names of Durable Objects, read from where `workerd` keeps alarms.

An object's id is a hash, from which the name cannot be derived. workerd (2026-11-17) stores the name next to
each pending alarm: `<storage>/<namespace id>/metadata.sqlite`, table `_cf_ALARM`, columns `actor_id` (64 hex
digits) and `actor_name`. The package `@cloudflare/containers` keeps an alarm for every container that lives,
so those names are found here.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def read_durable_object_names(storage: Path, namespace_id: str) -> dict[str, str]:
    """Names by object id; empty without a readable database."""
    file = storage / namespace_id / "metadata.sqlite"
    if not file.is_file():
        return {}
    query = "SELECT actor_id, actor_name FROM _cf_ALARM WHERE actor_name IS NOT NULL"
    try:
        # Read-only, and with a short wait: the database is workerd's and in use.
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=0.2)) as connection:
            return {str(identifier): str(name) for identifier, name in connection.execute(query)}
    except sqlite3.Error:
        return {}
