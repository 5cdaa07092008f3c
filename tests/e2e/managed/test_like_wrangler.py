"""Containers that their class manages, checked and deployed to Cloudflare, compared with Wrangler."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import ACCOUNT, Call, Says, refusal, result, serve
from tests.support.cli import run
from tests.support.servers.account import OLD, Account
from tests.support.wrangler import Wrangler, installed_wrangler, node

pytestmark = [pytest.mark.workerd, pytest.mark.slow]

NAMESPACE = "89abcdef0123456789abcdef01234567"
CODE = """import { DurableObject } from "cloudflare:workers";
export class Box extends DurableObject {}
export default { async fetch() { return new Response("x"); } };"""
PINNED = f"registry.cloudflare.com/{ACCOUNT}/app@sha256:{'a' * 64}"
FLAGS = {"experimental_flags": ["a"]}
KEY = {"name": "me", "public_key": "ssh-ed25519 AAAA"}


def configuration(**changes: Any) -> dict[str, Any]:
    entry = {
        "class_name": "Box",
        "scheduling_policy": "durable_object",
        "images": {"base": {"image": PINNED}, "the same": {"image": PINNED}},
        **changes,
    }
    return {
        "name": "web",
        "main": "i.js",
        "compatibility_date": "2026-06-01",
        "durable_objects": {"bindings": [{"name": "BOX", "class_name": "Box"}]},
        "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box"]}],
        "containers": [{name: value for name, value in entry.items() if value is not None}],
    }


@dataclass
class ManagedAccount(Account):
    """With the namespace of the Worker's class, whose application is `application` if there is one."""

    application: dict[str, Any] | None = None
    answers: list[str] = field(default_factory=lambda: ["pending", "ready"])

    def answer(self, call: Call) -> Says:
        if call.path == f"/containers/applications/{NAMESPACE}" and call.method == "GET":
            return result(self.application) if self.application else refusal(404, 1000, "no such application")
        if call.path == "/containers/applications" and call.method == "GET":
            return result([self.application] if self.application else [])
        if call.path == "/workers/durable_objects/namespaces":
            there = {"id": NAMESPACE, "name": "web_Box", "script": "web", "class": "Box", "use_sqlite": True}
            return result([there])
        said = super().answer(call)
        if call.path == "/containers/image-preparations":
            return result({"status": self.answers.pop(0) if self.answers else "ready"})
        if call.path == "/containers/me":
            return result({"limits": {}, "defaults": {}})
        if call.path.startswith("/workers/scripts/web/versions/"):
            binding = {
                "type": "durable_object_namespace",
                "name": "BOX",
                "class_name": "Box",
                "namespace_id": NAMESPACE,
            }
            version = json.loads(said.body)["result"]
            version["resources"]["bindings"] = [binding]
            images = {"base": PINNED}
            named = {"name": "web-box", "class_name": "Box", "images": images}
            version["resources"]["script_runtime"]["containers"] = [named]
            return result(version)
        return said


def prepare(directory: Path, fields: dict[str, Any]) -> None:
    (directory / "i.js").write_text(CODE)
    (directory / "Dockerfile").write_text("FROM scratch")
    (directory / "wrangler.json").write_text(json.dumps(fields))


def wrangler(directory: Path, url: str) -> Wrangler:
    environment = {
        "PATH": str(node().parent),
        "HOME": str(directory / "home"),
        "CI": "1",
        "WRANGLER_SEND_METRICS": "false",
        "CLOUDFLARE_API_BASE_URL": url,
        "CLOUDFLARE_API_TOKEN": "token-of-the-test",
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
    }
    return Wrangler(directory, installed_wrangler(), environment)


def deploy_both(
    directory: Path,
    fields: dict[str, Any],
    application: dict[str, Any] | None,
    words: str = "deploy",
    *,
    is_deployed: bool = False,
) -> tuple[Any, Any]:
    """What both deploys send about containers and the Worker's code, with their exit status."""
    prepare(directory, fields)
    found = []
    for is_wrangler in (True, False):
        account = ManagedAccount(application=application, is_deployed=is_deployed or application is not None)
        with serve(account.handler) as api:
            if is_wrangler:
                status = wrangler(directory, api.url).run(*words.split()).status
            else:
                waits = " --no-wait" if words == "deploy" else ""
                status = run(words + waits, directory=directory, environment=api.environment).status
        sent = [
            (method, path, body["containers"] if path.startswith("/workers") else body)
            for method, path, body in account.changes
            if path.startswith("/containers") or (isinstance(body, dict) and "containers" in body)
        ]
        found.append((status, sent))
    return found[0], found[1]


PRESENT: dict[str, Any] = {
    "id": NAMESPACE,
    "name": "web-box",
    "scheduling_policy": "durable_object",
    "durable_objects": {"namespace_id": NAMESPACE},
    "configuration": {"wrangler_ssh": {"enabled": False}},
    "observability": {"logs": {"enabled": False}},
}


@pytest.mark.parametrize(
    ("changes", "application"),
    [
        ({}, None),
        ({"images": None, "ssh": {"enabled": True}, "authorized_keys": [KEY]}, None),
        ({"observability": {"enabled": True}, "unsafe": {"configuration": FLAGS}}, None),
        ({"ssh": {"enabled": True}, "observability": {"logs": {"enabled": True}}}, PRESENT),
        ({"ssh": {"enabled": False}}, PRESENT),
    ],
)
def test_a_deploy_sends_what_wrangler_sends(
    tmp_path: Path, changes: dict[str, Any], application: dict[str, Any] | None
) -> None:
    theirs, ours = deploy_both(tmp_path, configuration(**changes), application)
    assert ours == theirs
    assert ours[0] == 0


@pytest.mark.parametrize("application", [None, PRESENT])
def test_an_upload_creates_what_is_missing(tmp_path: Path, application: dict[str, Any] | None) -> None:
    fields = configuration(ssh={"enabled": True})
    theirs, ours = deploy_both(tmp_path, fields, application, "versions upload", is_deployed=True)
    assert ours == theirs
    assert ours[0] == 0
    created = [path for method, path, _ in ours[1] if (method, path) == ("POST", "/containers/applications")]
    assert len(created) == (application is None)


def test_an_upload_without_images_needs_an_application(tmp_path: Path) -> None:
    fields = configuration(images=None)
    theirs, ours = deploy_both(tmp_path, fields, None, "versions upload", is_deployed=True)
    assert ours == theirs == (1, [])


@pytest.mark.parametrize("application", [None, PRESENT])
def test_deploying_a_version_creates_what_is_missing(
    tmp_path: Path, application: dict[str, Any] | None
) -> None:
    words = f"versions deploy {OLD}@100% --yes --name web"
    theirs, ours = deploy_both(tmp_path, configuration(), application, words, is_deployed=True)
    assert ours == theirs
    assert (ours[0], len(ours[1])) == (0, 1 if application is None else 0)


@pytest.mark.parametrize(
    "application",
    [
        {**PRESENT, "scheduling_policy": "default", "configuration": {"image": "a"}},
        {**PRESENT, "name": "other"},
    ],
)
def test_the_policy_of_an_application_never_changes(tmp_path: Path, application: dict[str, Any]) -> None:
    theirs, ours = deploy_both(tmp_path, configuration(), application)
    assert theirs[0] == ours[0] == 1
    # Wrangler notices after the upload; here nothing is changed but the images.
    assert all(path == "/containers/image-preparations" for _, path, _ in ours[1])


REFUSED: list[dict[str, Any]] = [
    {"image": "./Dockerfile"},
    {"max_instances": 3},
    {"instance_type": "lite"},
    {"trusted_user_ca_keys": [KEY]},
    {"images": {}},
    {"images": {f"i{number}": {"image": PINNED} for number in range(101)}},
    {"images": {"": {"image": PINNED}}},
    {"images": {"n" * 129: {"image": PINNED}}},
    {"images": {"a": {"image": PINNED, "dockerfile": "./Dockerfile"}}},
    {"images": {"a": {}}},
    {"images": {"a": {"image": f"registry.cloudflare.com/{ACCOUNT}/app:v1"}}},
    {"images": {"a": {"image": f"docker.io/library/app@sha256:{'a' * 64}"}}},
    {"images": {"a": {"image": PINNED, "build_vars": {"A": "b"}}}},
    {"images": {"a": {"dockerfile": "./Dockerfile", "build_vars": {"A": 1}}}},
    {"images": {"a": {"dockerfile": "./Dockerfile", "other": 1}}},
    {"images": ["./Dockerfile"]},
    {"observability": {"enabled": True, "target_instance_count": 1}},
    {"unsafe": {"configuration": {"other": 1}}},
    {"unsafe": {"configuration": {"experimental_flags": "a"}}},
    {"ssh": {"enabled": "yes"}},
    {"authorized_keys": [{"name": "a", "public_key": "ssh-rsa AAAA"}]},
    {"class_name": ""},
]


def test_what_wrangler_refuses_is_refused(tmp_path: Path) -> None:
    for changes in REFUSED:
        prepare(tmp_path, configuration(**changes))
        checked = run("check --json", directory=tmp_path, environment={})
        assert checked.status != 0, changes
    # Wrangler is slow to start, so it reads all of them at once.
    entries = [configuration(**changes)["containers"][0] for changes in REFUSED]
    prepare(tmp_path, {**configuration(), "containers": entries})
    done = wrangler(tmp_path, "http://127.0.0.1:9").run("deploy", "--dry-run")
    assert done.status == 1
    told = done.stdout + done.stderr
    for words in (
        '"image"',
        "non-empty object",
        "at most 100 images",
        "between 1 and 128 characters",
        "exactly one of",
        "digest-pinned",
        "string values",
        "instance targeting is not supported",
        "experimental_flags",
        "ED25519",
    ):
        assert words in told, words
