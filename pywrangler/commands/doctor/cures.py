"""What `doctor` knows about a failure: `deploy` and `dev` run the checks that may explain it.

Nothing here is imported, and nothing is checked, unless a command failed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pywrangler.commands.doctor.checks import Check, CheckStatus, Finding, run_checks
from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.commands.context.invocation import Invocation

LIMIT_SECONDS = 3.0
"""A check that takes longer is left out: the failure is shown without it."""
ENGINE = ("engine", "buildx", "disk", "emulation")
DOWNLOADS = ("npm", "disk")
ACCOUNT = ("login", "token")
CHECKS = {
    "another-engine": ("engine",),
    "build": ENGINE,
    "buildx-missing": ENGINE,
    "disk-full": ("disk",),
    "docker-missing": ENGINE,
    "engine-refused": ENGINE,
    "image-build": ENGINE,
    "image-platform": ("emulation",),
    "image-pull": (*ENGINE, "dns"),
    "image-push": (*ENGINE, "dns"),
    "missing": ("disk", *DOWNLOADS),
    "not-logged-in": ACCOUNT,
    "npm-missing": DOWNLOADS,
    "platform-start": ("disk", "ports"),
    "port-taken": ("ports",),
    "state-damaged": ("disk",),
    "state-not-usable": ("disk",),
    "state-not-writable": ("disk",),
    "toolchain-download": DOWNLOADS,
    "toolchain-folder": DOWNLOADS,
    "workerd-start": DOWNLOADS,
}
"""Code of an error → the checks that may explain it. Mistakes in code or configuration have none."""
REFUSALS = (401, 403)


def checks_for(error: PywranglerError) -> tuple[str, ...]:
    """The names of the checks that may explain an error."""
    if isinstance(error, ApiError):
        if error.status in REFUSALS:
            return ACCOUNT
        return ("dns", "disk") if not error.status or error.status >= 500 else ()
    if error.code.startswith("engine-"):
        return ENGINE
    return CHECKS.get(error.code, ())


def add_findings(error: PywranglerError, findings: Mapping[str, Finding]) -> None:
    """Add to the error's hint what failed and its cure, unless the error says so itself."""
    told = " ".join(part for part in (error.message, error.hint, error.detail) if part)
    for finding in findings.values():
        if finding.status is not CheckStatus.FAIL or finding.cure is None or finding.cure in told:
            continue
        text = finding.cure if finding.message in told else f"{finding.message} {finding.cure}"
        error.hint = f"{error.hint}\n\n{text}" if error.hint else text
        told = f"{told} {text}"


def explain(run: Invocation, error: PywranglerError) -> None:
    """Add to the error what `doctor` says about it, if anything."""
    names = checks_for(error)
    if names:
        with contextlib.suppress(Exception):  # the error itself must be shown in any case
            add_findings(error, run_checks(_named(run, names), LIMIT_SECONDS))


def _named(run: Invocation, names: tuple[str, ...]) -> dict[str, Check]:
    from pywrangler.commands.doctor.doctor import all_checks

    known = all_checks(run)
    return {name: known[name] for name in dict.fromkeys(names)}
