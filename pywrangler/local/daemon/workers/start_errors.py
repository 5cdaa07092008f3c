"""What users read about Workers that do not start, or that start without a part. Pure."""

from __future__ import annotations

from collections.abc import Collection

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.operations import WorkerStartError
from pywrangler.local.workerd.failures import WorkerdStartError, cron_complaint

CRON_HINT = "an expression has five fields: minute, hour, day of month, month, day of week; times are UTC"
CODE_HINT = "Correct the code, then deploy again. The Worker was not changed."
CAUSE_HINT = "Remove the cause, then deploy again. The Worker was not changed."


def lost_secrets_note(worker: str, names: Collection[str]) -> str:
    """What to tell the user about secrets whose key is gone."""
    puts = " and ".join(f"`pywrangler secret put {name} --name {worker}`" for name in names)
    return (
        f"The platform's key was lost, so the values of {', '.join(names)} cannot be read. The Worker runs"
        f" without them. Put them again: {puts}."
    )


def lost_file(name: str, error: OSError) -> WorkerdStartError:
    """The error for a version with an unreadable file."""
    reason = error.strerror or type(error).__name__
    return WorkerdStartError(f"A file of the Worker `{name}` cannot be read: `{error.filename}`: {reason}.")


def as_sentence(text: str) -> str:
    """`text` with a capital and a period. Reasons from other parts may be clauses."""
    end = "" if text.endswith((".", "?", "!")) else "."
    return f"{text[:1].upper()}{text[1:]}{end}"


def start_error(name: str, error: PywranglerError) -> WorkerStartError:
    """The error for the deploy of a Worker that does not start."""
    if complaint := cron_complaint(error.detail or ""):
        return WorkerStartError(complaint, hint=CRON_HINT)
    if error.detail and "Uncaught" in error.detail:
        message = f"The code of the Worker `{name}` threw an error while it was loaded."
        return WorkerStartError(message, detail=error.detail, hint=CODE_HINT)
    return WorkerStartError(as_sentence(error.message), hint=error.hint or CAUSE_HINT, detail=error.detail)
