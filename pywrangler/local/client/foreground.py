"""The platform in place of the command: for a service manager, which watches one process."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import NoReturn

from pywrangler.local.client.environment import daemon_environment
from pywrangler.local.processes import PLATFORM_MODULE
from pywrangler.local.protocol import FOREGROUND_ARGUMENT


def run_in_foreground(environment: Mapping[str, str]) -> NoReturn:
    """Become the platform's process, under the same id. It writes its log and its errors to standard error.
    Raises `OSError`.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    arguments = [sys.executable, "-m", PLATFORM_MODULE, FOREGROUND_ARGUMENT]
    os.execve(sys.executable, arguments, daemon_environment(environment))  # noqa: S606
