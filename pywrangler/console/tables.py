"""Tables and records: aligned columns, with colours on a terminal.

A row stays one line: an id that is folded into its column cannot be copied. Where the rows are wider than the
terminal, each becomes a record of its own, a line for each field.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

from pywrangler.console.visible import visible_line

STATE_COLOURS = {
    "active": "green",
    "running": "green",
    "completed": "green",
    "degraded": "red",
    "failed": "red",
    "unhealthy": "red",
    "stopped": "red",
    "stopping": "yellow",
    "provisioning": "yellow",
    "starting": "yellow",
}
SHORT_ID = 12
"""Characters of an id on a terminal, as `docker ps` shows them."""
NOTHING = "-"
"""The text for a missing value."""
GAP = "  "

Paint = Callable[[str], str]


def write_table(
    stream: IO[str],
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    fancy: bool,
    width: int | None = None,
) -> None:
    """Write `rows` under `columns`, two spaces apart; None shows as `-`, and `fancy` asks for colours.

    Where that is wider than `width`, columns without any value are left out. If it is still too wide, each
    row becomes a record.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    if width is not None and cells and _width(columns, cells) > width:
        kept = [at for at in range(len(columns)) if any(row[at] != NOTHING for row in cells)]
        columns, cells = [columns[at] for at in kept], [[row[at] for at in kept] for row in cells]
        if _width(columns, cells) > width:
            write_records(stream, columns, cells, fancy=fancy, width=width)
            return
    heading, body = (_bold, _by_state) if fancy else (str, str)
    widths = _widths(columns, cells)
    stream.write(_line(columns, widths, heading))
    stream.writelines(_line(row, widths, body) for row in cells)


def short_ids(ids: Sequence[Any]) -> list[Any]:
    """The ids as a terminal shows them: their beginnings, as long as it takes to tell them apart.

    Commands take a beginning for the whole.
    """
    texts = {each for each in ids if isinstance(each, str)}
    length = SHORT_ID
    while len({each[:length] for each in texts}) < len(texts):
        length += 1
    return [each[:length] if isinstance(each, str) else each for each in ids]


def write_records(
    stream: IO[str],
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    fancy: bool,
    width: int | None = None,
) -> None:
    """Write each row as lines of a name and its value, with an empty line between two rows.

    A value that has no room beside its name is below it. Only the words of a text are wrapped; an id is
    never broken. Values that are not there are left out.
    """
    heading, body = (_bold, _by_state) if fancy else (str, str)
    names = [visible_line(name) for name in names]
    room = max(map(_cells, names), default=0)
    for number, row in enumerate(rows):
        if number:
            stream.write("\n")
        for name, value in zip(names, map(_cell, row), strict=True):
            if value == NOTHING:
                continue
            start = name + " " * (room - _cells(name)) + GAP
            if width is None or _cells(start) + _cells(value) <= width:
                stream.write(f"{heading(name)}{start[len(name) :]}{body(value)}".rstrip() + "\n")
                continue
            stream.write(heading(name) + "\n")
            wrapped = textwrap.wrap(
                value, max(width - len(GAP), 1), break_long_words=False, break_on_hyphens=False
            )
            stream.writelines(f"{GAP}{part}\n" for part in wrapped)


def _cell(value: Any) -> str:
    return NOTHING if value is None else visible_line(str(value))


def _cells(text: str) -> int:
    """How many cells of a terminal the text takes; letters of East Asia and emoji take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _widths(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(_cells, column)) for column in zip(columns, *cells, strict=True)]


def _width(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> int:
    """How wide the table is at most. The last column's cells end their lines."""
    return sum(_widths(columns, cells)) + len(GAP) * (len(columns) - 1)


def _line(cells: Sequence[str], widths: Sequence[int], paint: Paint) -> str:
    gaps = [" " * (width - _cells(cell)) for cell, width in zip(cells, widths, strict=True)]
    return GAP.join(paint(cell) + gap for cell, gap in zip(cells, gaps, strict=True)).rstrip() + "\n"


def _bold(text: str) -> str:
    from typer import style

    return style(text, bold=True)


def _by_state(text: str) -> str:
    from typer import style

    colour = STATE_COLOURS.get(text)
    return style(text, fg=colour) if colour else text
