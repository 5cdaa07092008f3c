"""`pywrangler d1 time-travel`: info, restore."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.d1.choice import DatabaseWord, choose_database
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import PywranglerError, UsageError

Timestamp = Annotated[
    str | None,
    typer.Option(
        "--timestamp", metavar="TIME", help="Seconds since 1970, or a date such as 2026-11-29T08:30:00Z."
    ),
]
DAYS = 30
"""How far back D1 remembers."""


def info(
    run: Invocation, database: DatabaseWord, timestamp: Timestamp = None, as_json: AsJson = False
) -> None:
    """Show the bookmark of a database, now or at a time; `restore` leads back there.

    Example: pywrangler d1 time-travel info my-db --timestamp 2026-11-29T08:30:00Z
    """
    from pywrangler.cloudflare.d1 import bookmark

    at = timestamp and past_time(timestamp, datetime.now(UTC))
    _check_target(run)
    chosen = choose_database(run, run.client, database)
    found = bookmark(run.client, chosen.id, at)
    if as_json:
        run.console.json(found)
        return
    run.console.info(f"The bookmark of {chosen.name}{f' at {timestamp}' if timestamp else ' now'}:")
    run.console.result(str(found["bookmark"]))
    run.console.info(
        f"To restore it: pywrangler d1 time-travel restore {database} --bookmark={found['bookmark']}"
    )


def restore(
    run: Invocation,
    database: DatabaseWord,
    bookmark: Annotated[
        str | None, typer.Option("--bookmark", metavar="BOOKMARK", help="The bookmark to restore.")
    ] = None,
    timestamp: Timestamp = None,
    as_json: AsJson = False,
) -> None:
    """Restore a database to a bookmark or a time; later changes are lost.

    Example: pywrangler d1 time-travel restore my-db --timestamp 2026-11-29T08:30:00Z
    """
    from pywrangler.cloudflare import d1

    if bool(bookmark) == bool(timestamp):
        raise UsageError(
            "`--bookmark` and `--timestamp` exclude each other." if bookmark else "No time is named.",
            hint="Give one of `--bookmark BOOKMARK` and `--timestamp TIME`.",
        )
    at = timestamp and past_time(timestamp, datetime.now(UTC))
    _check_target(run)
    client = run.changing_client()
    chosen = choose_database(run, client, database)
    if at:
        bookmark = str(d1.bookmark(client, chosen.id, at)["bookmark"])
    if not as_json:
        _ask(run, f"Restore the database {chosen.name} to {bookmark}? All later changes are lost.")
    done = d1.restore(client, chosen.id, str(bookmark))
    if as_json:
        run.console.json(done)
        return
    run.console.success(f"Restored the database {chosen.name} to {done.get('bookmark')}.")
    if before := done.get("previous_bookmark"):
        run.console.info(f"Undo it: pywrangler d1 time-travel restore {database} --bookmark={before}")


def past_time(text: str, now: datetime) -> str:
    """A time that D1 remembers, in ISO 8601. Raises `UsageError` for another text or time."""
    moment = _read(text)
    if moment is None:
        raise UsageError(
            f"`{text}` is not a time.", hint="Write seconds since 1970, or a date like 2026-11-29T08:30:00Z."
        )
    if moment > now:
        raise UsageError(f"`{text}` is in the future.", hint="Give a time in the past.")
    if moment < now - timedelta(days=DAYS):
        raise UsageError(f"`{text}` is more than {DAYS} days ago.", hint=f"D1 keeps the last {DAYS} days.")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read(text: str) -> datetime | None:
    """Seconds (ten digits, as in Wrangler 4.164), milliseconds, or a date with its zone."""
    try:
        if re.fullmatch(r"[0-9]+", text):
            return datetime.fromtimestamp(int(text) / (1 if len(text) == 10 else 1000), UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else None


def _ask(run: Invocation, question: str) -> None:
    """Wrangler (4.164) does not continue if no one can be asked."""
    if not run.is_interactive:
        raise UsageError(
            "A restore must be confirmed on a terminal.", hint="Add `--json` to restore without a question."
        )
    if not run.console.confirm(question):
        raise PywranglerError("Cancelled. Nothing was changed.", code="cancelled")


def _check_target(run: Invocation) -> None:
    if run.target is Target.LOCAL:
        raise UsageError(
            "The local platform does not keep the history of D1 databases, so it cannot restore them.",
            hint="Add `--remote` for a database at Cloudflare. `pywrangler d1 export` copies a local one.",
        )
