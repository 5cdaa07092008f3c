"""A check of `doctor`, and running many at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from threading import Thread

from pywrangler.dataclass import dataclass
from pywrangler.errors import PywranglerError

LIMIT_SECONDS = 20.0


class CheckStatus(StrEnum):
    """How a check ended. Only `fail` makes the exit status 1."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """The result of one check: a sentence, and what to do if it is not well."""

    status: CheckStatus
    message: str
    cure: str | None = None

    @classmethod
    def ok(cls, message: str) -> Finding:
        """All is well."""
        return cls(CheckStatus.OK, message)

    @classmethod
    def warn(cls, message: str, cure: str) -> Finding:
        """Something works less well than it could, or may fail later."""
        return cls(CheckStatus.WARN, message, cure)

    @classmethod
    def fail(cls, message: str, cure: str) -> Finding:
        """Something does not work."""
        return cls(CheckStatus.FAIL, message, cure)

    @classmethod
    def of_error(cls, error: PywranglerError, cure: str = "Correct it, then run doctor again.") -> Finding:
        """What an error says, which has its own hint."""
        return cls.fail(error.message, error.hint or cure)


Check = Callable[[], Finding]


def run_checks(checks: Mapping[str, Check], limit_seconds: float = LIMIT_SECONDS) -> dict[str, Finding]:
    """The findings by name, in the order of the checks, which run at the same time. One that does not end in
    time is left behind.
    """
    found: dict[str, Finding] = {}

    def perform(name: str, check: Check) -> None:
        try:
            found[name] = check()
        except PywranglerError as error:
            found[name] = Finding.of_error(error)
        except OSError as error:
            found[name] = Finding.fail(f"It could not be checked: {error.strerror or error}.", "Try again.")

    threads = [Thread(target=perform, args=each, daemon=True) for each in checks.items()]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + limit_seconds
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    late = Finding.warn(f"It did not end within {limit_seconds:.0f} s.", "Run doctor again.")
    return {name: found.get(name, late) for name in checks}
