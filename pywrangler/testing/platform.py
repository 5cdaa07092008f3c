"""A local platform of its own for a test session: a directory, a free port, and nothing left in the end."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pywrangler.cloudflare import containers, local, workers
from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.service import LOCAL_PLATFORM
from pywrangler.errors import PywranglerError
from pywrangler.local.client.finding import find
from pywrangler.private_files import write_private
from pywrangler.sensitive import Sensitive
from pywrangler.testing.errors import DeployFailedError, NoEngineError
from pywrangler.testing.project import DeployedProject

FOREIGN = ("CLOUDFLARE_", "CF_", "WRANGLER_OUTPUT_", "PYWRANGLER_HOME", "PYWRANGLER_TARGET")
"""Variables that would lead a command elsewhere."""
NO_ENGINE = ("engine-not-running", "engine-not-allowed", "engine-not-answering", "engine-address")
"""Codes of errors that mean that there is no engine."""
SHORT = Path("/tmp")  # noqa: S108 - the directory in it has mode 0700
LAST_LINES = 30
STOP_SECONDS = 60


class TestPlatform:
    """Starts with the first deploy. `close` removes its Workers, their containers and images, and its
    directory.
    """

    __test__ = False  # pytest would take it for tests by its name

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        # Short: below it are sockets, whose paths must be short.
        self.home = Path(tempfile.mkdtemp(prefix="pyw-", dir=SHORT if SHORT.is_dir() else None))
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.environment = kept | {
            "PYWRANGLER_HOME": str(self.home / "h"),
            "PYWRANGLER_TARGET": "local",
            "PYWRANGLER_WORKER_PORT": str(_free_port()),
            "CI": "1",
            "NO_COLOR": "1",
        }
        self._client: Client | None = None
        self._projects: dict[str, DeployedProject] = {}

    @property
    def projects(self) -> Sequence[DeployedProject]:
        """What is deployed."""
        return list(self._projects.values())

    @property
    def client(self) -> Client:
        """The platform's REST API. The platform must run."""
        if self._client is None:
            status = find(self.environment)
            if status is None:
                raise DeployFailedError("The local platform of the tests does not run any more.")
            token = ApiToken(Sensitive(status.token))
            self._client = Client(status.url, status.account_id, token, service=LOCAL_PLATFORM)
        return self._client

    def deploy(
        self,
        directory: Path,
        *,
        environment: str | None = None,
        variables: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        config: str | None = None,
        allow_fuse: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> DeployedProject:
        """Deploy the project in a directory, and wait until it answers.

        `config` names the configuration if it is not that of the directory; `allow_fuse` names applications
        whose containers may mount. Raises `DeployFailedError`, and
        `NoEngineError` if it has containers and there is no engine.
        """
        options = [] if environment is None else ["--env", environment]
        options += [word for name in allow_fuse for word in ("--allow-fuse", name)]
        options += [] if config is None else ["--config", config]
        for name, value in (variables or {}).items():
            options += ["--var", f"{name}:{value}"]
        if secrets:
            file = self.home / "secrets.json"
            write_private(file, json.dumps(dict(secrets)))
            options += ["--secrets-file", str(file)]
        try:
            made = self._run("deploy", ["--cwd", str(directory), *options], timeout_seconds)
        finally:
            (self.home / "secrets.json").unlink(missing_ok=True)
        project = DeployedProject(directory, made["worker"], made["url"], self.client)
        self._projects[project.name] = project
        return project

    def run(self, *words: str, directory: Path | None = None, stdin: str = "") -> str:
        """Run another command on this platform; its standard output. Raises `DeployFailedError`."""
        done = subprocess.run(
            _command(*words),
            env=self.environment,
            cwd=directory or self.home,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=self._timeout_seconds,
        )
        if done.returncode:
            raise DeployFailedError(f"`pywrangler {words[0]}` failed:\n{done.stderr.strip()}")
        return done.stdout

    def close(self) -> None:
        """End everything, and remove it."""
        with contextlib.suppress(PywranglerError, DeployFailedError):
            self._remove_all()
        if self._client is not None:
            self._client.close()
        with contextlib.suppress(subprocess.SubprocessError):
            subprocess.run(
                _command("local", "stop"),
                env=self.environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=STOP_SECONDS,
            )
        shutil.rmtree(self.home, ignore_errors=True)

    def _remove_all(self) -> None:
        if self._client is None:
            return
        for application in containers.list_applications(self.client):
            containers.delete_application(self.client, application["id"])
        for name in self._projects:
            workers.delete_worker(self.client, name, force=True)
        local.prune(self.client, dry_run=False)  # the names of the images

    def _run(self, command: str, options: Sequence[str], timeout_seconds: float | None) -> dict[str, Any]:
        """The JSON of a command. Raises `DeployFailedError` and `NoEngineError`."""
        limit = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        with subprocess.Popen(
            _command(command, "--json", "--local", *options),
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                out, err = process.communicate(timeout=limit)
            except BaseException as error:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                if isinstance(error, subprocess.TimeoutExpired):
                    raise DeployFailedError(f"The {command} did not end within {limit:.0f} s.") from None
                raise
        if process.returncode:
            raise _failure(command, err)
        found: dict[str, Any] = json.loads(out)
        return found


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "pywrangler_containers", *words]


def _failure(command: str, err: str) -> DeployFailedError | NoEngineError:
    """The error in the last line of standard error, which is JSON; else the last lines."""
    lines = err.strip().splitlines()
    try:
        error = json.loads(lines[-1])["error"]
    except (IndexError, ValueError, KeyError, TypeError):
        return DeployFailedError(f"The {command} failed:\n" + "\n".join(lines[-LAST_LINES:]))
    if error.get("code") in NO_ENGINE:
        return NoEngineError(error["message"])
    parts = (f"The {command} failed: {error['message']}", error.get("hint"), error.get("detail"))
    return DeployFailedError("\n".join(part for part in parts if part))


def _free_port() -> int:
    """A port on which nothing listens now; the platform takes the next one if that changes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
