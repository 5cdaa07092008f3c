"""Credentials of requests."""

from __future__ import annotations

from pywrangler.dataclass import dataclass
from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class ApiToken:
    """An API token, or the local platform's bearer token."""

    token: Sensitive[str]

    def headers(self) -> dict[str, str]:
        """The headers that carry it."""
        return {"Authorization": f"Bearer {self.token.reveal()}"}


@dataclass(frozen=True)
class GlobalKey:
    """The global API key of a user, with the user's e-mail address."""

    email: str
    key: Sensitive[str]

    def headers(self) -> dict[str, str]:
        """The headers that carry it."""
        return {"X-Auth-Email": self.email, "X-Auth-Key": self.key.reveal()}


Auth = ApiToken | GlobalKey
