"""Each reader takes what is kept for it and a fixed number of random inputs. `make fuzz` tries many more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.inputs import Maker
from tests.fuzz.limits import Limited, LimitExceededError, counting_time, most_bytes_used, try_inputs
from tests.fuzz.records import Target
from tests.fuzz.table import TARGETS, kept_inputs
from tests.support.runs.effort import examples

pytestmark = pytest.mark.slow  # thousands of inputs

INPUTS = 2500
NUMBER = 20261130


@pytest.mark.parametrize("target", TARGETS.values(), ids=list(TARGETS))
def test_no_input_is_a_fault(target: Target, tmp_path: Path) -> None:
    kept = kept_inputs(target)
    maker = Maker(kept, target.words, target.largest_bytes, NUMBER)
    inputs = (*kept, *(maker.make() for _ in range(examples(INPUTS))))
    assert try_inputs(Limited(target.open(tmp_path)), inputs) is None


def test_a_reader_that_takes_too_long_is_a_fault() -> None:
    def read(_data: bytes) -> None:
        while True:
            pass

    with counting_time(), pytest.raises(LimitExceededError, match="processor time"):
        Limited(read, longest_seconds=0.05)(b"")


def test_a_reader_that_takes_too_much_memory_is_a_fault() -> None:
    size = most_bytes_used() + (16 << 20)
    with counting_time(), pytest.raises(LimitExceededError, match="MiB"):
        Limited(lambda _: b"x" * size, most_bytes=1 << 20)(b"")


def test_the_same_number_makes_the_same_inputs() -> None:
    made = [[Maker((b"one", b"two"), ("word",), 100, 7).make() for _ in range(5)] for _ in range(2)]
    assert made[0] == made[1]
    maker = Maker((b"one", b"two"), ("word",), 100, 7)
    inputs = [maker.make() for _ in range(200)]
    assert max(map(len, inputs)) == 100
    assert len(set(inputs)) > 150
