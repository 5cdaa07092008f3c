"""Which writes were answered: all of them must be found later."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

STORES = ("object", "kv", "r2", "d1")
"""Where the scene's Worker writes numbers."""


@dataclass
class Ledger:
    """Numbers that were written, by store. Threads may share it."""

    answered: dict[str, set[int]] = field(default_factory=dict)
    _last: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> int:
        """A number that no write had."""
        with self._lock:
            self._last += 1
            return self._last

    def note(self, store: str, number: int) -> None:
        """Note that the write of a number was answered."""
        with self._lock:
            self.answered.setdefault(store, set()).add(number)

    def lost(self, found: Mapping[str, Sequence[int]]) -> list[str]:
        """Which answered writes the stores do not have, in words."""
        missing = {store: sorted(each - set(found.get(store, ()))) for store, each in self.answered.items()}
        return [f"lost in {store}: {numbers}" for store, numbers in missing.items() if numbers]
