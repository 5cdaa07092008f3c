"""Privileges of containers beyond Docker's defaults: none, unless the platform's user sets a variable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pywrangler.local.store.fuse import FusePermissions

FUSE_VARIABLE = "PYWRANGLER_FUSE"


def read_fuse_applications(environment: Mapping[str, str]) -> frozenset[str]:
    """Names of the container applications that may mount with FUSE: a list with commas, or `*` for all."""
    names = environment.get(FUSE_VARIABLE, "").split(",")
    return frozenset(name.strip() for name in names if name.strip())


@dataclass(frozen=True)
class FusePrivilege:
    """Decides which applications may mount: those the platform was started with, and those allowed since."""

    started_with: frozenset[str]
    permissions: FusePermissions

    def __call__(self, application: str) -> bool:
        """Whether the application of this name may mount now."""
        is_named = not {"*", application}.isdisjoint(self.started_with)
        return is_named or self.permissions.is_allowed(application)
