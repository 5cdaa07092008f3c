"""The engine as a store of images: how commands and deploys reach it without knowing the engine's modules."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.engine.address import find_engine
from pywrangler.engine.client import Engine, connect
from pywrangler.engine.logins import RegistryLogin
from pywrangler.engine.records import ImageFacts

__all__ = ["Engine", "ImageFacts", "RegistryLogin", "connect_engine"]


def connect_engine(environment: Mapping[str, str]) -> Engine:
    """The engine that `environment` names. Raises MissingError if it does not answer."""
    return connect(find_engine(environment))
