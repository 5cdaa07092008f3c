"""What needs an engine or `workerd` stands apart from what needs nothing."""

from __future__ import annotations

import re
from pathlib import Path

UNIT = Path(__file__).parents[1]


def test_no_test_below_unit_needs_the_engine_or_workerd() -> None:
    marks = re.compile(r"pytest\.mark\.(docker|workerd)\b(?!\.)")
    marked = [file.name for file in UNIT.rglob("*.py") if marks.search(file.read_text())]
    assert marked == []
