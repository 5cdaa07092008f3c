"""Credentials of a registry, as the Docker Engine takes them with one pull or push; it keeps none."""

from __future__ import annotations

import base64
import json

from pywrangler.dataclass import dataclass
from pywrangler.sensitive import Sensitive


@dataclass(frozen=True)
class RegistryLogin:
    """A user and a password. They go to the engine, and into no file of the Docker CLI."""

    username: str
    password: Sensitive[str]

    def as_config(self) -> dict[str, str]:
        """The form that docker-py takes."""
        return {"username": self.username, "password": self.password.reveal()}

    def as_header(self) -> str:
        """The value of the engine's `X-Registry-Auth`."""
        return base64.urlsafe_b64encode(json.dumps(self.as_config()).encode()).decode()
