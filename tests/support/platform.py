"""A test's own local platform, seen from outside: its status file, its REST API, its containers."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pywrangler.local.protocol import Status
from pywrangler.toolchain import Toolchain
from tests.support import containers
from tests.support.http import Answer, request
from tests.support.ports import free_port
from tests.support.waiting import eventually

NO_KEYRING = "keyring.backends.fail.Keyring"


def platform_variables(home: Path, toolchain: Toolchain) -> dict[str, str]:
    """The environment of a platform of its own, with ports that no other test gets."""
    return {
        "PYWRANGLER_HOME": str(home),
        "PYTHON_KEYRING_BACKEND": NO_KEYRING,
        "PYWRANGLER_WORKERD": str(toolchain.workerd),
        "PYWRANGLER_ESBUILD": str(toolchain.esbuild),
        "PYWRANGLER_WORKER_PORT": str(free_port()),
    }


@dataclass
class Platform:
    """The platform whose directory is `home`. It remembers the account, to count containers afterwards."""

    home: Path
    _accounts: set[str] = field(default_factory=set)

    def start(self) -> Status:
        """Start the platform, unless it runs."""
        from pywrangler.local.client.starting import find_or_start

        return self._noted(find_or_start(os.environ))

    @property
    def status(self) -> Status:
        """What the running platform says about itself."""
        status = Status.read(self.home)
        assert status is not None, "the platform does not run"
        return self._noted(status)

    def call(self, path: str, *, method: str = "GET", body: Any = None) -> Any:
        """The `result` of a REST call below `/accounts/<account>`, which has to succeed."""
        answer = self.send(path, method=method, body=body)
        assert answer.json["success"], answer.text
        return answer.json["result"]

    def send(self, path: str, *, method: str = "GET", body: Any = None) -> Answer:
        """The raw answer to a REST call below `/accounts/<account>`, with a body of JSON."""
        status = self.status
        return request(
            f"{status.url}/accounts/{status.account_id}/{path}",
            method=method,
            body=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {status.token}", "Content-Type": "application/json"},
        )

    def worker_url(self, name: str) -> str:
        """The address of a Worker."""
        return str(self.call(f"local/workers/{name}")["url"])

    def instances(self, application: str) -> list[Any]:
        """An application's instances, by the application's name."""
        applications = self.call("containers/dash/applications")
        found = next(entry for entry in applications if entry["name"] == application)
        return list(self.call(f"containers/dash/applications/{found['id']}/instances")["instances"])

    def containers(self, *, running_only: bool = False) -> list[dict[str, Any]]:
        """`docker inspect` of this platform's containers."""
        if status := Status.read(self.home):
            self._noted(status)
        return [
            found
            for account in sorted(self._accounts)
            for found in containers.containers_of(account, running_only=running_only)
        ]

    def kill(self) -> None:
        """SIGKILL, as when the machine's memory is full."""
        os.kill(self.status.pid, signal.SIGKILL)
        eventually(lambda: not self._lives(), what="the end of the platform's process")

    def end(self) -> None:
        """Stop the platform, or what a killed one left."""
        from pywrangler.local.client.stopping import stop

        if status := Status.read(self.home):
            self._noted(status)
        stop(os.environ)

    def _lives(self) -> bool:
        try:
            os.kill(self.status.pid, 0)
        except ProcessLookupError:
            return False
        state = Path(f"/proc/{self.status.pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"

    def _noted(self, status: Status) -> Status:
        self._accounts.add(status.account_id)
        return status
