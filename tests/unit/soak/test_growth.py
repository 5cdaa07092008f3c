"""What counts as growth."""

from __future__ import annotations

import math

import pytest

from tests.soak.growth import FEWEST_SAMPLES, SECONDS, Allowed, judge, slope, table

ALLOWED = Allowed("memory", per_hour=5, in_all=10)


def samples(values: list[float], every_seconds: float = 60) -> list[dict[str, float]]:
    return [{SECONDS: number * every_seconds, "memory": value} for number, value in enumerate(values)]


def noise(number: int) -> float:
    return 8 * math.sin(number * 1.7)


@pytest.mark.parametrize(
    ("values", "has_grown"),
    [
        ([100.0] * 120, False),
        ([100 + noise(number) for number in range(120)], False),
        ([100 + number / 2 + noise(number) for number in range(120)], True),
        ([20.0 + 5 * min(number, 15) for number in range(120)], False),
        ([100.0 + number / 20 for number in range(120)], False),
        ([500.0 if number % 10 == 0 else 100.0 for number in range(120)], False),
        ([100.0] * 60 + [160.0] * 60, False),
        ([200.0 - number for number in range(120)], False),
    ],
    ids=["flat", "noise", "leak", "warm-up", "slow", "peaks", "one step", "falls"],
)
def test_what_has_grown(values: list[float], has_grown: bool) -> None:
    (verdict,) = judge(samples(values), [ALLOWED])
    assert verdict.has_grown is has_grown, verdict
    assert ("GROWS" in "\n".join(table([verdict]))) is has_grown


def test_the_slope_is_per_hour_and_does_not_follow_peaks() -> None:
    values = [10.0 + number / 60 for number in range(200)]
    values[50] = 10_000.0
    (verdict,) = judge(samples(values), [ALLOWED])
    assert verdict.per_hour == pytest.approx(1.0)
    assert slope([(0, 1), (0, 5), (2, 3)]) == pytest.approx(0.0)
    assert slope([(1, 1)]) == 0


def test_too_few_samples_say_nothing() -> None:
    assert judge([], [ALLOWED]) == []
    assert judge(samples([1.0] * FEWEST_SAMPLES), [ALLOWED]) == []
    assert judge([{SECONDS: float(number)} for number in range(100)], [ALLOWED]) == []


def test_many_samples_are_thinned() -> None:
    (verdict,) = judge(samples([100.0 + number / 10 for number in range(5000)], 1), [ALLOWED])
    assert verdict.per_hour == pytest.approx(360)
    assert verdict.has_grown
