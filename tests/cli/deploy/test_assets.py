"""Static assets on their way to Cloudflare: a session, the files that are missing, and the token they get."""

from __future__ import annotations

import base64
import json
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api, Call, Says, refusal, result, serve
from tests.support.cli import Outcome, run

pytestmark = pytest.mark.workerd

FILES = {"index.html": "<h1>hello</h1>", "js/app.js": "console.log(1)\n", "data.unknownext": "?"}
SESSION, DONE = "session-token", "completion-token"


class Cloudflare:
    """An account that has some of the files, by their hashes, and takes one per request."""

    def __init__(self) -> None:
        self.contents: dict[str, tuple[bytes, str]] = {}
        self.missing: set[str] = set()
        self.failures: list[Says] = []
        """Answers to the next uploads of files."""

    def answer(self, call: Call) -> Says:
        match call.method, call.path.split("/")[1:]:
            case "POST", ["workers", "scripts", _, "assets-upload-session"]:
                wanted = {entry["hash"] for entry in call.json["manifest"].values()}
                self.missing = wanted - self.contents.keys()
                return result(
                    {"jwt": SESSION if self.missing else DONE, "buckets": [[m] for m in self.missing]}
                )
            case "POST", ["workers", "assets", "upload"]:
                return self.failures.pop() if self.failures else self.take(call)
            case "GET", ["workers", "services", _]:
                return refusal(404, 10090, "no such service")
            case "PUT", ["workers", "scripts", _]:
                return result({"id": "w", "deployment_id": "0" * 32})
        return result({})

    def take(self, call: Call) -> Says:
        assert call.headers["authorization"] == f"Bearer {SESSION}"
        assert call.query == {"base64": "true"}
        for name, (content, kind) in parts_of(call).items():
            self.contents[name] = base64.b64decode(content), kind
            self.missing.discard(name)
        return result({"jwt": None if self.missing else DONE})


def parts_of(call: Call) -> dict[str, tuple[bytes, str]]:
    """The parts of a multipart body by name, with their types."""
    message = message_from_bytes(f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode() + call.body)
    parts: Any = message.get_payload()
    return {
        part.get_param("name", header="content-disposition"): (
            part.get_payload(decode=True),
            part["content-type"],
        )
        for part in parts
    }


def deploy(directory: Path, api: Api, *words: str) -> Outcome:
    return run(["deploy", *words], environment=api.environment, directory=directory)


def metadata_of(api: Api) -> dict[str, Any]:
    """What the Worker's upload says."""
    (upload,) = (call for call in api.calls if call.method == "PUT")
    metadata = json.loads(parts_of(upload)["metadata"][0])
    assert isinstance(metadata, dict)
    return metadata


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Worker with static files beside it."""
    for name, text in FILES.items():
        file = tmp_path / "public" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "index.js").write_text("export default { fetch() { return new Response('worker') } }")
    fields = {"name": "site", "main": "index.js", "compatibility_date": "2026-01-10"}
    assets = {"directory": "public", "binding": "ASSETS", "run_worker_first": ["/api/*"]}
    (tmp_path / "wrangler.json").write_text(json.dumps({**fields, "assets": assets}))
    return tmp_path


def test_the_files_that_are_missing_are_uploaded_and_named(project: Path) -> None:
    account = Cloudflare()
    with serve(account.answer) as api:
        outcome = deploy(project, api)
        assert outcome.status == 0, outcome.stderr
        assert metadata_of(api)["assets"] == {"jwt": DONE, "config": {"run_worker_first": ["/api/*"]}}
        assert {"name": "ASSETS", "type": "assets"} in metadata_of(api)["bindings"]
    assert sorted(account.contents.values()) == [
        (b"<h1>hello</h1>", "text/html; charset=utf-8"),
        (b"?", "application/null"),
        (b"console.log(1)\n", "text/javascript; charset=utf-8"),
    ]
    assert "Uploaded 2 of 3 static assets" in outcome.stderr
    # What is there stays there: only what changed goes up.
    (project / "public" / "new.txt").write_text("new")
    with serve(account.answer) as api:
        assert deploy(project, api).status == 0
        assert len([call for call in api.calls if call.path == "/workers/assets/upload"]) == 1
        assert len(account.contents) == 4
    with serve(account.answer) as api:
        assert "all 4 are uploaded" in deploy(project, api).stderr
        assert metadata_of(api)["assets"]["jwt"] == DONE


def test_an_upload_that_fails_is_repeated(project: Path) -> None:
    account = Cloudflare()
    account.failures = [Says(502), refusal(429, 971, "slow down", Retry_After="0")]
    with serve(account.answer) as api:
        assert deploy(project, api).status == 0
        assert metadata_of(api)["assets"]["jwt"] == DONE


def test_a_refused_upload_leaves_the_worker_as_it_is(project: Path) -> None:
    account = Cloudflare()
    account.failures = [refusal(400, 1, "no room")] * 3
    with serve(account.answer) as api:
        outcome = deploy(project, api)
        assert outcome.status == 1
        assert "no room" in outcome.stderr
        assert [call for call in api.calls if call.method == "PUT"] == []


def test_a_dry_run_counts_the_files_and_uploads_none(project: Path) -> None:
    (project / "other").mkdir()
    (project / "other" / "index.html").write_text("other")
    with serve(Cloudflare().answer) as api:
        assert "static assets: 3 files, 30 B" in deploy(project, api, "--dry-run").stdout
        assert "static assets: 1 file, 5 B" in deploy(project, api, "--dry-run", "--assets", "other").stdout
        assert [call for call in api.calls if call.method != "GET"] == []
