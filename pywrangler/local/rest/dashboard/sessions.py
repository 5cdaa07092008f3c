"""Who may use the page. Pure but for random numbers: the caller passes the time.

The command line gets an invitation with the platform's token, and opens it in a browser, once. The browser
then has a cookie for the page, and the page a key for the API. A cookie alone is not enough, because browsers
send it to every port of the host: a Worker on this machine may see it. Only the page knows the key, which the
browser keeps per origin, and an origin includes the port.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field

INVITATION_SECONDS = 60.0
SESSION_SECONDS = 12 * 3600.0
"""A session ends when the page was not used for so long."""
TOKEN_BYTES = 32


@dataclass
class PageSession:
    """A browser that was let in. `cookie` opens the page, `key` the API."""

    cookie: str
    key: str
    expires_at: float

    def has_key(self, given: str) -> bool:
        """Whether `given` is the session's key."""
        return hmac.compare_digest(given.encode(), self.key.encode())


@dataclass
class PageSessions:
    """The open invitations and sessions. They end with the platform's process."""

    _invitations: dict[str, float] = field(default_factory=dict)
    _sessions: dict[str, PageSession] = field(default_factory=dict)

    def invite(self, now: float) -> str:
        """A token with which a browser can enter once, within a minute."""
        self._invitations = {token: end for token, end in self._invitations.items() if now < end}
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._invitations[token] = now + INVITATION_SECONDS
        return token

    def enter(self, token: str, now: float) -> PageSession | None:
        """The new session of a browser that brings an invitation; None if it is unknown, used or expired."""
        expires_at = self._invitations.pop(token, 0.0)
        if now >= expires_at:
            return None
        self._sessions = {cookie: each for cookie, each in self._sessions.items() if now < each.expires_at}
        session = PageSession(
            secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES), now + SESSION_SECONDS
        )
        self._sessions[session.cookie] = session
        return session

    def find(self, cookie: str, now: float) -> PageSession | None:
        """The session of that cookie, which lasts longer because it is used; or None."""
        session = self._sessions.get(cookie)
        if session is None or now >= session.expires_at:
            return None
        session.expires_at = now + SESSION_SECONDS
        return session
