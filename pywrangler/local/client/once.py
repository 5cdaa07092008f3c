"""Runs the platform's program for one task, while no platform runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from pywrangler.errors import ExitStatus, PywranglerError, UsageError
from pywrangler.local.client.environment import daemon_environment
from pywrangler.local.client.starting import LOG_TAIL_LINES
from pywrangler.local.processes import PLATFORM_MODULE
from pywrangler.local.protocol import ALREADY_RUNNING_STATUS


def run_once(
    environment: Mapping[str, str],
    *arguments: str,
    timeout_seconds: float,
    late: PywranglerError,
    failure: str,
    stdin: str = "",
) -> dict[str, Any] | None:
    """The result; None while a platform runs. Raises `PywranglerError`: the program's own; `late` if it is
    not over in time; for another end one whose message begins with `failure`.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", PLATFORM_MODULE, *arguments],
            env=daemon_environment(environment),
            cwd="/",
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=timeout_seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise late from error
    if done.returncode == ALREADY_RUNNING_STATUS:
        return None
    try:
        if done.returncode == 0:
            found: dict[str, Any] = json.loads(done.stdout)
            return found
        told = json.loads(done.stderr.strip().splitlines()[-1])
        family = UsageError if done.returncode == ExitStatus.USAGE else PywranglerError
        raise family(told["message"], hint=told.get("hint"), code=told["code"])
    except (IndexError, ValueError, KeyError, TypeError) as error:
        raise PywranglerError(
            f"{failure} (status {done.returncode}).",
            detail="\n".join(done.stderr.splitlines()[-LOG_TAIL_LINES:]) or None,
            code=late.code,
        ) from error
