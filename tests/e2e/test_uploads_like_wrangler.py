"""What a deploy sends to Cloudflare, compared with what Wrangler sends for the same project."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import ACCOUNT, serve
from tests.support.cli import run
from tests.support.servers.account import Account
from tests.support.wrangler import Wrangler, installed_wrangler, node

pytestmark = [pytest.mark.workerd, pytest.mark.slow]

CODE = """import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint } from "cloudflare:workers";
export class Box extends DurableObject {}
export class Flow extends WorkflowEntrypoint { async run() {} }
export class Named extends WorkerEntrypoint {}
export default { async fetch() { return new Response("x"); }, async queue() {}, async scheduled() {} };"""
BASE: dict[str, Any] = {"name": "every_kind", "main": "i.js", "compatibility_date": "2026-06-01"}
HEX = "0123456789abcdef0123456789abcdef"
UUID = "01234567-89ab-4def-8123-456789abcdef"
EVERY_KIND: dict[str, Any] = {
    "vars": {"TEXT": "a", "JSON": {"a": [1, None]}, "NUMBER": 5},
    "kv_namespaces": [{"binding": "KV", "id": HEX, "preview_id": "x"}],
    "durable_objects": {
        "bindings": [
            {"name": "BOX", "class_name": "Box"},
            {"name": "FAR", "class_name": "Far", "script_name": "far"},
        ]
    },
    "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box"]}],
    "send_email": [
        {"name": "ANY"},
        {"name": "ONE", "destination_address": "a@b.example"},
        {
            "name": "SOME",
            "allowed_destination_addresses": ["a@b.example"],
            "allowed_sender_addresses": ["c@d.example"],
        },
    ],
    "workflows": [
        {"name": "flow", "binding": "FLOW", "class_name": "Flow"},
        {"name": "far-flow", "binding": "FAR_FLOW", "class_name": "Far", "script_name": "far"},
    ],
    "queues": {
        "producers": [{"binding": "JOBS", "queue": "jobs"}],
        "consumers": [
            {
                "queue": "jobs",
                "max_batch_size": 3,
                "max_batch_timeout": 1,
                "max_retries": 2,
                "retry_delay": 4,
            },
        ],
    },
    "r2_buckets": [
        {"binding": "FILES", "bucket_name": "files"},
        {"binding": "EU", "bucket_name": "europe", "jurisdiction": "eu"},
    ],
    "d1_databases": [{"binding": "SHOP", "database_name": "shop", "database_id": UUID}],
    "vectorize": [{"binding": "WORDS", "index_name": "words"}],
    "ai_search": [{"binding": "SEARCH", "instance_name": "docs"}],
    "hyperdrive": [{"binding": "SQL", "id": HEX, "localConnectionString": "postgres://u:p@localhost:5432/d"}],
    "services": [
        {"binding": "OTHER", "service": "other"},
        {"binding": "ENTRY", "service": "other", "entrypoint": "Entry", "props": {"a": 1}},
        {"binding": "OWN", "service": "every_kind", "entrypoint": "Named"},
    ],
    "analytics_engine_datasets": [{"binding": "POINTS"}, {"binding": "MORE", "dataset": "more"}],
    "browser": {"binding": "BROWSER"},
    "ai": {"binding": "AI"},
    "images": {"binding": "IMAGES"},
    "media": {"binding": "MEDIA"},
    "stream": {"binding": "STREAM"},
    "analytics": {"binding": "ANALYTICS"},
    "version_metadata": {"binding": "VERSION"},
    "unsafe": {"bindings": [{"name": "RAW", "type": "something_new", "x": 1}], "metadata": {"extra": True}},
    "mtls_certificates": [{"binding": "CERT", "certificate_id": UUID}],
    "tail_consumers": [{"service": "tailer"}],
    "streaming_tail_consumers": [{"service": "streamer"}],
    "dispatch_namespaces": [
        {"binding": "CUSTOMERS", "namespace": "customers"},
        {
            "binding": "GUARDED",
            "namespace": "customers",
            "outbound": {"service": "out", "environment": "production", "parameters": ["user"]},
        },
    ],
    "pipelines": [{"binding": "RECORDS", "stream": HEX}, {"binding": "OLD", "pipeline": HEX}],
    "k2": [{"binding": "K2", "stream": HEX}],
    "secrets_store_secrets": [{"binding": "STORED", "store_id": HEX, "secret_name": "key"}],
    "artifacts": [{"binding": "REPOS", "namespace": "repos"}],
    "flagship": [{"binding": "FLAGS", "app_id": "app"}],
    "ratelimits": [{"name": "LIMIT", "namespace_id": "1001", "simple": {"limit": 5, "period": 60}}],
    "worker_loaders": [{"binding": "LOADER"}],
    "vpc_services": [{"binding": "PRIVATE", "service_id": UUID}],
    "vpc_networks": [{"binding": "TUNNEL", "tunnel_id": UUID}, {"binding": "NETWORK", "network_id": "net"}],
    "assets": {
        "directory": "public",
        "binding": "ASSETS",
        "run_worker_first": ["/api/*"],
        "html_handling": "none",
    },
    "limits": {"cpu_ms": 50},
    "placement": {"mode": "smart"},
    "observability": {"enabled": True, "head_sampling_rate": 0.5},
    "logpush": True,
    "cache": {"enabled": True},
    "triggers": {"crons": ["0 3 * * *"]},
}
WITHOUT_NAMES: dict[str, Any] = {
    "kv_namespaces": [{"binding": "MY_KV"}],
    "d1_databases": [
        {"binding": "MY_DB"},
        {"binding": "NAMED", "database_name": "named"},
        {"binding": "KNOWN", "database_name": "known"},
    ],
    "r2_buckets": [
        {"binding": "MY_FILES"},
        {"binding": "NEW", "bucket_name": "new-files"},
        {"binding": "EU", "bucket_name": "eu-files", "jurisdiction": "eu"},
    ],
    "queues": {"producers": [{"binding": "MY_JOBS"}, {"binding": "MAIL", "queue": "mail"}]},
    "dispatch_namespaces": [{"binding": "CUSTOMERS", "namespace": "customers"}],
}


def deploy_both(directory: Path, configuration: dict[str, Any], **present: Any) -> tuple[Account, Account]:
    """Deploy the project with Wrangler, and with pywrangler; the accounts afterwards."""
    (directory / "public").mkdir()
    (directory / "public/index.html").write_text("hello")
    (directory / "i.js").write_text(CODE)
    (directory / "wrangler.json").write_text(json.dumps(configuration))
    accounts = []
    for deploys_with_wrangler in (True, False):
        account = Account(**copy.deepcopy(present))
        with serve(account.handler) as api:
            if deploys_with_wrangler:
                environment = {
                    "PATH": str(node().parent),
                    "HOME": str(directory / "home"),
                    "CI": "1",
                    "WRANGLER_SEND_METRICS": "false",
                    "CLOUDFLARE_API_BASE_URL": api.url,
                    "CLOUDFLARE_API_TOKEN": "token-of-the-test",
                    "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
                }
                Wrangler(directory, installed_wrangler(), environment).run("deploy").check()
            else:
                outcome = run("deploy --no-wait", directory=directory, environment=api.environment)
                assert outcome.status == 0, outcome.stderr
        accounts.append(account)
    theirs, ours = accounts
    return theirs, ours


def sent(account: Account) -> dict[tuple[str, str], Any]:
    """The requests about all but the upload; a resource is made once, however many bindings need it."""
    return {
        (method, f"{path} {body.get('name') or body.get('queue_name') or body.get('title')}"): body
        for method, path, body in account.changes
        if not path.endswith(("/scripts/every_kind", "/versions")) and isinstance(body, dict)
    }


def compared(account: Account) -> dict[str, Any]:
    """The upload without the tag by which pywrangler knows its own versions."""
    return {name: value for name, value in account.upload.items() if name != "annotations"}


def test_every_kind_of_binding_is_sent_as_wrangler_sends_it(tmp_path: Path) -> None:
    present = {"buckets": ["files", "europe"], "queues": ["jobs"], "namespaces": []}
    theirs, ours = deploy_both(tmp_path, {**BASE, **EVERY_KIND}, **present)
    assert compared(ours) == compared(theirs)
    assert sent(ours) == sent(theirs)
    assert len(ours.upload["bindings"]) >= 46


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"workers_dev": False},
        {"preview_urls": True, "workers_dev": False},
        {"routes": [{"pattern": "a.example/*", "zone_name": "a.example"}]},
        {"routes": [{"pattern": "a.example/*", "zone_name": "a.example"}], "workers_dev": True},
    ],
)
def test_addresses_have_wranglers_defaults(tmp_path: Path, fields: dict[str, Any]) -> None:
    theirs, ours = deploy_both(tmp_path, {**BASE, **fields})

    def subdomain(account: Account) -> Any:
        return [body for _, path, body in account.changes if path.endswith("/subdomain")]

    assert subdomain(ours) == subdomain(theirs)


def test_resources_that_bindings_need_are_made_as_wrangler_makes_them(tmp_path: Path) -> None:
    theirs, ours = deploy_both(tmp_path, {**BASE, **WITHOUT_NAMES}, databases=["known"])
    assert compared(ours) == compared(theirs)
    assert sent(ours) == sent(theirs)
    assert (ours.buckets, ours.databases, ours.queues) == (theirs.buckets, theirs.databases, theirs.queues)


def test_static_assets_only_are_sent_as_wrangler_sends_them(tmp_path: Path) -> None:
    configuration = {
        "name": "every_kind",
        "compatibility_date": "2026-06-01",
        "assets": {"directory": "public"},
    }
    theirs, ours = deploy_both(tmp_path, configuration)
    assert compared(ours) == compared(theirs)
    assert sent(ours) == sent(theirs)


def test_the_next_deploy_is_sent_as_wrangler_sends_it(tmp_path: Path) -> None:
    present = {"buckets": ["files", "europe"], "queues": ["jobs"], "namespaces": ["customers"]}
    theirs, ours = deploy_both(tmp_path, {**BASE, **EVERY_KIND}, is_deployed=True, **present)
    assert compared(ours) == compared(theirs)
    assert sent(ours) == sent(theirs)
