"""`pywrangler doctor`."""

from __future__ import annotations

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.doctor.checks import Check, CheckStatus, Finding, run_checks
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import ExitStatus

NAME_WIDTH = 14


def doctor(run: Invocation, as_json: AsJson = False) -> int:
    """Check what this machine and account have, and say what is missing, each with its cure.

    The exit status is 1 if a check failed. With --json it prints a list of {name, status, message, cure};
    status is ok, warn or fail.

    Example: pywrangler doctor --json
    """
    findings = run_checks(all_checks(run))
    if as_json:
        run.console.json([_fields(name, finding) for name, finding in findings.items()])
    else:
        for name, finding in findings.items():
            run.console.result(_line(name, finding), multiline=True)
    is_failed = any(each.status is CheckStatus.FAIL for each in findings.values())
    return ExitStatus.FAILURE if is_failed else ExitStatus.OK


def all_checks(run: Invocation) -> dict[str, Check]:
    """The checks by name, in the order in which they are shown. None has run."""
    from pywrangler.commands.doctor.account import CloudAccount
    from pywrangler.commands.doctor.machine import Machine

    machine, account = Machine(run), CloudAccount(run)
    return {
        "engine": machine.engine,
        "buildx": machine.buildx,
        "emulation": machine.emulation,
        "disk": machine.disk,
        "dns": account.dns,
        "ports": machine.ports,
        "npm": machine.npm,
        "runtime": machine.runtime,
        "python": machine.python,
        "login": account.login,
        "token": account.token,
        "configuration": account.configuration,
        "clock": machine.clock,
    }


def _fields(name: str, finding: Finding) -> dict[str, str | None]:
    return {
        "name": name,
        "status": finding.status.value,
        "message": finding.message,
        "cure": finding.cure,
    }


def _line(name: str, finding: Finding) -> str:
    line = f"{finding.status.value:<5} {name:<{NAME_WIDTH}} {finding.message}"
    return f"{line}\n{'':<{NAME_WIDTH + 7}}{finding.cure}" if finding.cure else line
