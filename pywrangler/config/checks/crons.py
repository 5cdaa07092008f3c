"""Checks cron expressions: five fields with names of months and days, and `L`, `W` and `#`.

The rules are those of Cloudflare's parser (saffron) and of the scheduler in `workerd` (2026-11-17), which the
local platform uses. Where the two differ (a range that runs backwards, a day that never comes), the stricter
one holds: the scheduler.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import Node

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
_MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class _Unit(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    special: str | None = None
    """What else the whole field may be, as a pattern."""

    @property
    def article(self) -> str:
        """The article before its name."""
        return "an" if self.name.startswith("h") else "a"

    @property
    def limits(self) -> str:
        """The range of a value, in words."""
        names = f", or {self.names[0].upper()} to {self.names[-1].upper()}" if self.names else ""
        return f"It goes from {self.low} to {self.high}{names}; `*` is every one."


_DAY_OF_MONTH = _Unit("day of the month", 1, 31, special=r"L|LW|L-([1-9]|[12]\d|30)W?|([1-9]|[12]\d|3[01])W")
_DAY_OF_WEEK = _Unit(
    "day of the week",
    1,
    7,
    tuple(_DAYS),
    special=rf"L|([1-7]|(?i:{'|'.join(_DAYS)}))(L|#[1-5])",
)
_UNITS = (
    _Unit("minute", 0, 59),
    _Unit("hour", 0, 23),
    _DAY_OF_MONTH,
    _Unit("month", 1, 12, tuple(_MONTHS)),
    _DAY_OF_WEEK,
)
_ORDER = ", ".join(unit.name for unit in _UNITS)

Values = frozenset[int] | str
"""The values that a field names; a text where it has `L`, `W` or `#`."""


class WrongCronError(Exception):
    """An expression that no trigger can have: what is wrong with it, and what to write."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def check_crons(nodes: list[Node], report: Report) -> None:
    """Reports expressions that no trigger can have, and those that mean the same as an earlier one."""
    seen: dict[tuple[Values, ...], Node] = {}
    for node in nodes:
        if not isinstance(node.value, str):
            continue
        try:
            meaning = read_cron(node.value)
        except WrongCronError as error:
            message = f"`{node}` is `{node.value}`; {error.message}"
            report.error("wrong-cron", message, node.place, error.hint)
            continue
        if first := seen.get(meaning):
            message = f"`{node}` means the same as `{first}`, and Cloudflare refuses that"
            report.warning("cron-repeated", message, node.place, "Remove one of them.")
        seen.setdefault(meaning, node)


def read_cron(expression: str) -> tuple[Values, ...]:
    """The values of the five fields. Raises `WrongCronError`."""
    fields = expression.split()
    if shorthand := _SHORTHANDS.get(expression.strip().lower()):
        raise WrongCronError("there are no shorthands", f"Write `{shorthand}`.")
    if len(fields) != len(_UNITS):
        is_with_seconds = len(fields) == len(_UNITS) + 1 and re.fullmatch(r"[\d*/]+", fields[0])
        hint = "There are no seconds: omit the first field." if is_with_seconds else "Such as `*/15 * * * *`."
        raise WrongCronError(
            f"a cron expression has five fields ({_ORDER}), and this has {len(fields)}", hint
        )
    values = tuple(_read_field(field, unit) for field, unit in zip(fields, _UNITS, strict=True))
    _check_day_comes(fields, values)
    return values


def _read_field(field: str, unit: _Unit) -> Values:
    if unit.special and re.fullmatch(unit.special, field):
        return field.upper()
    values: set[int] = set()
    items = field.split(",")
    for item in items:
        if item == "*" and len(items) > 1:
            raise WrongCronError("`*` is in a list", "Write `*` alone, or omit it.")
        values.update(_read_item(item, field, unit))
    return frozenset(values)


def _read_item(item: str, field: str, unit: _Unit) -> range:
    """A value, a range, or either of them with a step."""
    span, slash, step = item.partition("/")
    if slash:
        _check_step(item, step, unit)
    first, dash, last = span.partition("-")
    if span == "*":
        low, high = unit.low, unit.high
    else:
        low = _read_value(first, item, field, unit)
        high = _read_value(last, item, field, unit) if dash else unit.high if slash else low
    if low > high:
        message = f"the range `{item}` runs backwards"
        raise WrongCronError(message, _forwards(first, last, unit) if not slash else unit.limits)
    return range(low, high + 1, int(step) if slash else 1)


def _check_step(item: str, step: str, unit: _Unit) -> None:
    most = unit.high - unit.low
    if not (re.fullmatch(r"[0-9]{1,4}", step) and 1 <= int(step) <= most):
        raise WrongCronError(f"`{item}` has no possible step", f"The step goes from 1 to {most}.")


def _read_value(word: str, item: str, field: str, unit: _Unit) -> int:
    if word.lower() in unit.names:
        return unit.names.index(word.lower()) + unit.low
    if not re.fullmatch(r"[0-9]{1,4}", word) or not unit.low <= int(word) <= unit.high:
        _refuse(item, field, unit)
    return int(word)


def _refuse(item: str, field: str, unit: _Unit) -> NoReturn:
    """Raises what is wrong with a value, with the change that was probably meant."""
    hint = unit.limits
    if field == "?":
        hint = "Write `*`."
    elif unit is _DAY_OF_WEEK and re.search(r"(?<![0-9#/])0(?![0-9])", field):
        hint = f"Days go from 1 (SUN) to 7 (SAT), not from 0. Write `{_with_names(field)}`."
    elif unit.special and re.fullmatch(unit.special, item.upper()):
        hint = f"Write `{item.upper()}`, in capitals." if item == field else f"Write `{item}` alone."
    raise WrongCronError(f"`{item or field}` is not {unit.article} {unit.name}", hint)


def _with_names(field: str) -> str:
    """The field with names in place of numbers that count from 0, as other programs have them."""
    return re.sub(r"(?<![0-9#/])[0-7](?![0-9])", lambda number: _DAYS[int(number.group()) % 7].upper(), field)


def _forwards(first: str, last: str, unit: _Unit) -> str:
    """The two ranges that are meant by one that runs over the end."""
    end, begin = (
        (unit.names[-1].upper(), unit.names[0].upper())
        if unit.names and not first.isdecimal()
        else (str(unit.high), str(unit.low))
    )
    parts = (
        first if first.upper() == end else f"{first}-{end}",
        last if last.upper() == begin else f"{begin}-{last}",
    )
    return f"Write `{','.join(parts)}`."


def _check_day_comes(fields: list[str], values: tuple[Values, ...]) -> None:
    """Reports a day that none of the months has. If there is also a day of the week, either of them is
    enough.
    """
    days, months = values[2], values[3]
    if fields[4] != "*" or isinstance(months, str):
        return
    longest = max(_MONTH_LENGTHS[month - 1] for month in months)
    if isinstance(days, str):
        number = int(re.sub(r"\D", "", days) or 0)
        comes = number < longest if days.startswith("L") else number <= longest
    else:
        comes = min(days) <= longest
    if not comes:
        message = f"no month `{fields[3]}` has a day `{fields[2]}`, so it never runs"
        raise WrongCronError(message, f"The last day of these months is {longest}.")
