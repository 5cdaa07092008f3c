"""Addresses of single versions: the alias that goes with an upload, and what people and scripts are shown."""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tests.cli.versions.test_versions import C
from tests.support.api import Call, Says, refusal, result, serve
from tests.support.cli import Outcome, run

SUFFIX = "-web.me.workers.dev"


def upload(directory: Path, words: str, *, has_preview: bool, **environment: str) -> tuple[Outcome, Any]:
    """The outcome of an upload, and the annotations that were sent."""
    fields = {"name": "web", "main": "index.js", "compatibility_date": "2026-11-01"}
    (directory / "wrangler.json").write_text(json.dumps(fields))
    (directory / "index.js").write_text("export default { fetch() { return new Response() } }")
    sent: list[Any] = []

    def handler(call: Call) -> Says:
        match call.method, call.path.split("/")[1:]:
            case "POST", ["workers", "scripts", "web", "versions"]:
                sent.append(annotations_of(call))
                return result({"id": C, "metadata": {"has_preview": has_preview}})
            case "GET", ["workers", "workers", "web"]:
                return result({"subdomain": {"previews_enabled": True, "preview_url_suffix": SUFFIX}})
            case "GET", ["workers", "scripts", "web", "deployments"]:
                return result({"deployments": []})
            case "GET", ["workers", "services", "web"]:
                return result({"default_environment": {"script": {"tag": "t"}}})
        return result({}) if call.method == "GET" else refusal(404, 7003, "no route")

    with serve(handler) as api:
        outcome = run(words, environment={**api.environment, **environment}, directory=directory)
    return outcome, sent[0] if sent else None


def annotations_of(call: Call) -> Any:
    message = message_from_bytes(f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode() + call.body)
    parts: Any = message.get_payload()
    named = {part.get_param("name", header="content-disposition"): part for part in parts}
    return json.loads(named["metadata"].get_payload(decode=True))["annotations"]


@pytest.mark.workerd
def test_an_alias_goes_with_the_version(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    outcome, sent = upload(
        tmp_path,
        "versions upload --preview-alias staging",
        has_preview=True,
        WRANGLER_OUTPUT_FILE_PATH=str(lines),
    )
    assert outcome.status == 0, outcome.stderr
    assert sent["workers/alias"] == "staging"
    urls = {"preview_url": f"https://{C[:8]}{SUFFIX}", "preview_alias_url": f"https://staging{SUFFIX}"}
    assert outcome.stdout.splitlines()[1:] == [
        f"Version Preview URL: {urls['preview_url']}",
        f"Version Preview Alias URL: {urls['preview_alias_url']}",
    ]
    line = json.loads(lines.read_text().splitlines()[-1])
    assert {name: line[name] for name in urls} == urls


@pytest.mark.workerd
def test_a_branch_of_ci_becomes_the_alias(tmp_path: Path) -> None:
    asked = {"WRANGLER_CI_GENERATE_PREVIEW_ALIAS": "true", "WORKERS_CI_BRANCH": "fix/Login"}
    outcome, sent = upload(tmp_path, "versions upload", has_preview=False, **asked)
    assert sent["workers/alias"] == "fix-login"
    assert "Preview" not in outcome.stdout


@pytest.mark.parametrize(
    ("alias", "target", "said"),
    [
        ("1st", "cloudflare", "cannot begin a host name"),
        ("a" * 60, "cloudflare", "there is room for 59"),
        ("staging", "local", "no addresses for single versions"),
    ],
)
def test_an_alias_that_cannot_be_is_refused(tmp_path: Path, alias: str, target: str, said: str) -> None:
    words = f"versions upload --preview-alias {alias}"
    outcome, sent = upload(tmp_path, words, has_preview=True, PYWRANGLER_TARGET=target)
    assert (outcome.status, sent) == (2, None)
    assert said in outcome.stderr


def preview(directory: Path, words: str, fields: dict[str, Any], base: Any, **options: Any) -> Outcome:
    """`preview` at an account that has the Worker, and these settings for its previews."""
    file = directory / "wrangler.json"
    if not file.exists():
        file.write_text(
            json.dumps({"name": "web", "main": "index.js", "compatibility_date": "2026-11-01", **fields})
        )
    (directory / "index.js").write_text("export default { fetch() { return new Response() } }")
    made = {"id": "p1", "name": "one", "slug": "one", "urls": ["https://one.web.dev"]}

    def handler(call: Call) -> Says:
        match call.method, call.path.split("/")[1:]:
            case "GET", ["workers", "workers", "web"]:
                return result({"previews_base_config": base})
            case "GET", ["workers", "services", "web"]:
                return result({"default_environment": {"script": {"tag": "t"}}})
            case "GET", ["workers", "workers", "web", "previews", "one"]:
                return result(made)
            case "GET", ["workers", "workers", "web", "previews", *_]:
                return refusal(404, 10222, "no deployment")
            case "POST", ["workers", "workers", "web", "previews", "p1", "deployments"]:
                return result(
                    {
                        "id": "d1",
                        "preview_id": "p1",
                        "urls": [],
                        "annotations": {"workers/pull_request_number": "7"},
                    }
                )
        return result([]) if call.method == "GET" else result(made)

    with serve(handler) as api:
        return run(words, environment=api.environment, directory=directory, **options)


@pytest.mark.workerd
def test_what_the_account_has_for_previews_is_written_into_the_configuration(tmp_path: Path) -> None:
    base = {"env": {"GREETING": {"type": "plain_text", "text": "hi"}}}
    own = {
        "vars": {"GREETING": "hello", "COLOR": "red"},
        "kv_namespaces": [{"binding": "KV", "id": "0" * 32}],
    }
    declined = preview(tmp_path, "preview --name one", own, base, on_terminal=True, stdin="n\n")
    assert declined.status == 1
    assert '"GREETING": "hi"' in declined.stderr
    assert "previews" not in json.loads((tmp_path / "wrangler.json").read_text())
    agreed = preview(tmp_path, "preview --name one", own, base, on_terminal=True, stdin="y\n")
    assert agreed.status == 0, agreed.stderr
    assert json.loads((tmp_path / "wrangler.json").read_text())["previews"] == {"vars": {"GREETING": "hi"}}
    assert "Pull request: #7" in agreed.stdout
    # What production has and the preview lacks is named.
    assert "`COLOR` (vars), `KV` (kv_namespaces)" in " ".join(agreed.stderr.split())


@pytest.mark.workerd
def test_a_custom_domain_without_the_preview_is_named(tmp_path: Path) -> None:
    route = {"pattern": "web.example", "custom_domain": True, "previews_enabled": True}
    done = preview(tmp_path, "preview --name one", {"previews": {}, "routes": [route]}, None)
    assert done.status == 0, done.stderr
    assert "The preview has no address at web.example" in done.stderr


def test_without_previews_the_workers_own_bindings_are_suggested(tmp_path: Path) -> None:
    own = {"kv_namespaces": [{"binding": "KV", "id": "0" * 32}]}
    done = preview(tmp_path, "preview --name one", own, None)
    assert done.status == 1
    assert "wrangler.json` has no `previews`" in done.stderr
    assert '"id": "<REPLACE_ME>"' in done.stderr
    (tmp_path / "wrangler.json").unlink()
    blank = {"previews": {"kv_namespaces": [{"binding": "KV", "id": "<REPLACE_ME>"}]}}
    done = preview(tmp_path, "preview --name one", blank, None)
    assert done.status == 1
    assert "`previews.kv_namespaces[0].id` is still `<REPLACE_ME>`" in done.stderr
