"""Values that no client sends on purpose, and places in a body to put them."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from tests.support.runs.effort import examples

TIMES = int(os.environ.get("PYWRANGLER_TEST_FUZZ", "0"))
"""How many times as many inputs as in CI to try, other ones with each run; 0: those of CI."""
DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]
ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**63,
    10**30,
    0.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    "\0",
    "\ud800",
    "²",
    "9" * 5000,
    "../../x",
    "a/b",
    "\n",
    "é" * 300,
    [],
    [None],
    [{}],
    {},
    {"": None},
    {"x": {"y": [1]}},
    DEEP,
)
ODD_TEXTS = (
    *(value for value in ODD_VALUES if isinstance(value, str)),
    *("-1", "1e9", "9" * 20, "NaN", "true"),
)
texts = st.sampled_from(ODD_TEXTS) | st.text(max_size=8)


def values(words: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Any value of JSON, whose objects have fields that mean something."""
    return st.sampled_from(ODD_VALUES) | st.recursive(
        st.sampled_from(ODD_VALUES) | words | st.integers(-5, 200),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
        max_leaves=6,
    )


def places(body: Any) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a body: the steps to it, from the whole to the single values."""
    yield ()
    inner: Any = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for step, value in inner:
        yield from ((step, *steps) for steps in places(value))


def replaced(body: Any, steps: tuple[Any, ...], value: Any) -> Any:
    """A copy of a body with another value at a place."""
    if not steps:
        return value
    changed = copy.deepcopy(body)
    inner = changed
    for step in steps[:-1]:
        inner = inner[step]
    inner[steps[-1]] = value
    return changed


def effort(count: int) -> settings:
    """`count` examples in CI, the same ones each time; other ones in long runs."""
    return settings(
        max_examples=count * TIMES if TIMES else examples(count),
        derandomize=not TIMES,
        deadline=None,
        database=None,
        suppress_health_check=[*HealthCheck],
    )
