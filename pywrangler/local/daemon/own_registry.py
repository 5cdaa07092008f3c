"""The platform's own image registry, where the rest of the platform meets it."""

from __future__ import annotations

from pathlib import Path

from pywrangler.engine.pulling import LogIn, PullLogin
from pywrangler.local.daemon.api_address import Listening, port_of
from pywrangler.local.daemon.workers.ports import LOOPBACK
from pywrangler.local.registry.passes import PULL
from pywrangler.local.registry.server import Registry

PULL_MINUTES = 60
"""How long the engine may take for an image from this machine's own disk."""


def make_registry(home: Path, listening: Listening, account_id: str) -> Registry:
    """The registry that serves on its socket of `listening`."""
    return Registry(home / "registry", f"{LOOPBACK[4]}:{port_of(listening.registry)}", account_id)


def login_for(registry: Registry) -> LogIn:
    """Logs the engine in for images of this registry: they may have gone from the engine's store."""

    def log_in(reference: str) -> PullLogin | None:
        if not reference.startswith(f"{registry.host}/"):
            return None
        return PullLogin(registry.username, registry.issue_password([PULL], PULL_MINUTES))

    return log_in
