"""Why a Worker cannot run."""

from __future__ import annotations

import re

from pywrangler.errors import PywranglerError


class UnsupportedBindingError(PywranglerError):
    """A binding that this platform cannot give the Worker."""

    code = "unsupported-binding"


class WorkerdStartError(PywranglerError):
    """`workerd` did not come to accept requests; `detail` holds what it said."""

    code = "workerd-start"


def newest_supported_date(words: str) -> str | None:
    """The newest compatibility date that this `workerd` knows, if that is what it complained about.

    workerd (2026-11-17) tells it only in words:
    `... but the newest date supported by this server binary is "2026-11-24".`
    """
    found = re.search(r'newest date supported by this server binary is "(\d{4}-\d\d-\d\d)"', words)
    return found[1] if found else None
