"""The platform's engine, for a command: at the address that the platform names, whatever the command's own
environment says.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pywrangler.engine.address import EngineAddress, TlsFiles, find_engine
from pywrangler.engine.records import is_podman
from pywrangler.engine.session import EngineSession

__all__ = ["EngineSession", "engine_session", "serves_podman", "session_of_environment"]


def engine_session(address: Mapping[str, Any]) -> EngineSession:
    """Calls to the engine at an address as the platform's REST API gives it."""
    tls = address["tls"]
    files = tls and TlsFiles(
        _path(tls["ca"]), _path(tls["certificate"]), _path(tls["key"]), tls["is_verified"]
    )
    return EngineSession(EngineAddress(address["url"], address["origin"], files))


def session_of_environment(environment: Mapping[str, str]) -> EngineSession:
    """Calls to the engine that the environment chooses. Raises `MissingError` for a wrong address."""
    return EngineSession(find_engine(environment))


def serves_podman(session: EngineSession) -> bool:
    """Whether the engine is Podman. Raises `MissingError` if it does not answer."""
    return is_podman(session.json("GET", "/version"))


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
