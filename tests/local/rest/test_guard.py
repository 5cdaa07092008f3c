"""Who may ask, and what all others get."""

from __future__ import annotations

import io
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from pywrangler.errors import MissingError
from pywrangler.local.rest.app import make_app
from pywrangler.local.rest.context import CONTEXT
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.middlewares import PROGRAM_DIRECTORY, may_be_outdated
from pywrangler.local.rest.operations import WorkerStartError
from pywrangler.local.store import Store
from pywrangler.version import files_state
from tests.local.rest.api import TOKEN, Api
from tests.local.rest.recorder import MemoryValues, Recorder


async def test_a_request_without_the_token_is_refused(api: Api) -> None:
    async with api.client.get("/client/v4/user") as response:
        assert response.status == 401
        assert (await response.json())["errors"][0]["code"] == 10000


@pytest.mark.parametrize("authorization", ["Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer", "Bearer é"])
async def test_another_token_is_refused(api: Api, authorization: str) -> None:
    answer = await api.send("GET", "/user", headers={"Authorization": authorization})
    assert answer.refusal == (401, 10000)
    assert TOKEN.encode() not in answer.raw


async def test_a_web_page_cannot_reach_it(api: Api) -> None:
    rebound = await api.send("GET", "/user", headers={"Host": "evil.example:80"})
    assert rebound.refusal == (403, 10000)
    page = await api.send("GET", "/user", headers={"Origin": "http://localhost:3000"})
    assert page.refusal == (403, 10000)
    assert "Access-Control-Allow-Origin" not in page.headers


async def test_loopback_names_are_all_fine(api: Api) -> None:
    for host in ("localhost:1", "127.0.0.1", "[::1]:8"):
        answer = await api.send("GET", "/user", headers={"Host": host})
        assert answer.result["email"] == "local@localhost"


async def test_another_account_is_refused(api: Api) -> None:
    answer = await api.send("GET", f"/accounts/{'0' * 32}/workers/scripts")
    assert answer.refusal == (403, 9109)


async def test_an_unknown_route_is_not_found(api: Api) -> None:
    assert (await api.call("GET", "/nothing/here")).refusal == (404, 7003)
    assert (await api.send("GET", "/zones")).refusal == (404, 7003)


async def test_a_method_that_is_not_served_is_named(api: Api) -> None:
    answer = await api.call("PATCH", "/workers/scripts/chat")
    assert answer.refusal == (405, 10405)


async def test_what_cloudflare_has_and_the_platform_has_not_is_refused_by_name(api: Api) -> None:
    answer = await api.call("GET", "/hyperdrive/configs")
    assert answer.refusal == (501, 10501)
    assert "Hyperdrive" in answer.message
    assert (await api.call("POST", "/pipelines", {})).refusal == (501, 10501)


async def test_a_body_that_is_not_json_is_refused(api: Api) -> None:
    path = f"/accounts/{api.store.account_id}/storage/kv/namespaces"
    for raw in (b"", b"{", b'"text"', b"[1]", b"\xff"):
        answer = await api.send("POST", path, data=raw, headers={"Content-Type": "application/json"})
        assert answer.refusal == (400, 10026), raw


async def test_every_response_has_an_id(api: Api) -> None:
    good, bad = await api.call("GET", "/workers/scripts"), await api.call("GET", "/nothing")
    assert len(good.headers["cf-ray"]) == 16
    assert good.headers["cf-ray"] != bad.headers["cf-ray"]


async def test_a_bug_shows_an_id_and_no_traceback(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    api.operations.failures["bring_up"] = ZeroDivisionError("a secret detail")
    await api.create_application(await api.upload_with_class("chat"))
    answer = await api.call("POST", "/local/workers/chat/bring-up", {"class_name": "Room"})
    assert answer.refusal == (500, 10013)
    assert answer.headers["cf-ray"] in answer.message
    assert b"Traceback" not in answer.raw
    assert b"secret detail" not in answer.raw
    assert "ZeroDivisionError" in caplog.text


async def test_identity(api: Api) -> None:
    account = api.store.account_id
    assert (await api.send("GET", "/user/tokens/verify")).result["status"] == "active"
    assert [entry["id"] for entry in (await api.send("GET", "/accounts")).result] == [account]
    assert (await api.send("GET", "/memberships")).result[0]["account"]["id"] == account
    assert (await api.send("GET", f"/accounts/{account}")).result["name"] == "Local platform"


async def test_values_of_kv_are_refused_where_nothing_serves_them(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "home", None)
    app = make_app(store, Recorder(), TOKEN, store.account_id)
    async with TestClient(TestServer(app)) as client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        base = f"/client/v4/accounts/{store.account_id}/storage/kv/namespaces"
        async with client.post(base, json={"title": "t"}, headers=headers) as response:
            namespace = (await response.json())["result"]["id"]
        async with client.get(f"{base}/{namespace}/values/k", headers=headers) as response:
            assert response.status == 501
    store.close()


async def test_a_full_or_read_only_disk_is_said_in_words(api: Api) -> None:
    api.store.uploads_directory.rmdir()
    api.store.uploads_directory.touch()
    answer = await api.upload("chat")
    assert answer.refusal == (507, 10013)
    assert "Not a directory" in answer.message


async def test_a_program_that_was_replaced_is_the_reason(tmp_path: Path) -> None:
    states = iter(["before", "after", "after", "before", "after"])
    store = Store.open(tmp_path / "home", None)
    app = make_app(store, Recorder(), TOKEN, store.account_id)
    context = app[CONTEXT]
    app[CONTEXT] = replace(context, program_state=lambda: next(states), first_state="before")
    async with TestClient(TestServer(app)) as client:
        api = Api(client, store, Recorder(), MemoryValues())
        assert (await api.send("GET", "/user")).status == 200, "what works, works"
        store.uploads_directory.rmdir()
        store.uploads_directory.touch()
        assert (await api.upload("chat")).refusal == (507, 10013)
        answer = await api.upload("chat")
        assert answer.refusal == (424, 10013)
        assert "Run `pywrangler local stop`, then the command again." in answer.message
        newer = await api.send("GET", f"/accounts/{store.account_id}/newer")
        assert newer.refusal == (424, 10013)
        assert (await api.send("GET", f"/accounts/{store.account_id}/newer")).refusal == (404, 7003)
    store.close()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError(2, "No such file"), True),
        (NotADirectoryError(20, "Not a directory"), True),
        (OSError(28, "No space left on device"), False),
        (PermissionError(13, "Permission denied"), False),
        (ConnectionResetError(), False),
        (ImportError(), True),
        (AttributeError(), True),
        (TypeError(), True),
        (web.HTTPNotFound(), True),
        (web.HTTPMethodNotAllowed("PUT", ["GET"]), True),
        (web.HTTPRequestEntityTooLarge(1, 2), False),
        (RestError("no"), False),
        (MissingError("no"), False),
        (WorkerStartError("no", detail="Uncaught Error: at start"), False),
        (
            WorkerStartError(
                "no", detail=f"--import-path={PROGRAM_DIRECTORY}/local/workerd: No such directory."
            ),
            True,
        ),
    ],
)
def test_errors_that_a_replaced_program_causes(error: Exception, expected: bool) -> None:
    assert may_be_outdated(error) is expected


def test_the_state_of_files_changes_with_them(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    file = tmp_path / "part" / "a.py"
    file.write_text("a = 1")
    states = [files_state(str(tmp_path))]
    assert files_state(str(tmp_path)) == states[0]
    for change in (
        lambda: file.write_text("a = 12"),
        lambda: file.rename(tmp_path / "part" / "b.py"),
        lambda: (tmp_path / "part").rename(tmp_path / "other"),
        (tmp_path / "new.sql").touch,
        (tmp_path / "new.sql").unlink,
        lambda: shutil.rmtree(tmp_path / "other"),
    ):
        change()
        states.append(files_state(str(tmp_path)))
    assert all(one != other for one, other in pairwise(states))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.py").touch()
    (tmp_path / "a.pyc").touch()
    assert files_state(str(tmp_path)) == states[-1]


async def test_a_part_with_endless_headers_is_malformed(api: Api) -> None:
    lines = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 8000) for number in range(2000))
    answer = await api.send(
        "PUT",
        f"/accounts/{api.store.account_id}/workers/scripts/chat",
        data=io.BytesIO(b"--b\r\n" + lines),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert answer.status == 400, answer.raw
    assert list(api.store.uploads_directory.iterdir()) == []
