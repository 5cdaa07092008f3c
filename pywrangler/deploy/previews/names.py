"""Names of previews and of their applications, as Wrangler (4.164) makes them. Pure but for `git`."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

LONGEST_APPLICATION_NAME = 253
HASH_DIGITS = 7
_BRANCHES = ("WORKERS_CI_BRANCH", "GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME")


def branch_name(environment: Mapping[str, str], directory: Path) -> str | None:
    """The branch that is worked on: what CI says, otherwise git; None outside of a branch."""
    said = (environment.get(name) for name in _BRANCHES)
    return next(filter(None, said), None) or git(directory, "branch", "--show-current")


def git(directory: Path, *arguments: str) -> str | None:
    """What git prints; None if that is nothing, or if it fails."""
    try:
        done = subprocess.run(
            ("git", *arguments), cwd=directory, capture_output=True, text=True, check=True, errors="replace"
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() or None


def application_name(worker: str, slug: str, class_name: str) -> str:
    """The name of a container application of a preview, which no other preview has."""
    composed = f"{worker}_{slug}_{class_name}"
    plain = re.sub(r"-+", "-", re.sub(r"[^A-Za-z0-9_-]", "-", composed)).strip("-")
    plain = f"w{plain}" if plain[:1].isdigit() else plain
    if plain == composed and len(plain) <= LONGEST_APPLICATION_NAME:
        return plain
    suffix = f"_{_short_hash(composed)}"
    return plain[: LONGEST_APPLICATION_NAME - len(suffix)] + suffix


def _short_hash(text: str) -> str:
    number, digits = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]), ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits.rjust(HASH_DIGITS, "0")
