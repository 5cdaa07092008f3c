"""Checks cron expressions by Cloudflare's rules: five fields, names of months and days, and L, W and #.

Source: Cloudflare's documentation of cron triggers. Days of the week are 1 to 7 there; 0 is let pass.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pywrangler.config.document import Node
from pywrangler.config.report import Report

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905 - as calendars list them
_DAYS = "sun mon tue wed thu fri sat".split()  # noqa: SIM905
_SHORTHANDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * SUN",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


class _Unit(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    special: str | None = None
    """What else may stand there, as a pattern."""


_UNITS = (
    _Unit("minute", 0, 59),
    _Unit("hour", 0, 23),
    _Unit("day of the month", 1, 31, special=r"L(-\d\d?)?|LW|\d\d?W|\?"),
    _Unit("month", 1, 12, tuple(_MONTHS)),
    _Unit("day of the week", 0, 7, tuple(_DAYS), special=r"L|\w{1,3}L|\w{1,3}#[1-5]|\?"),
)
_ORDER = ", ".join(unit.name for unit in _UNITS)


def check_cron(node: Node, report: Report) -> None:
    """Reports an expression that no trigger can have."""
    if isinstance(node.value, str) and (mistake := cron_mistake(node.value)):
        message, hint = mistake
        report.error("wrong-cron", f'"{node}" is "{node.value}"; {message}', node.place, hint)


def cron_mistake(expression: str) -> tuple[str, str] | None:
    """What is wrong with the expression, and what to write."""
    parts = expression.split()
    if shorthand := _SHORTHANDS.get(expression.strip().lower()):
        return "there are no shorthands", f'Write "{shorthand}".'
    if len(parts) != len(_UNITS):
        is_with_seconds = len(parts) == len(_UNITS) + 1 and re.fullmatch(r"[\d*/]+", parts[0])
        hint = "There are no seconds: leave out the first." if is_with_seconds else 'Such as "*/15 * * * *".'
        return f"a cron expression has five fields ({_ORDER}), and this one {len(parts)}", hint
    for part, unit in zip(parts, _UNITS, strict=True):
        for item in part.split(","):
            if not _fits(item, unit):
                limits = f"{unit.low} to {unit.high}" if unit.low or unit.high != 7 else "1 to 7"
                also = f", or {unit.names[0].upper()} to {unit.names[-1].upper()}" if unit.names else ""
                return f"{item!r} is no {unit.name}", f"It goes from {limits}{also}; * is every one."
    return None


def _fits(item: str, unit: _Unit) -> bool:
    if unit.special and re.fullmatch(unit.special, item, re.IGNORECASE):
        return True
    span, slash, step = item.partition("/")
    if slash and not (step.isdecimal() and 1 <= int(step[:4]) <= max(unit.high, 1)):
        return False
    if span == "*":
        return True
    ends = [_number(end, unit) for end in span.split("-")]
    are_in = all(end is not None and unit.low <= end <= unit.high for end in ends)
    return are_in and len(ends) <= 2


def _number(word: str, unit: _Unit) -> int | None:
    if word.lower() in unit.names:
        return unit.names.index(word.lower()) + 1
    return int(word) if re.fullmatch(r"[0-9]{1,2}", word) else None
