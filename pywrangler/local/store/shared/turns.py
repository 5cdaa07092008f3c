"""What only one node of a cluster may do at a time, and who does it until when."""

from __future__ import annotations

from pywrangler.local.store.connection import Database


class Turns:
    """Repository of turns. All that changes is part of a change of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def holder(self, name: str, now: float) -> str | None:
        """Who has a turn that is not over."""
        row = self._database.row("SELECT holder FROM turns WHERE name = ? AND until > ?", (name, now))
        return row["holder"] if row else None

    def take(self, name: str, holder: str, now: float, until: float) -> bool:
        """Take or renew a turn; False if another has it."""
        if self.holder(name, now) not in (None, holder):
            return False
        self._database.execute(
            "INSERT OR REPLACE INTO turns (name, holder, until) VALUES (?, ?, ?)", (name, holder, until)
        )
        return True

    def leave(self, name: str, holder: str) -> None:
        """Give a turn back, if it is this one's."""
        self._database.execute("DELETE FROM turns WHERE name = ? AND holder = ?", (name, holder))
