"""Unfinished uploads of static assets, by token. Kept in memory, for an hour."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

LIFETIME_SECONDS = 3600
"""As long as Cloudflare's tokens last."""


@dataclass(frozen=True)
class AssetSession:
    """One upload: the files of a Worker's next version, some of which have to be uploaded first."""

    manifest: Mapping[str, str]
    """Hashes by path."""
    sizes: Mapping[str, int]
    """Bytes by hash."""
    expires_at: float
    is_published: bool = False
    """Whether a version has the files now, so that they are kept without the session."""


@dataclass
class AssetSessions:
    """The sessions by their tokens."""

    _sessions: dict[str, AssetSession] = field(default_factory=dict)

    def begin(self, manifest: Mapping[str, str], sizes: Mapping[str, int], now: float) -> str:
        """The token of a new session."""
        token = _make_token(now + LIFETIME_SECONDS)
        self._sessions[token] = AssetSession(manifest, sizes, now + LIFETIME_SECONDS)
        return token

    def find(self, token: str, now: float) -> AssetSession | None:
        """The session of that token; None if it does not exist or has expired."""
        session = self._sessions.get(token)
        return session if session is not None and now < session.expires_at else None

    def publish(self, token: str) -> None:
        """Mark the session's files as files of a version."""
        if session := self._sessions.get(token):
            self._sessions[token] = replace(session, is_published=True)

    def wanted(self, now: float) -> set[str]:
        """Hashes of files that must be kept although no version has them yet. Forgets expired sessions."""
        self._sessions = {token: each for token, each in self._sessions.items() if now < each.expires_at}
        open_ = (session for session in self._sessions.values() if not session.is_published)
        return {hash_ for session in open_ for hash_ in session.manifest.values()}


def _make_token(expires_at: float) -> str:
    """A secret in the form of a JSON Web Token, because clients read its expiration time."""
    parts = ({"alg": "none", "typ": "JWT"}, {"exp": int(expires_at)})
    readable = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return ".".join((*readable, secrets.token_urlsafe(32)))
