"""Writes the types of many projects by Wrangler and by pywrangler, and compares the files byte for byte.

python -m tests.differential.types                  # every project
python -m tests.differential.types -k rules -v      # those whose names contain `rules`
python -m tests.differential.types --random 200     # projects of chance, from seed 0 on

It also asks pywrangler's `--check` whether it takes the file for up to date.
"""

from __future__ import annotations

# ruff: noqa: T201 - a program that prints
import argparse
import difflib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.differential.type_projects import PROJECTS, TypeProject, random_project
from tests.support.wrangler import installed_wrangler, node

SHOWN_LINES = 30
FOREIGN = ("CLOUDFLARE_", "CF_", "WRANGLER_", "PYWRANGLER_TARGET")


def main() -> int:
    """Compare; the exit status is 1 where the files differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", metavar="TEXT", default="", help="only projects whose names contain it")
    parser.add_argument("-v", action="store_true", help="show every project")
    parser.add_argument("--random", type=int, default=0, metavar="N", help="N projects of chance instead")
    parser.add_argument("--seed", type=int, default=0, help="the first of their seeds")
    options = parser.parse_args()
    chosen: Iterable[TypeProject] = (
        map(random_project, range(options.seed, options.seed + options.random))
        if options.random
        else PROJECTS
    )
    wrong = count = 0
    for project in chosen:
        if options.k not in project.name:
            continue
        count += 1
        difference = compare(project)
        wrong += bool(difference)
        if difference or options.v:
            print(f"{'WRONG' if difference else 'same '} {project.name} {' '.join(project.arguments)}")
            print("\n".join(difference[:SHOWN_LINES]), end="\n" if difference else "", flush=True)
    print(f"{count - wrong} the same, {wrong} wrong")
    return 1 if wrong else 0


def compare(project: TypeProject) -> list[str]:
    """The difference between the two files, as lines; nothing if they are the same."""
    with tempfile.TemporaryDirectory(prefix="types-") as directory:
        theirs, ours = Path(directory, "theirs"), Path(directory, "ours")
        for place in (theirs, ours):
            project.write(place)
        if fault := _run(wrangler_command(project.arguments), theirs):
            return [f"Wrangler: {line}" for line in fault]
        if fault := _run(own_command(project.arguments), ours):
            return [f"pywrangler: {line}" for line in fault]
        expected, found = ((place / project.output).read_text() for place in (theirs, ours))
        if expected == found:
            return _checked(project, ours)
        lines = (expected.splitlines(), found.splitlines())
        return list(difflib.unified_diff(*lines, "Wrangler", "pywrangler", lineterm=""))


def _checked(project: TypeProject, place: Path) -> list[str]:
    """What is wrong with `--check`, which is given nothing but the file."""
    path = [project.output] if project.output in project.arguments else []
    return [f"pywrangler --check: {line}" for line in _run(own_command([*path, "--check"]), place)]


def own_command(arguments: Sequence[str]) -> list[str]:
    """The command line of pywrangler's `types`."""
    return [sys.executable, "-m", "pywrangler_containers", "types", *arguments]


def wrangler_command(arguments: Sequence[str]) -> list[str]:
    """The command line of Wrangler's `types`."""
    return [str(node()), str(installed_wrangler()), "types", *arguments]


def _run(command: Sequence[str], directory: Path) -> list[str]:
    """Run it; its output, if it failed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    environment = kept | {
        "PATH": f"{node().parent}{os.pathsep}{kept['PATH']}",
        "CI": "1",
        "WRANGLER_SEND_METRICS": "false",
        "PYTHONPATH": str(Path.cwd()),
        "PYWRANGLER_TARGET": "local",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    return [*done.stdout.splitlines(), *done.stderr.splitlines()] if done.returncode else []


if __name__ == "__main__":
    sys.exit(main())
