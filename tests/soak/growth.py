"""Decides from samples what has grown. Pure.

The slope is Theil and Sen's: the median of the slopes between all pairs of samples, which single peaks do not
move. A measure has grown if it rises faster than is allowed, and by more than it varies anyway.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WARM_UP_SHARE = 0.25
"""The part at the beginning that does not count: caches fill, pools open."""
LONGEST_WARM_UP_SECONDS = 900.0
FEWEST_SAMPLES = 12
MOST_SAMPLES = 400
"""Of more, every so many are compared: pairs grow with the square."""
SECONDS = "seconds"


@dataclass(frozen=True)
class Allowed:
    """How a measure may rise. Both have to be exceeded."""

    measure: str
    per_hour: float
    in_all: float
    """How much its level may be above that at the beginning, whatever the time: noise, and caches."""


@dataclass(frozen=True)
class Verdict:
    """A measure, in its own unit."""

    allowed: Allowed
    at_first: float
    """The median of the first quarter after the warm-up."""
    at_last: float
    per_hour: float
    has_grown: bool


def judge(samples: Sequence[Mapping[str, float]], allowed: Sequence[Allowed]) -> list[Verdict]:
    """The verdicts about all measures that were taken; none if there are too few samples."""
    steady = _steady(samples)
    if len(steady) < FEWEST_SAMPLES:
        return []
    return [
        _judge_one(
            [(sample[SECONDS], sample[each.measure]) for sample in steady if each.measure in sample], each
        )
        for each in allowed
        if sum(each.measure in sample for sample in steady) >= FEWEST_SAMPLES
    ]


def _steady(samples: Sequence[Mapping[str, float]]) -> list[Mapping[str, float]]:
    if not samples:
        return []
    begin, end = samples[0][SECONDS], samples[-1][SECONDS]
    warm = begin + min((end - begin) * WARM_UP_SHARE, LONGEST_WARM_UP_SECONDS)
    kept = [sample for sample in samples if sample[SECONDS] >= warm]
    return kept[:: -(-len(kept) // MOST_SAMPLES)] if kept else []


def _judge_one(points: Sequence[tuple[float, float]], allowed: Allowed) -> Verdict:
    quarter = max(len(points) // 4, 1)
    at_first = statistics.median(value for _, value in points[:quarter])
    at_last = statistics.median(value for _, value in points[-quarter:])
    per_hour = slope(points) * 3600
    has_grown = per_hour > allowed.per_hour and at_last - at_first > allowed.in_all
    return Verdict(allowed, at_first, at_last, per_hour, has_grown)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """How much the second number rises for one more of the first."""
    slopes = [
        (later[1] - earlier[1]) / (later[0] - earlier[0])
        for index, earlier in enumerate(points)
        for later in points[index + 1 :]
        if later[0] > earlier[0]
    ]
    return statistics.median(slopes) if slopes else 0.0


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """The verdicts in lines."""
    lines = [f"{'':34} {'first':>10} {'last':>10} {'per hour':>10} {'allowed':>10}"]
    lines += [
        f"{each.allowed.measure:34} {each.at_first:10.1f} {each.at_last:10.1f} {each.per_hour:10.2f}"
        f" {each.allowed.per_hour:10.1f}{'  GROWS' if each.has_grown else ''}"
        for each in verdicts
    ]
    return lines
