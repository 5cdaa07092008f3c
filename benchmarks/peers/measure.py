"""Runs both tools in turn, and says in ratios what each row costs. `python -m benchmarks peers`."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks.peers.rows import LISTED, ROWS, Projects, Row
from benchmarks.peers.tools import Cost, Tool, both_tools

COLUMNS = ("", "ours / Wrangler's", "pairs, least to most", "s", "CPU", "MiB", "kB sent")
HEADING = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def measure() -> dict[str, float]:
    """The median ratio of each row, by its name. The whole table is printed, row by row."""
    figures: dict[str, float] = {}
    print(HEADING, flush=True)
    with tempfile.TemporaryDirectory(prefix="pwbench-") as directory, both_tools(Path(directory)) as tools:
        written = Projects()
        for tool in tools:
            tool.account.fill(LISTED)
        for row in ROWS:
            pairs = list(_pairs(row, tools, written))
            figures[row.name] = _ratio(pairs, lambda cost: cost.wall_seconds)
            print(line(row.name, pairs), flush=True)
    return figures


def _pairs(row: Row, tools: tuple[Tool, Tool], written: Projects) -> Iterator[tuple[Cost, Cost]]:
    """The costs of ours and theirs. They go in turn, and each second pair the other way round."""
    for tool in tools:
        tool.account.delay_seconds = 0.0
        for words in row.first:
            tool.run(words.split(), written.of(tool, row.project))
        tool.account.delay_seconds = row.delay_seconds
    for number in range(row.pairs):
        order = tools if number % 2 == 0 else tools[::-1]
        costs = {tool.name: _once(row, tool, written.of(tool, row.project)) for tool in order}
        yield costs[tools[0].name], costs[tools[1].name]


def _once(row: Row, tool: Tool, directory: Path) -> Cost:
    if row.change:
        row.change(directory)
    return tool.run(row.words_of(tool), directory)


def _ratio(pairs: Sequence[tuple[Cost, Cost]], of: Callable[[Cost], float]) -> float:
    return statistics.median(of(ours) / of(theirs) for ours, theirs in pairs)


def line(name: str, pairs: Sequence[tuple[Cost, Cost]]) -> str:
    """A row of the table: the median ratio of the pairs, its spread, and medians of both."""
    ratios = [ours.wall_seconds / theirs.wall_seconds for ours, theirs in pairs]

    def both(of: Callable[[Cost], float], form: str) -> str:
        return " / ".join(format(statistics.median(map(of, side)), form) for side in zip(*pairs, strict=True))

    cells = (
        name,
        f"**{statistics.median(ratios):.2f}**",
        f"{len(pairs)}, {min(ratios):.2f}-{max(ratios):.2f}",
        both(lambda cost: cost.wall_seconds, ".2f"),
        f"{_ratio(pairs, lambda cost: cost.cpu_seconds):.2f}",
        both(lambda cost: cost.peak_bytes / 2**20, ".0f"),
        both(lambda cost: cost.sent_bytes / 1000, ".0f"),
    )
    return f"| {' | '.join(cells)} |"
