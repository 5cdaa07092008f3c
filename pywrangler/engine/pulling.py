"""Pulls images that the engine does not have from the platform's own registry, for which the platform can log
in.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from pywrangler.dataclass import dataclass
from pywrangler.engine.logins import RegistryLogin


@dataclass(frozen=True)
class PullSource:
    """The source of an image."""

    reference: str
    """The image's name for the engine."""
    login: RegistryLogin


FindSource: TypeAlias = Callable[[str], PullSource | None]
"""The source of the named image; None if the platform does not know it."""


BringImage: TypeAlias = Callable[[str], Awaitable[str | None]]
"""Gets the named image into the engine from elsewhere; its id, or None if it is nowhere. Raises
`PywranglerError`.
"""


async def bring_nothing(_reference: str) -> None:
    """For a platform on one machine."""


def no_source(reference: str) -> None:
    """For a platform without a registry."""


def error_in(progress: bytes) -> str | None:
    """The reason why a pull failed, from the engine's messages: one JSON object per line."""
    for line in progress.splitlines():
        if line.startswith(b"{") and (error := json.loads(line).get("error")):
            return str(error)
    return None
