"""Asks BuildKit what it sends of a tree under each recorded ignore file, and compares.

python -m tests.differential.patterns              # compare with our reading and with the record
python -m tests.differential.patterns --record     # write the record again
python -m tests.differential.patterns --random 200 # other files, made up; nothing is written
"""

from __future__ import annotations

# ruff: noqa: T201, S311 - a program that prints, and its made up files are no secrets
import argparse
import io
import json
import random
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pywrangler.images.context import walk_context
from pywrangler.images.ignore_file import find_ignore_rules
from tests.support.ignored import RECORD, all_paths, decode, encode, recorded, write_tree

PIECES = [
    "*",
    "**",
    "?",
    "[a-f]",
    "[^a-f]",
    "src",
    "docs",
    "packages",
    "web",
    "lib",
    "sub",
    "foo",
    "*.md",
    "*.js",
]


def main() -> int:
    """Compare; the exit status is 1 where we leave out what BuildKit sends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--random", type=int, metavar="COUNT", default=0)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    known = recorded()
    texts: Iterable[str] = make_up(options.random, options.seed) if options.random else known
    found: dict[str, str] = {}
    counts = {"equal": 0, "more": 0, "refused": 0, "LESS": 0}
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        write_tree(root)
        paths = all_paths(root)
        for text in texts:
            (root / ".dockerignore").write_text(text, newline="")
            sent = ask_builder(root)
            ours = set(walk_context(root, find_ignore_rules(root / "Dockerfile", root).matcher))
            kind = compare(ours, sent)
            counts[kind] += 1
            if kind != "equal":
                print(kind, repr(text), sorted(ours ^ (sent or ours))[:5])
            if options.record:
                found[text] = encode(sent or (), paths)
            elif sent is not None and text in known and decode(known[text], paths) != sent:
                print("CHANGED", repr(text))
    if options.record:
        RECORD.write_text(json.dumps(found, indent=0, ensure_ascii=False) + "\n")
    print(f"{sum(counts.values())} files: {counts}", f"seed {options.seed}" if options.random else "")
    return 1 if counts["LESS"] else 0


def compare(ours: set[str], sent: set[str] | None) -> str:
    """How what we take stands to what BuildKit sends."""
    if sent is None:
        return "refused"
    return "equal" if ours == sent else "more" if ours > sent else "LESS"


def make_up(count: int, seed: int) -> list[str]:
    """Ignore files of a few lines."""
    chance = random.Random(seed)

    def line() -> str:
        words = [chance.choice(PIECES) for _ in range(chance.randint(1, 3))]
        return chance.choice(["", "", "!"]) + chance.choice(["", "", "/"]) + "/".join(words)

    return ["\n".join(line() for _ in range(chance.randint(1, 6))) for _ in range(count)]


def ask_builder(root: Path) -> set[str] | None:
    """What BuildKit sends of a context; None where it refuses the ignore file."""
    command = ["docker", "buildx", "build", "--builder", "default", "--provenance=false"]
    built = subprocess.run([*command, "--output", "type=tar", str(root)], capture_output=True)
    if built.returncode:
        return None
    with tarfile.open(fileobj=io.BytesIO(built.stdout)) as archive:
        return {member.name.rstrip("/") for member in archive.getmembers()}


if __name__ == "__main__":
    sys.exit(main())
