"""The help screen of a command on a terminal: no name is cut, however narrow the terminal is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

MAX_WIDTH = 100
"""Wider lines are hard to read."""
NAMES_WIDTH = 34
"""Room for the names of options. The text of an option with longer ones begins on the next line."""
GAP = 2
MIN_TEXT_WIDTH = 24
"""Where less is left beside the names, every text begins on the next line."""
INDENT = 4
FRAME = 4
"""What the frame of a panel takes on both sides."""
ARGUMENTS, OPTIONS = "Arguments", "Options"

Row = tuple[str, str]
"""The names of an option, or the name of an argument, and what it is for."""


class HelpScreen(TyperCommand):
    """A command whose help is drawn with frames and colours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - this prints by itself
        """Draw the screen."""
        from rich.console import Console

        console = Console(highlight=False)
        console.width = min(console.width, MAX_WIDTH)
        usage = f"Usage: {ctx.command_path} {' '.join(self.collect_usage_pieces(ctx))}"
        console.print()
        for paragraph in (usage, *paragraphs(self.help or "")):
            wrapped = textwrap.fill(paragraph, console.width - 2, break_on_hyphens=False)
            console.print(textwrap.indent(wrapped, " ") + "\n", markup=False)
        for title, rows in panels(self.get_params(ctx), ctx).items():
            _draw(console, title, rows)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a docstring, each as one line."""
    return [" ".join(part.split()) for part in textwrap.dedent(text).split("\n\n") if part.strip()]


def panels(parameters: Iterable[Any], ctx: Any) -> dict[str, list[Row]]:
    """The arguments and options by the panel that they are in; hidden ones are in none."""
    found: dict[str, list[Row]] = {}
    for parameter in parameters:
        row = parameter.get_help_record(ctx)
        if row is None:
            continue
        default = ARGUMENTS if parameter.param_type_name == "argument" else OPTIONS
        found.setdefault(getattr(parameter, "rich_help_panel", None) or default, []).append(row)
    return {title: found[title] for title in sorted(found, key=lambda title: title != ARGUMENTS)}


def lines(rows: Sequence[Row], width: int) -> Iterator[tuple[str, str]]:
    """What is in each line of a panel: names, or blanks where only the text continues, and a part of the
    text. Together they are no wider than `width`, except for names that are wider themselves.
    """
    room = max((len(names) for names, _ in rows if len(names) <= NAMES_WIDTH), default=0)
    start = room + GAP if width - room - GAP >= MIN_TEXT_WIDTH else INDENT
    for names, text in rows:
        wrapped = textwrap.wrap(text, max(width - start, 1)) or [""]
        if len(names) + GAP <= start:
            yield names.ljust(start), wrapped.pop(0)
        else:
            yield names, ""
        yield from ((" " * start, part) for part in wrapped if part)


def _draw(console: Console, title: str, rows: Sequence[Row]) -> None:
    from rich.console import Group
    from rich.panel import Panel

    drawn = [_line(names, text) for names, text in lines(rows, console.width - FRAME)]
    console.print(Panel(Group(*drawn), title=title, title_align="left", border_style="dim"))


def _line(names: str, text: str) -> Text:
    from rich.text import Text

    line = Text(overflow="fold")
    for word in names.split(" "):
        is_option = word.startswith("-")
        line.append(f"{word} ", "bold cyan" if is_option else "bold yellow")
    line.right_crop(1)
    return line.append(text)
