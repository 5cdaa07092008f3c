"""Uploads of static assets by the API: sessions, files, tokens, and what is kept of them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from aiohttp import FormData

from pywrangler.local.rest.scripts.asset_sessions import LIFETIME_SECONDS, AssetSessions
from pywrangler.local.rest.scripts.assets import BUCKET_BYTES, BUCKET_FILES, plan_buckets
from tests.local.rest.api import Answer, Api

PAGE, SCRIPT = b"<h1>hello</h1>", b"console.log(1)"
HASHES = {PAGE: "0" * 32, SCRIPT: "1" * 32}
MANIFEST = {
    "/index.html": {"hash": HASHES[PAGE], "size": len(PAGE)},
    "/copy.html": {"hash": HASHES[PAGE], "size": len(PAGE)},
    "/app.js": {"hash": HASHES[SCRIPT], "size": len(SCRIPT)},
}


async def begin(api: Api, manifest: dict[str, Any] | None = None, worker: str = "site") -> Any:
    body = {"manifest": MANIFEST if manifest is None else manifest}
    return (await api.call("POST", f"/workers/scripts/{worker}/assets-upload-session", body)).result


async def send(api: Api, token: str, *contents: bytes, names: dict[bytes, str] = HASHES) -> Answer:
    form = FormData()
    for content in contents:
        text, name = base64.b64encode(content), names[content]
        form.add_field(name, text, filename=name, content_type="text/html; charset=utf-8")
    path = f"/accounts/{api.store.account_id}/workers/assets/upload?base64=true"
    return await api.send("POST", path, data=form, headers={"Authorization": f"Bearer {token}"})


async def upload_all(api: Api) -> str:
    """The token of assets that are all there."""
    session = await begin(api)
    missing = [content for content in HASHES if [HASHES[content]] in split(session["buckets"])]
    if missing:
        assert (await send(api, session["jwt"], *missing)).status == 201
    return str(session["jwt"])


def split(buckets: list[list[str]]) -> list[list[str]]:
    return [[each] for bucket in buckets for each in bucket]


def files(api: Api) -> list[str]:
    return sorted(file.name for file in api.store.assets.directory.iterdir())


async def test_what_is_missing_is_asked_for_and_then_named_by_the_token(api: Api) -> None:
    session = await begin(api)
    assert session["buckets"] == [[HASHES[PAGE], HASHES[SCRIPT]]]
    payload = session["jwt"].split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["exp"] > 0
    first = await send(api, session["jwt"], PAGE)
    assert (first.status, first.body["result"]) == (202, {"jwt": None})
    early = await api.upload("site", assets={"jwt": session["jwt"]})
    assert (early.refusal, "Upload them first" in early.message) == ((400, 10021), True)
    last = await send(api, session["jwt"], SCRIPT)
    assert (last.status, bool(last.body["result"]["jwt"])) == (201, True)

    config = {"not_found_handling": "404-page", "_headers": "/*\n  X: y\n"}
    token = last.body["result"]["jwt"]
    bindings = [{"name": "ASSETS", "type": "assets"}]
    assert (await api.upload("site", assets={"jwt": token, "config": config}, bindings=bindings)).result
    version = api.store.versions.active("site")
    assert version is not None
    manifest = {path: entry["hash"] for path, entry in MANIFEST.items()}
    assert version.metadata["assets"] == {"config": config, "manifest": manifest}
    file = api.store.assets.directory / HASHES[PAGE]
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (PAGE, 0o600)
    assert api.store.assets.directory.stat().st_mode & 0o777 == 0o700
    assert api.store.assets.types({HASHES[PAGE]}) == {HASHES[PAGE]: "text/html; charset=utf-8"}
    assert (await begin(api))["buckets"] == []


async def test_rules_that_cloudflare_refuses_are_refused(api: Api) -> None:
    token = await upload_all(api)
    config = {"_redirects": "/a /b\n/* /index.html 200\n/bad\n"}
    refused = await api.upload("site", assets={"jwt": token, "config": config})
    assert refused.refusal == (400, 100324)
    first, *lines = refused.message.splitlines()
    assert first == "Invalid _redirects configuration:"
    assert [line.split(":")[0] for line in lines] == ["Line 2", "Line 3"]
    assert api.store.versions.active("site") is None
    config = {"_redirects": "/ /index.html 200\n/ /b\n", "html_handling": "none"}
    assert (await api.upload("site", assets={"jwt": token, "config": config})).result


async def test_the_same_assets_are_the_same_version(api: Api) -> None:
    made = [
        (await api.upload("site", assets={"jwt": await upload_all(api)})).result["deployment_id"]
        for _ in range(2)
    ]
    assert made[0] == made[1]
    changed = {"/index.html": MANIFEST["/index.html"]}
    answer = await api.upload("site", assets={"jwt": (await begin(api, changed))["jwt"]})
    assert answer.result["deployment_id"] != made[0]


async def test_a_version_keeps_its_assets_unless_the_upload_says_otherwise(api: Api) -> None:
    await api.upload("site", assets={"jwt": await upload_all(api)})
    await api.call("PUT", "/workers/scripts/site/secrets", {"name": "S", "text": "t", "type": "secret_text"})
    await api.upload("site", keep_assets=True)
    for version in api.store.versions.of_worker("site"):
        assert version.metadata["assets"]["manifest"]["/app.js"] == HASHES[SCRIPT]
    await api.upload("site")
    newest = api.store.versions.active("site")
    assert newest is not None
    assert "assets" not in newest.metadata


async def test_files_go_when_no_version_has_them(api: Api) -> None:
    await api.upload("site", assets={"jwt": await upload_all(api)})
    await api.upload("other", assets={"jwt": await upload_all(api)})
    waiting = await begin(api, {"/new": {"hash": "2" * 32, "size": 3}})
    await send(api, waiting["jwt"], b"new", names={b"new": "2" * 32})
    await api.call("DELETE", "/workers/scripts/site")
    assert files(api) == ["0" * 32, "1" * 32, "2" * 32]
    await api.call("DELETE", "/workers/scripts/other")
    assert files(api) == ["2" * 32]


async def test_a_session_opens_nothing_but_its_upload(api: Api) -> None:
    session = await begin(api)
    headers = {"Authorization": f"Bearer {session['jwt']}"}
    path = f"/accounts/{api.store.account_id}/workers/scripts"
    assert (await api.send("GET", path, headers=headers)).status == 401
    assert (await send(api, "a-wrong-token", PAGE)).status == 401
    assert (await api.send("POST", path.replace("scripts", "assets/upload"))).status == 403


async def test_a_session_opens_no_key_whose_name_ends_like_its_upload(api: Api) -> None:
    namespace = (await api.call("POST", "/storage/kv/namespaces", {"title": "t"})).result["id"]
    headers = {"Authorization": f"Bearer {(await begin(api))['jwt']}"}
    values = f"/accounts/{api.store.account_id}/storage/kv/namespaces/{namespace}/values"
    for method in ("GET", "PUT", "POST", "DELETE"):
        answer = await api.send(method, f"{values}/x/workers/assets/upload", data=b"v", headers=headers)
        assert answer.refusal == (401, 10000), method


async def test_what_differs_from_the_session_is_refused(api: Api) -> None:
    token = (await begin(api))["jwt"]
    assert "not a file of this session" in (await send(api, token, b"x", names={b"x": "3" * 32})).message
    assert (
        "size"
        in (await send(api, token, b"longer or shorter", names={b"longer or shorter": HASHES[PAGE]})).message
    )
    for entry in (None, {}, {"hash": "../../x", "size": 1}, {"hash": "0" * 32, "size": -1}):
        answer = await api.call(
            "POST", "/workers/scripts/site/assets-upload-session", {"manifest": {"/a": entry}}
        )
        assert answer.refusal[0] == 400
    assert files(api) == []


@pytest.mark.parametrize("end", ["", "; boundary=" + "x" * 80], ids=["no boundary", "a long boundary"])
async def test_a_malformed_body_is_refused(api: Api, end: str) -> None:
    token = (await begin(api))["jwt"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": f"multipart/form-data{end}"}
    path = f"/accounts/{api.store.account_id}/workers/assets/upload"
    answer = await api.send("POST", path, data=b"--x\r\n", headers=headers)
    assert answer.refusal == (400, 10001)
    assert "not a well-formed multipart body" in answer.message


def test_sessions_end_after_an_hour() -> None:
    sessions = AssetSessions()
    token = sessions.begin({"/a": "0" * 32}, {"0" * 32: 1}, now=1000)
    assert sessions.wanted(1000 + LIFETIME_SECONDS - 1) == {"0" * 32}
    assert sessions.find(token, 1000 + LIFETIME_SECONDS) is None
    assert sessions.wanted(1000 + LIFETIME_SECONDS) == set()


def test_requests_of_an_upload_have_a_fair_size() -> None:
    many = {f"{number}": 10 for number in range(BUCKET_FILES + 1)}
    assert [len(bucket) for bucket in plan_buckets(many)] == [BUCKET_FILES, 1]
    large = {"a": BUCKET_BYTES - 1, "b": 2, "c": BUCKET_BYTES}
    assert list(plan_buckets(large)) == [["a"], ["b"], ["c"]]
    assert list(plan_buckets({})) == []
