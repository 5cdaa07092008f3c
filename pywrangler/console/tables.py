"""Tables: aligned columns anywhere, Rich's on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
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


def write_table(
    stream: IO[str], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, fancy: bool
) -> None:
    """Write `rows` under `columns`; `fancy` asks for Rich's colours and width of the terminal."""
    cells = [["-" if cell is None else str(cell) for cell in row] for row in rows]
    if fancy:
        _write_rich(stream, columns, cells)
    else:
        stream.write(plain_table(columns, cells))


def plain_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines with two spaces between columns and none at their ends."""
    widths = [max(len(row[index]) for row in (columns, *rows)) for index in range(len(columns))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in (columns, *rows)
    )
    return "".join(line.rstrip() + "\n" for line in lines)


def _write_rich(stream: IO[str], columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=STATE_COLOURS.get(cell, "")) for cell in row))
    Console(file=stream).print(table)
