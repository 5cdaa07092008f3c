"""Tables: aligned columns, with colours on a terminal.

A row stays one line however narrow the terminal is: an id that is folded into its column cannot be copied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import IO, Any

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

Paint = Callable[[str], str]


def write_table(
    stream: IO[str], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, fancy: bool
) -> None:
    """Write `rows` under `columns`, two spaces apart; None shows as `-`, and `fancy` asks for colours."""
    cells = [["-" if cell is None else " ".join(str(cell).splitlines()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    heading, body = (_bold, _by_state) if fancy else (str, str)
    stream.write(_line(columns, widths, heading))
    stream.writelines(_line(row, widths, body) for row in cells)


def _line(cells: Sequence[str], widths: Sequence[int], paint: Paint) -> str:
    gaps = [" " * (width - len(cell)) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join(paint(cell) + gap for cell, gap in zip(cells, gaps, strict=True)).rstrip() + "\n"


def _bold(text: str) -> str:
    from typer import style

    return style(text, bold=True)


def _by_state(text: str) -> str:
    from typer import style

    colour = STATE_COLOURS.get(text)
    return style(text, fg=colour) if colour else text
