"""Whether something is quick, on any machine: limits of processor time grow with what known work takes now.

The known work is code of ours, so that measuring coverage slows both alike.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import SourceText
from pywrangler.config.syntax.jsonc import parse

T = TypeVar("T")

USUAL_SECONDS = 0.01
"""What reading `KNOWN` takes on a usual machine that does nothing else."""
ATTEMPTS = 3
KNOWN = SourceText(
    Path("wrangler.json"),
    json.dumps({"vars": {f"KEY_{number}": "value" * 4 for number in range(1000)}}, indent=2),
)


def quickly(action: Callable[[], T], seconds: float = 1.0) -> T:
    """The result of `action`, whose quickest run of a few takes at most these seconds on a usual machine.

    Otherwise it runs again. Choose an input with which the feared fault takes many times as long.
    """
    taken: list[str] = []
    for _ in range(ATTEMPTS):
        slowness = slowness_now()
        begin = time.process_time()
        result = action()
        used, allowed = time.process_time() - begin, seconds * max(slowness, slowness_now())
        if used <= allowed:
            return result
        taken.append(f"{used:.2f} s of at most {allowed:.2f} s")
    raise AssertionError(f"not quick: it took {', then '.join(taken)} of processor time")


def slowness_now() -> float:
    """How many times as long as usual this process takes for the same work, at least 1."""
    begin = time.process_time()
    parse(KNOWN, Report())
    return max(1.0, (time.process_time() - begin) / USUAL_SECONDS)
