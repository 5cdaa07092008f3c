"""Images that the engine does not have and the platform can log in for: those of its own registry."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class PullLogin:
    """Where the platform has an image from, and its credentials there."""

    reference: str
    """The image's name for the engine."""
    username: str
    password: Sensitive[str]

    def header(self) -> str:
        """The value of the engine's `X-Registry-Auth`."""
        login = {"username": self.username, "password": self.password.reveal()}
        return base64.urlsafe_b64encode(json.dumps(login).encode()).decode()


LogIn: TypeAlias = Callable[[str], PullLogin | None]
"""Where to get the image that is named; None where the platform has no login."""


def nobody_logs_in(reference: str) -> None:
    """For a platform without a registry."""


def error_in(progress: bytes) -> str | None:
    """Why a pull failed, from what the engine told of it: one JSON object per line."""
    for line in progress.splitlines():
        if line.startswith(b"{") and (error := json.loads(line).get("error")):
            return str(error)
    return None
