"""Why a project could not be deployed for tests."""

from __future__ import annotations


class DeployFailedError(Exception):
    """The deploy failed; the text has the reason, the hint and the last lines."""


class NoEngineError(Exception):
    """There is no container engine; the text says why not."""
