"""What holds for the table itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.faults.own_engine import mounts_below
from tests.faults.records import Kind
from tests.faults.table import ROWS

QUICK_SECONDS = 120
SECONDS_OF_A_ROW = 8
"""Measured on two processors that had other work."""


def test_every_row_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(fault.name for fault in ROWS).items() if count > 1] == []
    assert len(ROWS) >= 100


def test_every_row_breaks_something() -> None:
    idle = [fault.name for fault in ROWS if not (fault.breaks or fault.before or fault.meanwhile)]
    assert idle == []


def test_the_quick_rows_are_quick_and_need_no_engine() -> None:
    quick = [fault for fault in ROWS if fault.is_quick]
    assert 10 <= len(quick) <= QUICK_SECONDS // SECONDS_OF_A_ROW
    assert [fault.name for fault in quick if fault.kind is Kind.CONTAINER] == []


def test_what_the_engine_mounted_goes_innermost_first() -> None:
    lines = ("overlay / o rw", "nsfs /e/exec/netns/a n rw", "x /e/data x rw", "y /e/data/o z rw")
    assert mounts_below(Path("/e"), "\n".join(lines)) == ["/e/exec/netns/a", "/e/data/o", "/e/data"]
