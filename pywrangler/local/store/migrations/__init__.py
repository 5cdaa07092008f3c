"""The store's schema as numbered SQL files, `NNNN_what.sql`. A released one is never edited."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class SchemaMigration:
    """One step of the schema; after it the database's `user_version` is `number`."""

    number: int
    sql: str


def known_migrations() -> list[SchemaMigration]:
    """Every migration that this version ships, in order."""
    files = (file for file in resources.files(__name__).iterdir() if file.name.endswith(".sql"))
    return sorted(
        (SchemaMigration(int(file.name.split("_")[0]), file.read_text(encoding="utf-8")) for file in files),
        key=lambda migration: migration.number,
    )
