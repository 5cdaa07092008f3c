"""A deployed project, as tests see it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pywrangler.cloudflare import containers, local, workers
from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.containers import InstanceSummary
from pywrangler.testing.http import FetchResponse, fetch
from pywrangler.testing.logs import ProjectLogLine, read_logs, shown
from pywrangler.testing.stores import ProjectBucket, ProjectNamespace, ProjectSecrets

T = TypeVar("T")
PAUSE_SECONDS = 0.1


class DeployedProject:
    """A Worker with its containers on the platform of the tests."""

    def __init__(self, directory: Path, name: str, url: str, client: Client) -> None:
        self.directory = directory
        self.name = name
        """The Worker's name."""
        self.url = url.rstrip("/")
        """Where the Worker answers, without a slash at the end."""
        self._client = client
        self._began = time.time()

    def __repr__(self) -> str:
        return f"<{self.name} at {self.url}>"

    @cached_property
    def kv(self) -> dict[str, ProjectNamespace]:
        """KV namespaces by the names of their bindings: `project.kv["STORE"].get("key")`."""
        return {
            binding["name"]: ProjectNamespace(self._client, binding["namespace_id"])
            for binding in self._bindings("kv_namespace")
        }

    @cached_property
    def r2(self) -> dict[str, ProjectBucket]:
        """R2 buckets by the names of their bindings: `project.r2["FILES"].get("key")`."""
        return {
            binding["name"]: ProjectBucket(self._client, binding["bucket_name"])
            for binding in self._bindings("r2_bucket")
        }

    @property
    def secrets(self) -> ProjectSecrets:
        """The Worker's secrets: `project.secrets.put("TOKEN", "value")`. A change is effective at once."""
        return ProjectSecrets(self._client, self.name)

    def fetch(self, path: str = "/", **options: Any) -> FetchResponse:
        """Request a path of the Worker: `fetch("/api", data="text", method="PUT", headers={...},
        timeout_seconds=30)`. The response has `status`, `headers`, `text` and `json()`.
        """
        return fetch(self.url + path, **options)

    def instances(self, application: str | None = None) -> list[InstanceSummary]:
        """Instances of the Worker's container applications, or of the one with that name."""
        return [
            instance
            for found in self._applications()
            if application in (None, found["name"])
            for instance in containers.summarize_instances(
                list(containers.instance_pages(self._client, found["id"], per_page=100))
            )
        ]

    def log_lines(self, since: float | None = None) -> list[ProjectLogLine]:
        """What Worker and containers wrote since a time (seconds since the epoch; default: the deploy)."""
        begin = self._began if since is None else since
        return read_logs(self._client, self.name, self._applications(), begin)

    def logs(self, since: float | None = None) -> str:
        """The same as text, one line for each: time, source, text."""
        return shown(self.log_lines(since))

    def trigger_cron(self, cron: str | None = None) -> None:
        """Call the Worker's `scheduled()` and wait for its end; for its only cron trigger if none is named.

        Raises `AssertionError` if it does not succeed.
        """
        result = local.trigger_cron(self._client, self.name, cron)
        assert result.outcome == "ok", (  # noqa: S101 - a test fails by it
            f"scheduled() of {self.name} for `{result.cron}` ended with {result.outcome}"
        )

    def wait_until(self, condition: Callable[[], T], timeout_seconds: float = 30) -> T:
        """Call `condition` until its result is true, and return that. Raises `TimeoutError`."""
        deadline = time.monotonic() + timeout_seconds
        while not (result := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not true within {timeout_seconds:g} s; the last result was {result!r}")
            time.sleep(PAUSE_SECONDS)
        return result

    def _bindings(self, kind: str) -> list[dict[str, Any]]:
        found = workers.get_settings(self._client, self.name).get("bindings") or ()
        return [binding for binding in found if binding["type"] == kind]

    def _applications(self) -> list[dict[str, Any]]:
        own = {each.id for each in workers.list_namespaces(self._client) if each.script == self.name}
        return [
            application
            for application in containers.list_applications(self._client)
            if (application.get("durable_objects") or {}).get("namespace_id") in own
        ]
