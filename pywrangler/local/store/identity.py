"""The id that marks the engine's objects as this platform's.

A copy of a platform's directory has everything of the original, including its account id. The running objects
belong to the original, so a copy needs an id of its own for what it starts.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from pywrangler.errors import PywranglerError
from pywrangler.local.protocol import DATABASE_NAME
from pywrangler.local.store.connection import Database

Relation: TypeAlias = Literal["same", "moved", "copied"]


@dataclass(frozen=True)
class Identity:
    """The platform as its database knows it, and how its directory came to be where it is."""

    platform_id: str
    """32 hex digits; the account's id, or another one for a copy."""
    relation: Relation = "same"


@dataclass(frozen=True)
class KeptPlatform:
    """The identity in the database of a platform that does not run."""

    id: str
    account_id: str
    has_instances: bool
    """Whether it had containers when it ended."""


def relation_of(kept: str | None, here: str, original_account: str | None, account: str) -> Relation:
    """How a platform's directory is related to the one that it was last started in, by their paths.

    `original_account` is the account of the platform that is at the former path now, None where there is
    none.
    """
    if kept is None or kept == here:
        return "same"
    return "copied" if original_account == account else "moved"


def settle_identity(database: Database, home: Path, account_id: str) -> Identity:
    """The id. It depends on where the platform was last started."""
    here = quote(os.fsencode(os.path.realpath(home)))  # a path may be no text
    kept, platform_id = _meta(database, "folder"), _meta(database, "platform_id") or account_id
    relation = relation_of(kept, here, _account_at(kept, home), account_id)
    if relation == "copied":
        platform_id = uuid.uuid4().hex
    with database.transaction():
        for key, value in (("folder", here), ("platform_id", platform_id)):
            database.execute(
                "INSERT INTO meta (key, value) VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, value),
            )
    return Identity(platform_id, relation)


def read_platform(home: Path) -> KeptPlatform | None:
    """The platform whose data is in a directory; None without data. Raises `PywranglerError` if it cannot be
    read.
    """
    file = home / DATABASE_NAME
    if not file.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=2)) as database:
            kept = dict(
                database.execute("SELECT key, value FROM meta WHERE key IN ('account_id', 'platform_id')")
            )
            query = "SELECT COUNT(*) FROM instances WHERE state NOT IN ('stopped', 'failed')"
            (alive,) = database.execute(query).fetchone()
        account_id = str(kept["account_id"])
        return KeptPlatform(str(kept.get("platform_id", account_id)), account_id, bool(alive))
    except (sqlite3.Error, KeyError) as error:
        raise PywranglerError(
            f"The platform's state at `{file}` cannot be read: {error}.", code="state-damaged"
        ) from error


def has_state(home: Path) -> bool:
    """Whether a platform has stored anything; also if that cannot be known."""
    file = home / DATABASE_NAME
    if not file.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=2)) as database:
            tables = [
                name
                for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                if name != "meta" and not name.startswith("sqlite_")
            ]
            # Names of our own schema.
            return any(database.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for name in tables)  # noqa: S608
    except sqlite3.Error:
        return True


def _account_at(kept: str | None, home: Path) -> str | None:
    """The account of the platform that is at the former path, unless it is this one under another name."""
    if kept is None:
        return None
    original = Path(os.fsdecode(unquote_to_bytes(kept)))
    try:
        if (original / DATABASE_NAME).samefile(home / DATABASE_NAME):
            return None
        found = read_platform(original)
    except (OSError, PywranglerError):
        return None
    return found.account_id if found else None


def _meta(database: Database, key: str) -> str | None:
    row = database.row("SELECT value FROM meta WHERE key = ?", (key,))
    return None if row is None else str(row["value"])
