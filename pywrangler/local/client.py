"""The command line's side of the local platform's process: find it, start it, stop it.

Standard library only, and none of the platform's own modules: the process that this starts imports them.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from pywrangler.errors import PywranglerError
from pywrangler.local.protocol import ALREADY_RUNNING_STATUS, HOME_VARIABLE, Status, home_folder

START_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 60.0
PING_TIMEOUT_SECONDS = 5.0
POLL_SECONDS = 0.02
START_LOG = "start.log"
LOG_TAIL_LINES = 20

_KEPT_VARIABLES = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "DBUS_SESSION_BUS_ADDRESS", "PYTHON_KEYRING_BACKEND"),
        *("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR", "AWS_CA_BUNDLE"),  # where Amazon ECR is, and no keys
        "WRANGLER_DOCKER_HOST",
    )
)
_KEPT_PREFIXES = ("LC_", "XDG_", "DOCKER_", "PYWRANGLER_", "NPM_CONFIG_", "npm_config_")


def find(environment: Mapping[str, str]) -> Status | None:
    """The running platform of this environment's home folder, or None."""
    status = Status.read(home_folder(environment))
    return status if status is not None and _is_alive(status.pid) and _answers(status) else None


def find_or_start(environment: Mapping[str, str]) -> Status:
    """The running platform, started first where there is none.

    Raises `PywranglerError` when it does not come up, with what it said.
    """
    return find(environment) or _start(environment)


def stop(environment: Mapping[str, str]) -> bool:
    """Stop the platform and return when it is gone; False when none ran. Raises `PywranglerError`."""
    status = find(environment) or _hung(environment)
    if status is None:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(status.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
    while _is_alive(status.pid):
        if time.monotonic() > deadline:
            raise PywranglerError(
                f"the local platform (process {status.pid}) did not stop in {STOP_TIMEOUT_SECONDS:.0f} s",
                hint=f"end it with `kill -9 {status.pid}`; the next start cleans up",
                code="platform-stop",
            )
        time.sleep(POLL_SECONDS)
    return True


def daemon_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What the process inherits: what it needs to find Docker, npm and the keyring, and no credentials."""
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT_VARIABLES or name.startswith(_KEPT_PREFIXES)
    }
    return kept | {HOME_VARIABLE: str(home_folder(environment))}


def _start(environment: Mapping[str, str]) -> Status:
    home = home_folder(environment)
    output = _open_start_log(home)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "pywrangler.local.daemon"],
            env=daemon_environment(environment),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Out of the terminal's session: neither Ctrl-C nor the terminal's end reaches it.
            start_new_session=True,
        )
    finally:
        os.close(output)
    return _wait(environment, process, home)


def _open_start_log(home: Path) -> int:
    """Where the process writes until its log is open; also proves that the folder can be written."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(home / START_LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    except OSError as error:
        raise PywranglerError(
            f"the local platform's folder {home} cannot be written: {error.strerror}",
            hint=f"make the folder writable, or set {HOME_VARIABLE} to another one",
            code="state-not-writable",
        ) from error


def _wait(environment: Mapping[str, str], process: subprocess.Popen[bytes], home: Path) -> Status:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if status := find(environment):
            # It goes on without us: nobody waits for it, and Python need not warn about that.
            process.returncode = process.returncode or 0
            return status
        exit_status = process.poll()
        # Another process may have been faster; then it is the one to wait for.
        if exit_status not in (None, ALREADY_RUNNING_STATUS):
            raise _start_error(home, f"ended with status {exit_status}")
        time.sleep(POLL_SECONDS)
    if hung := _hung(environment):
        raise PywranglerError(
            f"the local platform (process {hung.pid}) runs and does not answer",
            hint="`pywrangler local stop` ends it",
            code="platform-hung",
        )
    raise _start_error(home, f"was not there after {START_TIMEOUT_SECONDS:.0f} s")


def _start_error(home: Path, what: str) -> PywranglerError:
    """What the process said: an error of ours as it is, anything else as detail."""
    lines = _tail(home / START_LOG)
    try:
        told = json.loads(lines[-1])
        return PywranglerError(
            told["message"], hint=told.get("hint"), detail=told.get("detail"), code=told["code"]
        )
    except (IndexError, ValueError, KeyError, TypeError):
        return PywranglerError(
            f"the local platform {what}",
            hint=f"its log is {home / 'platform.log'}",
            detail="\n".join(lines) or None,
            code="platform-start",
        )


def _tail(file: Path) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    except OSError:
        return []


def _hung(environment: Mapping[str, str]) -> Status | None:
    """A platform that is there and does not answer: its process is a Python that runs our module."""
    status = Status.read(home_folder(environment))
    if status is None or not _is_alive(status.pid):
        return None
    try:
        command = Path(f"/proc/{status.pid}/cmdline").read_bytes()
    except OSError:
        return None
    return status if b"pywrangler.local.daemon" in command else None


def _is_alive(pid: int) -> bool:
    """Whether a process of this id runs; one that ended and was not waited for does not count."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Whether it ended and its parent does not care, as the first process of many containers does not.

    Known on Linux only, from the state behind the command's name in parentheses (proc(5)).
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[:1] == ["Z"]


def _answers(status: Status) -> bool:
    """Whether the platform answers at its address and knows its token."""
    import http.client

    address = urlsplit(status.url)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=PING_TIMEOUT_SECONDS
    )
    try:
        headers = {"Authorization": f"Bearer {status.token}"}
        connection.request("GET", f"{address.path}/user/tokens/verify", headers=headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
