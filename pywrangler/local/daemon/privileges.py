"""Privileges of containers beyond Docker's defaults: none, unless the platform's user sets a variable."""

from __future__ import annotations

from collections.abc import Mapping

FUSE_VARIABLE = "PYWRANGLER_FUSE"


def read_fuse_applications(environment: Mapping[str, str]) -> frozenset[str]:
    """Names of the container applications that may mount with FUSE: a list with commas, or `*` for all."""
    names = environment.get(FUSE_VARIABLE, "").split(",")
    return frozenset(name.strip() for name in names if name.strip())
