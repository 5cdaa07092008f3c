"""A login."""

from __future__ import annotations

from pywrangler.dataclass import dataclass
from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class Login:
    """Credentials for Cloudflare: an API token, or a global key with the e-mail address it belongs to."""

    secret: Sensitive[str]
    origin: str
    """Where it came from, in words for the user."""
    email: str | None = None
    """Set for a global key only."""
    account_id: str | None = None
    """The account that was chosen when the login was stored."""
    profile: str | None = None
    """The profile it is stored for; None for the environment's."""

    @property
    def is_global_key(self) -> bool:
        """Whether the secret is a global key."""
        return self.email is not None
