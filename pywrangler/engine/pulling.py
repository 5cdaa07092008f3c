"""Images that the engine does not have and the platform can log in for: those of its own registry."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pywrangler.engine.logins import RegistryLogin


@dataclass(frozen=True)
class PullSource:
    """Where the platform has an image from."""

    reference: str
    """The image's name for the engine."""
    login: RegistryLogin


FindSource: TypeAlias = Callable[[str], PullSource | None]
"""Where to get the image that is named; None where the platform does not know."""


def no_source(reference: str) -> None:
    """For a platform without a registry."""


def error_in(progress: bytes) -> str | None:
    """Why a pull failed, from what the engine told of it: one JSON object per line."""
    for line in progress.splitlines():
        if line.startswith(b"{") and (error := json.loads(line).get("error")):
            return str(error)
    return None
