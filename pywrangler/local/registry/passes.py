"""Short-lived passwords of the registry: created for one push or pull, in memory only."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pywrangler.sensitive import Sensitive

USERNAME = "v1"
"""Wrangler 4.164 sends it for `containers images`, whatever name the API gave."""
PULL, PUSH = "pull", "push"
MAX_MINUTES = 24 * 60


@dataclass(frozen=True)
class _Pass:
    permissions: frozenset[str]
    ends_at: float


class Passes:
    """The permissions and expiration times of passwords. Only hashes of the passwords are kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._passes: dict[bytes, _Pass] = {}

    def issue(self, permissions: Iterable[str], minutes: int) -> Sensitive[str]:
        """A new password for this many minutes (1 to `MAX_MINUTES`)."""
        now = self._clock()
        self._passes = {key: known for key, known in self._passes.items() if known.ends_at > now}
        password = secrets.token_urlsafe(32)
        ends_at = now + min(max(minutes, 1), MAX_MINUTES) * 60
        self._passes[_hash(password)] = _Pass(frozenset(permissions), ends_at)
        return Sensitive(password)

    def permissions(self, authorization: str | None) -> frozenset[str] | None:
        """The permissions of an `Authorization` header; None for an unknown password."""
        found = self._passes.get(_hash(_password_in(authorization or "")))
        return found.permissions if found and found.ends_at > self._clock() else None


def _password_in(authorization: str) -> str:
    kind, _, encoded = authorization.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _hash(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()
