"""`preview` at a small account: what is sent, compared with Wrangler."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.managed.test_like_wrangler import wrangler
from tests.support.api import ACCOUNT, Call, Says, refusal, result, serve
from tests.support.cli import run
from tests.support.servers.account import Account

pytestmark = [pytest.mark.workerd, pytest.mark.slow]

IMAGE = f"registry.cloudflare.com/{ACCOUNT}/app:v1"
PREVIEW = {
    "id": "p1",
    "name": "Feature/One",
    "slug": "feature-one",
    "urls": ["https://feature-one-web.me.dev"],
}
CONFIGURATION: dict[str, Any] = {
    "name": "web",
    "main": "i.js",
    "compatibility_date": "2026-06-01",
    "compatibility_flags": ["nodejs_compat"],
    "vars": {"OWN": "of the Worker"},
    "kv_namespaces": [{"binding": "OWN_KV", "id": "0" * 32}],
    "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box"]}],
    "containers": [{"class_name": "Box", "image": IMAGE, "max_instances": 9}],
    "durable_objects": {"bindings": [{"name": "BOX", "class_name": "Box"}]},
    "observability": {"enabled": True},
    "limits": {"cpu_ms": 50},
    "previews": {
        "vars": {"GREETING": "hello", "NUMBER": 7},
        "kv_namespaces": [{"binding": "KV", "id": "1" * 32}],
        "d1_databases": [{"binding": "DB", "database_name": "d", "database_id": "2"}],
        "r2_buckets": [{"binding": "FILES", "bucket_name": "files"}],
        "queues": {"producers": [{"binding": "JOBS", "queue": "jobs"}]},
        "services": [{"binding": "OTHER", "service": "other"}],
        "durable_objects": {"bindings": [{"name": "BOX", "class_name": "Box"}]},
        "containers": [{"class_name": "Box", "image": IMAGE, "max_instances": 2, "instance_type": "lite"}],
        "logpush": False,
        "tail_consumers": [{"service": "tail"}],
    },
}
CODE = """import { DurableObject } from "cloudflare:workers";
export class Box extends DurableObject {}
export default { async fetch() { return new Response("x"); } };"""


@dataclass
class PreviewAccount(Account):
    """With previews of the Worker `web`."""

    exists: bool = False
    application: dict[str, Any] | None = None
    deployments: list[Any] = field(default_factory=list)

    def answer(self, call: Call) -> Says:
        path, _, tail = call.path.partition("/workers/workers/web/previews")
        if call.path == "/workers/workers/web" and call.method == "GET" and not self.is_deployed:
            return refusal(404, 10007, "no such Worker")
        if (call.method, call.path) == ("POST", "/workers/workers"):
            self.is_deployed = True
        if call.path == "/containers/me":
            return result({"limits": {}, "defaults": {}})
        if call.path == "/containers/applications" and call.method == "GET":
            return result([self.application] if self.application else [])
        if path or not call.path.startswith("/workers/workers/web/previews"):
            return super().answer(call)
        if call.method != "GET":
            self.changes.append(
                (call.method, call.path, None if tail.endswith("/deployments") else call.json)
            )
        if tail.endswith("/deployments/latest"):
            kept = {"KEPT": {"type": "secret_text"}, "GONE": {"type": "plain_text", "text": "x"}}
            latest = {"id": "d0", "migration_tag": "v1", "env": kept}
            return result(latest) if self.exists else refusal(404, 10222, "no deployment")
        if tail.endswith("/deployments"):
            self.deployments.append(parts(call))
            env = self.deployments[-1][0]["env"]
            env["BOX"]["namespace_id"] = "n1"
            made = {
                "id": "d1",
                "preview_id": "p1",
                "preview_name": "Feature/One",
                "env": env,
                "urls": ["https://d1.dev"],
            }
            return result(made)
        if call.method == "GET" and not self.exists:
            return refusal(404, 10007 if not self.is_deployed else 10025, "no such preview")
        return result(PREVIEW)


def parts(call: Call) -> tuple[Any, list[tuple[str, str]]]:
    """The metadata of a deployment, and its files."""
    head = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode()
    metadata, files = None, []
    for part in message_from_bytes(head + call.body, policy=policy.HTTP).iter_parts():  # type: ignore[attr-defined]
        name = part.get_param("name", header="content-disposition")
        if name == "metadata":
            metadata = json.loads(part.get_payload(decode=True))
        else:
            files.append((name, part.get_filename(), part.get_content_type()))
    return metadata, files


ORIGIN = {
    "GITHUB_SHA": "abc",
    "GITHUB_REPOSITORY": "me/app",
    "GITHUB_REF": "refs/pull/7/merge",
}


@pytest.mark.parametrize("exists", [False, True], ids=["first", "again"])
def test_a_preview_sends_what_wrangler_sends(tmp_path: Path, exists: bool) -> None:
    (tmp_path / "i.js").write_text(CODE)
    (tmp_path / "wrangler.json").write_text(json.dumps(CONFIGURATION))
    (tmp_path / "secrets.json").write_text('{"TOKEN": "secret-of-the-test"}')
    words = "preview --name Feature/One --message hi --tag t1 --var MORE:1 --secrets-file secrets.json --json"
    found = []
    for is_wrangler in (True, False):
        account = PreviewAccount(is_deployed=exists, exists=exists)
        with serve(account.handler) as api:
            if is_wrangler:
                program = wrangler(tmp_path, api.url)
                program.environment.update(ORIGIN)
                done: Any = program.run(*words.split())
            else:
                done = run(words, directory=tmp_path, environment={**api.environment, **ORIGIN})
        assert done.status == 0, done.stderr
        shown = json.loads(done.stdout)
        assert "secret-of-the-test" not in done.stdout + done.stderr
        found.append((account.changes, account.deployments, shown))
    theirs, ours = found
    assert ours == theirs


def test_an_application_follows_its_preview(tmp_path: Path) -> None:
    (tmp_path / "i.js").write_text(CODE)
    (tmp_path / "wrangler.json").write_text(json.dumps(CONFIGURATION))
    present = {
        "id": "a1",
        "name": "web_feature-one_Box",
        "durable_objects": {"namespace_id": "n1"},
        "configuration": {"image": f"registry.cloudflare.com/{ACCOUNT}/app:v0", "instance_type": "lite"},
        "max_instances": 2,
    }
    account = PreviewAccount(is_deployed=True, exists=True, application=present)
    with serve(account.handler) as api:
        done = run("preview --name Feature/One", directory=tmp_path, environment=api.environment)
    assert done.status == 0, done.stderr
    assert "Preview URL: https://feature-one-web.me.dev" in done.stdout
    methods = [(method, path) for method, path, _ in account.changes if path.startswith("/containers")]
    assert methods == [
        ("PATCH", "/containers/applications/a1"),
        ("POST", "/containers/applications/a1/rollouts"),
    ]


OWN: dict[str, Any] = {
    "name": "web",
    "main": "i.js",
    "compatibility_date": "2026-06-01",
    "vars": {"GREETING": "hello", "LIMITS": {"most": 3}},
    "kv_namespaces": [{"binding": "KV", "id": "0" * 32}, {"binding": "NEW"}],
    "r2_buckets": [{"binding": "FILES", "bucket_name": "files"}],
    "d1_databases": [{"binding": "DB", "database_name": "d", "database_id": "2"}],
    "queues": {
        "producers": [{"binding": "JOBS", "queue": "jobs", "delivery_delay": 5}],
        "consumers": [{"queue": "jobs"}],
    },
    "services": [{"binding": "OTHER", "service": "other"}],
    "send_email": [{"name": "MAIL", "allowed_destination_addresses": ["a@b.c", "d@e.f"]}],
    "analytics_engine_datasets": [{"binding": "POINTS", "dataset": "points"}],
    "hyperdrive": [{"binding": "SQL", "id": "3"}],
    "vectorize": [{"binding": "INDEX", "index_name": "i"}],
    "mtls_certificates": [{"binding": "CERT", "certificate_id": "4"}],
    "secrets_store_secrets": [{"binding": "SECRET", "store_id": "5", "secret_name": "s"}],
    "ratelimits": [{"name": "RATE", "namespace_id": "6", "simple": {"limit": 1, "period": 60}}],
    "ai": {"binding": "AI"},
    "browser": {"binding": "BROWSER"},
    "version_metadata": {"binding": "VERSION"},
    "worker_loaders": [{"binding": "LOADER"}],
    "define": {"DEBUG": "true"},
    "placement": {"mode": "smart"},
    "limits": {"cpu_ms": 50},
    "observability": {"enabled": True},
    "triggers": {"crons": ["* * * * *"]},
    "tail_consumers": [{"service": "tail"}],
}
BASE: dict[str, Any] = {
    "env": {
        "GREETING": {"type": "plain_text", "text": "hi"},
        "KV": {"type": "kv_namespace", "namespace_id": "9" * 32},
        "DB": {"type": "d1", "database_id": "8"},
        "JOBS": {"type": "queue", "queue_name": "preview-jobs"},
        "OTHER": {"type": "service", "service": "other"},
        "AI": {"type": "ai"},
    },
    "logpush": True,
    "limits": {"cpu_ms": 10},
    "tail_consumers": [{"name": "tail"}],
}
CLASSES = {
    "durable_objects": {"bindings": [{"name": "BOX", "class_name": "Box"}]},
    "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box"]}],
    "containers": [{"class_name": "Box", "image": IMAGE}],
}


@dataclass
class BaseAccount(PreviewAccount):
    """With settings for all previews of the Worker."""

    base: dict[str, Any] | None = None

    def answer(self, call: Call) -> Says:
        if call.path == "/workers/workers/web" and call.method == "GET" and self.is_deployed:
            return result({"id": "1", "name": "web", "previews_base_config": self.base})
        return super().answer(call)


@pytest.mark.parametrize(
    ("fields", "base", "words"),
    [
        (OWN, None, ""),
        (OWN, BASE, ""),
        (OWN, BASE, "--ignore-base-config"),
        ({**OWN, **CLASSES}, None, ""),
        ({name: OWN[name] for name in ("name", "main", "compatibility_date")}, None, ""),
    ],
    ids=["own", "base", "base ignored", "containers", "empty"],
)
def test_the_suggestion_of_previews_is_that_of_wrangler(
    tmp_path: Path, fields: dict[str, Any], base: dict[str, Any] | None, words: str
) -> None:
    (tmp_path / "i.js").write_text(CODE)
    (tmp_path / "wrangler.json").write_text(json.dumps(fields))
    found = []
    for is_wrangler in (True, False):
        account = BaseAccount(is_deployed=True, base=base)
        with serve(account.handler) as api:
            line = f"preview --name one --json {words}".split()
            done: Any = (
                wrangler(tmp_path, api.url).run(*line)
                if is_wrangler
                else run(" ".join(line), directory=tmp_path, environment=api.environment)
            )
        assert done.status == 1, done.stderr
        assert account.changes == []
        shown = json.loads(done.stdout)
        found.append((shown["suggested_config"], bool(shown.get("messages")), shown.keys()))
    theirs, ours = found
    assert ours == theirs
