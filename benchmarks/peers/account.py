"""An account of Cloudflare that both tools deploy to: Workers with Durable Objects, and applications.

It answers what Wrangler 4.164 and pywrangler ask in a deploy, and remembers what they change, so that the
next deploy finds it. What they send in a body is counted.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tests.support.api import ACCOUNT, Call, Says, refusal, result

USER, PASSWORD = "v1", "of-the-benchmark"
NOW = "2026-11-29T12:00:00.000Z"
NAME = "([^/]+)"
LIMITS = {
    "account_id": ACCOUNT,
    "vcpu_per_deployment": 4,
    "memory_mib_per_deployment": 12288,
    "disk_mb_per_deployment": 20000,
    "total_vcpu": 100,
    "total_memory_mib": 409600,
    "total_disk_mb": 2000000,
    "network_modes": ["private"],
}
SUBDOMAIN = {"enabled": True, "previews_enabled": False}
Route = tuple[str, str, Callable[..., Says]]


@dataclass
class PeerAccount:
    """What is in the account. Every answer takes `delay_seconds`."""

    registry: str = ""
    """The host of the registry, for which it gives credentials."""
    delay_seconds: float = 0.0
    applications: dict[str, dict[str, Any]] = field(default_factory=dict)
    scripts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The metadata of each Worker's upload, with `version`."""
    subdomains: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Where each Worker is on workers.dev, once it was changed."""
    sent_bytes: int = 0
    requests: int = 0

    def answer(self, call: Call) -> Says:
        """The answer to a request."""
        self.requests += 1
        self.sent_bytes += len(call.body)
        return replace(self._answer(call), seconds=self.delay_seconds)

    def _answer(self, call: Call) -> Says:
        for method, pattern, handler in self._routes():
            match = re.fullmatch(pattern, call.path)
            if match and method == call.method:
                return handler(call, *match.groups())
        return refusal(404, 7003, f"Could not route {call.method} {call.path}")

    def fill(self, applications: int) -> None:
        """Have this many applications more."""
        for number in range(applications):
            self._create_application({"name": f"listed-{number}", "configuration": {"image": "an/image:1"}})

    def _routes(self) -> list[Route]:
        application = f"/containers/applications/{NAME}"
        script = f"/workers/scripts/{NAME}"
        return [
            ("GET", "/user", lambda _: result({"id": "u", "email": "dev@example.com"})),
            ("GET", "/user/tokens/verify", lambda _: result({"id": "t", "status": "active"})),
            ("GET", "/accounts|/memberships", lambda _: result([{"id": ACCOUNT, "name": "Benchmark"}])),
            ("GET", "/containers/me", lambda _: result({"external_account_id": ACCOUNT, "limits": LIMITS})),
            ("POST", f"/containers/registries/{NAME}/credentials", lambda *_: self._credentials()),
            ("GET", "/containers/applications", lambda _: result([*self.applications.values()])),
            ("GET", "/containers/dash/applications", self._dashboard),
            (
                "GET",
                f"/containers/dash/applications/{NAME}/instances",
                lambda *_: result(
                    {"instances": [], "durable_objects": []}, per_page=25, next_page_token=None
                ),
            ),
            ("POST", "/containers/applications", lambda call: result(self._create_application(call.json))),
            ("GET", application, lambda _, each: result(self.applications[each])),
            ("PATCH", application, self._change_application),
            ("POST", f"{application}/rollouts", lambda call, _: result({"id": _id(), **call.json})),
            ("GET", "/workers/subdomain", lambda _: result({"subdomain": "benchmark"})),
            ("GET", f"/workers/services/{NAME}", lambda _, each: self._if_there(each, self._service)),
            ("GET", f"/workers/workers/{NAME}", lambda _, each: self._if_there(each, self._worker)),
            ("PUT", script, self._upload),
            ("POST", f"{script}/versions", self._upload),
            ("POST", f"{script}/deployments", lambda *_: result({"id": _id()})),
            ("PATCH", f"{script}/(?:script-)?settings", lambda *_: result({})),
            ("GET", f"{script}/(?:script-)?settings", lambda _, each: self._if_there(each, self._settings)),
            ("GET", f"{script}/versions/{NAME}", lambda _, each, __: self._if_there(each, self._version)),
            ("GET", f"{script}/deployments", lambda _, each: self._if_there(each, self._deployments)),
            ("GET", f"{script}/secrets", lambda *_: result([])),
            ("GET", f"{script}/schedules", lambda *_: result({"schedules": []})),
            ("GET", f"{script}/subdomain", lambda _, each: result(self.subdomains.get(each, SUBDOMAIN))),
            ("POST", f"{script}/subdomain", self._change_subdomain),
            ("GET", "/workers/durable_objects/namespaces", lambda _: result(self._namespaces())),
        ]

    def _credentials(self) -> Says:
        whole = {
            "account_id": ACCOUNT,
            "registry_host": self.registry,
            "username": USER,
            "password": PASSWORD,
        }
        return result(whole)

    def _create_application(self, fields: dict[str, Any]) -> dict[str, Any]:
        identifier = _id()
        beside = {"id": identifier, "account_id": ACCOUNT, "created_at": NOW, "updated_at": NOW, "version": 1}
        self.applications[identifier] = {**beside, **fields}
        return self.applications[identifier]

    def _change_application(self, call: Call, identifier: str) -> Says:
        found = self.applications[identifier]
        found.update(call.json, version=found["version"] + 1)
        return result(found)

    def _change_subdomain(self, call: Call, script: str) -> Says:
        # Without a word about previews they are as the address is.
        self.subdomains[script] = {"previews_enabled": call.json["enabled"], **call.json}
        return result(self.subdomains[script])

    def _dashboard(self, _: Call) -> Says:
        health = {"active": 0, "healthy": 0, "failed": 0, "starting": 0, "scheduling": 0}
        rows = [
            {
                **{name: each[name] for name in ("id", "name", "created_at", "updated_at", "version")},
                "instances": 0,
                "image": each["configuration"]["image"],
                "health": {"instances": health},
            }
            for each in self.applications.values()
        ]
        return result(rows, per_page=25, next_page_token=None)

    def _if_there(self, script: str, answer: Callable[[str], Any]) -> Says:
        if script not in self.scripts:
            return refusal(404, 10090, "This Worker does not exist on your account.")
        return result(answer(script))

    def _service(self, name: str) -> dict[str, Any]:
        tag = (self.scripts[name].get("migrations") or {}).get("new_tag")
        script = {"last_deployed_from": "wrangler", "etag": "e", "tag": "t", "migration_tag": tag}
        return {"id": name, "default_environment": {"environment": "production", "script": script}}

    def _worker(self, name: str) -> dict[str, Any]:
        return {
            "id": "w",
            "name": name,
            "subdomain": self.subdomains.get(name, SUBDOMAIN),
            "observability": {},
            "tags": [],
            "references": {},
        }

    def _upload(self, call: Call, name: str) -> Says:
        version, metadata = _id(), _metadata(call)
        # A deploy that changes nothing sends no migrations: those of before stay.
        migrations = metadata.get("migrations") or self.scripts.get(name, {}).get("migrations")
        self.scripts[name] = {**metadata, "migrations": migrations, "version": version}
        fields = {"id": version if call.method == "POST" else name, "etag": "e", "tag": "t", "number": 1}
        whole = {"deployment_id": version.replace("-", ""), "startup_time_ms": 1, "metadata": {}, **fields}
        return result(whole)

    def _settings(self, name: str) -> dict[str, Any]:
        return {"bindings": [], "migration_tag": (self.scripts[name]["migrations"] or {}).get("new_tag")}

    def _version(self, name: str) -> dict[str, Any]:
        bindings = [
            each | ({"namespace_id": _namespace_id(each["class_name"])} if "class_name" in each else {})
            for each in self.scripts[name].get("bindings") or ()
        ]
        resources = {
            "bindings": bindings,
            "script": {"etag": "e", "handlers": ["fetch"]},
            "script_runtime": {},
        }
        annotations = self.scripts[name].get("annotations") or {}
        version = {"id": self.scripts[name]["version"], "number": 1, "annotations": annotations}
        return {**version, "metadata": {}, "resources": resources}

    def _deployments(self, name: str) -> dict[str, Any]:
        versions = [{"version_id": self.scripts[name]["version"], "percentage": 100}]
        one = {
            "id": _id(),
            "source": "wrangler",
            "strategy": "percentage",
            "created_on": NOW,
            "versions": versions,
        }
        return {"deployments": [one]}

    def _namespaces(self) -> list[dict[str, Any]]:
        return [
            {
                "id": _namespace_id(name),
                "class": name,
                "script": script,
                "name": f"{script}_{name}",
                "use_sqlite": True,
            }
            for script, metadata in self.scripts.items()
            for step in (metadata["migrations"] or {}).get("steps", [])
            for name in step.get("new_sqlite_classes", [])
        ]


def _id() -> str:
    return str(uuid.uuid4())


def _namespace_id(class_name: str) -> str:
    return hashlib.md5(class_name.encode(), usedforsecurity=False).hexdigest()


def _metadata(call: Call) -> dict[str, Any]:
    head = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode()
    for part in BytesParser(policy=HTTP).parsebytes(head + call.body).iter_parts():  # type: ignore[attr-defined]
        if part.get_param("name", header="content-disposition") == "metadata":
            found: dict[str, Any] = json.loads(part.get_payload(decode=True))
            return found
    raise ValueError("an upload without metadata")
