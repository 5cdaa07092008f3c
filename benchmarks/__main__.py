"""Measure pywrangler on this machine and print ratios: `python -m benchmarks [part ...] [--json FILE]`.

Parts: start-up, cold, warm, body, instances, deploy, bindings, development,
peers; all of them without arguments. Every
figure is compared with something measured in the same run, because machines differ and ratios travel.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import bindings, cold_start, deploys, development, instances, start_up, warm
from benchmarks.peers import measure as peers
from benchmarks.project_set_up import Project, measured_project

Part = Callable[[Project, dict[str, Any]], dict[str, Any]]

PARTS: dict[str, Part] = {
    "start-up": lambda project, _: start_up.measure(project),
    "cold": lambda _, deployed: cold_start.measure(deployed),
    "warm": warm.measure_requests,
    "body": lambda _, deployed: warm.measure_body(deployed),
    "instances": instances.measure,
    "deploy": lambda project, _: deploys.measure(project),
}
ALONE = {"bindings": bindings.measure, "development": development.measure, "peers": peers.measure}
"""Parts that deploy projects of their own."""


def main() -> None:
    """Deploy the measured project on a platform of its own, measure, print, stop."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="part", help=f"one of {', '.join((*PARTS, *ALONE))}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to FILE")
    options = parser.parse_args()
    wanted = options.parts or [*PARTS, *ALONE]
    unknown = [part for part in wanted if part not in (*PARTS, *ALONE)]
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; known are {', '.join((*PARTS, *ALONE))}")
    figures: dict[str, dict[str, Any]] = {}
    if any(part in PARTS for part in wanted):
        with measured_project() as project:
            deployed = project.deploy()
            for part in wanted:
                if part in PARTS:
                    figures[part] = _shown(part, PARTS[part](project, deployed))
    for part in wanted:
        if part in ALONE:
            figures[part] = _shown(part, ALONE[part]())
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


def _shown(part: str, figures: dict[str, Any]) -> dict[str, Any]:
    print(f"{part}:", flush=True)
    for name, value in figures.items():
        print(f"  {name:58} {value:>10.4g}", flush=True)
    return figures


if __name__ == "__main__":
    sys.exit(main())
