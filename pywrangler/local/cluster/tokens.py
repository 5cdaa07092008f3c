"""Tokens with which machines join a cluster. Each can be used once, for a day."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.settings import parse_address
from pywrangler.private_files import write_private
from pywrangler.sensitive import Sensitive

FILE_NAME = "cluster-tokens.json"
LIFETIME_SECONDS = 24 * 3600.0
PREFIX = "pwc1-"
"""How a token begins, with the number of its form."""


class JoinTokenError(PywranglerError):
    """A token that cannot be used."""

    code = "join-token"


@dataclass(frozen=True)
class JoinToken:
    """What a machine needs to join: whom to ask, how to know that it is the right one, and what to say."""

    address: str
    """`HOST:PORT` of the node that made it."""
    authority: str
    """The fingerprint of the cluster's authority: 64 hex digits."""
    secret: Sensitive[str]

    def text(self) -> Sensitive[str]:
        """The token as it is passed on."""
        content = json.dumps([self.address, self.authority, self.secret.reveal()], separators=(",", ":"))
        return Sensitive(PREFIX + base64.urlsafe_b64encode(content.encode()).decode().rstrip("="))


def parse_token(text: str) -> JoinToken:
    """The token in a text. Raises `JoinTokenError`, without the text."""
    body = text.strip().removeprefix(PREFIX)
    try:
        address, authority, secret = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        parse_address(address)
        is_whole = text.strip().startswith(PREFIX) and len(bytes.fromhex(authority)) == 32 and bool(secret)
    except (ValueError, TypeError, AttributeError, PywranglerError):
        is_whole = False
    if not is_whole:
        raise JoinTokenError(
            "This is not a token of `pywrangler cluster token`.",
            hint="Make one on a node of the cluster, and pass all of its line.",
        )
    return JoinToken(str(address), str(authority), Sensitive(str(secret)))


class JoinTokens:
    """The unused tokens that a node has made: their hashes, in a file."""

    def __init__(self, home: Path) -> None:
        self._file = home / FILE_NAME

    def make(self, address: str, authority: str, now: float) -> JoinToken:
        """A new token. `now` is in seconds since the epoch. Raises `OSError`."""
        token = JoinToken(address, authority, Sensitive(secrets.token_urlsafe(24)))
        self._write({**self._read(now), _hash(token.secret): now + LIFETIME_SECONDS})
        return token

    def take(self, secret: Sensitive[str], now: float) -> bool:
        """Use up the token with this secret; False if it does not exist. Raises `OSError`."""
        known = self._read(now)
        if known.pop(_hash(secret), None) is None:
            return False
        self._write(known)
        return True

    def _read(self, now: float) -> dict[str, float]:
        try:
            kept = json.loads(self._file.read_text())
            return {str(key): float(end) for key, end in kept.items() if float(end) > now}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, tokens: Mapping[str, float]) -> None:
        write_private(self._file, json.dumps(tokens))


def _hash(secret: Sensitive[str]) -> str:
    return hashlib.sha256(secret.reveal().encode()).hexdigest()
