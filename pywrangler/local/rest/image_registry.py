"""The interface of the platform's own image registry: its address, and passwords for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from pywrangler.sensitive import Sensitive


class PushRegistry(Protocol):
    """The registry that takes the place of Cloudflare's managed one."""

    @property
    def host(self) -> str:
        """Host and port, with which images' names begin."""

    @property
    def username(self) -> str:
        """The user name for every password."""

    @property
    def certificate(self) -> Path:
        """The file with its certificate, for clients that check it."""

    def issue_password(self, permissions: Sequence[str], minutes: int) -> Sensitive[str]:
        """A new password that allows `pull`, `push` or both for so many minutes."""
