"""Exports of the platform's state, as the REST API sends them."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class Exported:
    """What to send: the beginning, the state, the end."""

    header: bytes
    state: Path
    end: bytes


class ExportSource(Protocol):
    """Makes exports."""

    def exported(self, passphrase: Sensitive[str] | None) -> AbstractAsyncContextManager[Exported]:
        """An export, which ends with the context; without secrets if there is no passphrase.

        Raises `PywranglerError`.
        """
