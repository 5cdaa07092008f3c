"""Errors of Workers that cannot run."""

from __future__ import annotations

import re

from pywrangler.errors import PywranglerError


class UnsupportedBindingError(PywranglerError):
    """A binding that this platform cannot give the Worker."""

    code = "unsupported-binding"


class WorkerdStartError(PywranglerError):
    """`workerd` did not begin to accept requests; `detail` holds its output."""

    code = "workerd-start"


DAMAGED = "database-damaged"


def damaged_database(what: str, words: str) -> WorkerdStartError | None:
    """The error for a database that `workerd` cannot read, from its output; None for other complaints."""
    found = re.search(r"= (.*): SQLITE_(?:NOTADB|CORRUPT)", words)
    if found is None:
        return None
    return WorkerdStartError(
        f"{what} did not start: one of its databases is damaged ({found[1]}).",
        hint="Restore the file, or remove it to begin without its data. In the platform's directory, Durable"
        " Objects are in `durable-objects`, KV in `key-values`, D1 in `d1` and R2 in `r2`.",
        code=DAMAGED,
    )


def cron_complaint(words: str) -> str | None:
    """The complaint of `workerd` about a cron expression; None for other complaints.

    Its scheduler (2026-11-17) reports it only as text: `service cron: Uncaught Error: cron trigger "99 * * *
    *": minute field has 99 outside 0-59`.
    """
    found = re.search(r'^service cron: Uncaught \w+: (cron trigger ".*": .+)$', words, re.MULTILINE)
    return found[1] if found else None


def newest_supported_date(words: str) -> str | None:
    """The newest compatibility date that this `workerd` knows, from its complaint; None for other complaints.

    workerd (2026-11-17) reports it only as text: `... but the newest date supported by this server binary is
    "2026-11-24".`
    """
    found = re.search(r'newest date supported by this server binary is "(\d{4}-\d\d-\d\d)"', words)
    return found[1] if found else None
