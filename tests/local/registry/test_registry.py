"""The platform's registry: with the real engine's pushes and pulls, and with what no engine would send."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from pywrangler.local.registry.passes import Passes
from pywrangler.local.registry.storage import digest_of
from tests.local.registry.conftest import ACCOUNT, Docker, Served
from tests.support.waiting import eventually_async

OTHER = "f" * 32
"""An account that the platform does not have."""
BASE = "busybox:1.35"
DENIED, UNAUTHORIZED = 403, 401


class Client:
    """A client of the registry that trusts its certificate and may do everything."""

    def __init__(self, served: Served, session: aiohttp.ClientSession) -> None:
        self._served = served
        self._session = session
        password = served.registry.issue_password(["pull", "push"], 5).reveal()
        self.login = {"Authorization": "Basic " + base64.b64encode(f"v1:{password}".encode()).decode()}

    async def __call__(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        sent = {**self.login, **{name.replace("_", "-"): value for name, value in headers.items()}}
        url = f"{self._served.url}/v2/{path}"
        async with self._session.request(method, url, data=body, headers=sent) as answer:
            return answer.status, dict(answer.headers), await answer.read()

    async def put_blob(self, name: str, content: bytes) -> str:
        """Upload a blob; its digest."""
        _, headers, _ = await self("POST", f"{ACCOUNT}/{name}/blobs/uploads/")
        where = headers["Location"].removeprefix("/v2/")
        assert (await self("PATCH", where, content))[0] == 202
        assert (await self("PUT", f"{where}?digest={digest_of(content)}"))[0] == 201
        return digest_of(content)

    async def put_manifest(self, name: str, tag: str, *layers: str) -> tuple[int, str]:
        """Upload a manifest whose configuration is the first of `layers`; status and code of the refusal."""
        made = [{"digest": digest} for digest in layers]
        body = json.dumps({"schemaVersion": 2, "config": made[0], "layers": made[1:]}).encode()
        status, _, answer = await self("PUT", f"{ACCOUNT}/{name}/manifests/{tag}", body)
        return status, json.loads(answer)["errors"][0]["code"] if status >= 400 else ""


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Client]:
    """A client with all permissions."""
    context = ssl.create_default_context(cafile=str(served.registry.certificate))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        yield Client(served, session)


@pytest.mark.docker
async def test_an_image_is_pushed_listed_pulled_and_deleted(
    served: Served, docker: Docker, client: Client
) -> None:
    image = served.image("box:1")
    await docker("tag", BASE, image)
    await docker.login(served, "push", "pull")
    await docker("push", image)
    pinned = json.loads(await docker("image", "inspect", "--format", "{{json .RepoDigests}}", image))
    digest = next(entry for entry in pinned if entry.startswith(served.registry.host)).partition("@")[2]
    assert json.loads((await client("GET", "_catalog?tags=true"))[2]) == {
        "repositories": {f"{ACCOUNT}/box": ["1"]}
    }
    await docker("image", "rm", image)
    assert digest in await docker("pull", served.image(f"box@{digest}"))
    assert (await client("HEAD", f"{ACCOUNT}/box/manifests/1"))[1]["Docker-Content-Digest"] == digest
    assert (await client("DELETE", f"{ACCOUNT}/box/manifests/1"))[0] == 202
    assert served.size_bytes() > 0
    assert (await client("PUT", "gc/layers"))[0] == 200
    assert served.size_bytes() == 0
    assert json.loads((await client("GET", "_catalog"))[2]) == {"repositories": []}


@pytest.mark.docker
async def test_an_engine_needs_credentials_that_allow_what_it_does(served: Served, docker: Docker) -> None:
    image = served.image("box:1")
    await docker("tag", BASE, image)
    assert "credentials" in await docker("push", image, status=1)
    await docker.login(served, "pull")
    assert "do not allow to push" in await docker("push", image, status=1)
    assert served.size_bytes() == 0


async def test_a_digest_that_is_not_that_of_the_content_is_refused(served: Served, client: Client) -> None:
    _, headers, _ = await client("POST", f"{ACCOUNT}/box/blobs/uploads/")
    where = headers["Location"].removeprefix("/v2/")
    await client("PATCH", where, b"one thing")
    status, _, body = await client("PUT", f"{where}?digest={digest_of(b'another')}")
    assert (status, json.loads(body)["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert served.size_bytes() == 0


def is_empty(served: Served) -> Callable[[], Awaitable[bool]]:
    """Whether nothing is kept, and nothing is on its way."""

    async def look() -> bool:
        return not list((served.directory / "uploads").iterdir()) and served.size_bytes() == 0

    return look


async def test_a_piece_after_one_that_breaks_off_is_refused_as_such(served: Served, client: Client) -> None:
    _, headers, _ = await client("POST", f"{ACCOUNT}/box/blobs/uploads/")
    where = headers["Location"].removeprefix("/v2/")
    (file,) = (served.directory / "uploads").iterdir()

    async def while_the_former_one_breaks_off() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        file.unlink()
        yield b"x"

    status, _, body = await client("PATCH", where, while_the_former_one_breaks_off())
    assert (status, json.loads(body)["errors"][0]["code"]) == (404, "BLOB_UPLOAD_UNKNOWN")


async def test_an_upload_that_breaks_off_leaves_nothing(served: Served, client: Client) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        raise ConnectionAbortedError

    _, headers, _ = await client("POST", f"{ACCOUNT}/box/blobs/uploads/")
    where = headers["Location"].removeprefix("/v2/")
    with pytest.raises((aiohttp.ClientError, ConnectionError)):
        await client("PATCH", where, broken())
    await eventually_async(is_empty(served), what="the end of the upload")
    assert (await client("PATCH", where, b"more"))[0] == 404
    assert served.size_bytes() == 0


async def test_an_upload_without_a_client_is_removed(
    served: Served, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, headers, _ = await client("POST", f"{ACCOUNT}/box/blobs/uploads/")
    where = headers["Location"].removeprefix("/v2/")
    assert (await client("PATCH", where, b"abc"))[0] == 202
    await client("POST", f"{ACCOUNT}/box/blobs/uploads/")
    assert (await client("GET", where))[0] == 204, "it may go on"
    monkeypatch.setattr("pywrangler.local.registry.storage.ABANDONED_SECONDS", 0.0)
    await client("POST", f"{ACCOUNT}/box/blobs/uploads/")
    assert (await client("GET", where))[0] == 404


async def test_a_manifest_that_is_nested_too_deeply_is_refused(client: Client) -> None:
    status, _, answer = await client("PUT", f"{ACCOUNT}/box/manifests/v1", b"[" * 100_000)
    assert (status, json.loads(answer)["errors"][0]["code"]) == (400, "MANIFEST_INVALID")


async def test_a_piece_in_the_wrong_place_is_refused(client: Client) -> None:
    _, headers, _ = await client("POST", f"{ACCOUNT}/box/blobs/uploads/")
    where = headers["Location"].removeprefix("/v2/")
    assert (await client("PATCH", where, b"abc", Content_Range="0-2"))[0] == 202
    assert (await client("PATCH", where, b"abc", Content_Range="9-11"))[0] == 416
    status, headers, _ = await client("GET", where)
    assert (status, headers["Range"]) == (204, "0-2")
    assert (await client("DELETE", where))[0] == 204


async def test_a_manifest_is_kept_only_with_everything_it_needs(client: Client) -> None:
    there = await client.put_blob("box", b"{}")
    assert await client.put_manifest("box", "1", there) == (201, "")
    missing = digest_of(b"never sent")
    assert await client.put_manifest("box", "2", there, missing) == (400, "MANIFEST_BLOB_UNKNOWN")
    for body in (
        b"",
        b"[]",
        b'{"schemaVersion": 1}',
        b'{"schemaVersion": 2, "layers": [{"digest": "md5:1"}]}',
    ):
        status, _, _ = await client("PUT", f"{ACCOUNT}/box/manifests/3", body)
        assert status == 400


async def test_blobs_live_as_long_as_something_needs_them(served: Served, client: Client) -> None:
    shared, own = await client.put_blob("box", b"shared"), await client.put_blob("box", b"own")
    pending = await client.put_blob("box", b"of a push that goes on")
    await client.put_manifest("box", "1", shared, own)
    await client.put_manifest("box", "2", shared)
    await client("DELETE", f"{ACCOUNT}/box/manifests/1")
    await client("PUT", "gc/layers")
    there = [(await client("HEAD", f"{ACCOUNT}/box/blobs/{digest}"))[0] for digest in (shared, own, pending)]
    assert there == [200, 404, 200]


async def test_a_tag_goes_alone_while_another_one_has_the_image(client: Client) -> None:
    blob = await client.put_blob("box", b"{}")
    await client.put_manifest("box", "1", blob)
    await client.put_manifest("box", "2", blob)
    await client("DELETE", f"{ACCOUNT}/box/manifests/1")
    assert json.loads((await client("GET", f"{ACCOUNT}/box/tags/list"))[2])["tags"] == ["2"]
    assert (await client("GET", f"{ACCOUNT}/box/manifests/2"))[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "other-account/box/manifests/1",
        f"{OTHER}/box/manifests/1",
        f"{OTHER}/box/tags/list",
        f"{OTHER}/box/blobs/{digest_of(b'')}",
        f"{ACCOUNT}/../../secret/manifests/1",
        f"{ACCOUNT}/%2e%2e/x/manifests/1",
        f"{ACCOUNT}/Box/manifests/1",
        f"{ACCOUNT}/box/manifests/..%2f..%2fkey.pem",
        f"{ACCOUNT}/box/blobs/sha256:..%2fkey.pem",
        f"{ACCOUNT}/box/blobs/uploads/..%2f..%2fkey.pem",
        "nowhere",
    ],
)
async def test_nothing_outside_of_the_accounts_repositories_is_reached(client: Client, path: str) -> None:
    status, _, body = await client("GET", path)
    assert status in (400, 404)
    assert b"PRIVATE KEY" not in body


async def test_nothing_can_be_pushed_for_another_account(served: Served, client: Client) -> None:
    for method, path in (("POST", "blobs/uploads/"), ("PUT", "manifests/1")):
        status, _, body = await client(method, f"{OTHER}/box/{path}", b"{}" if method == "PUT" else None)
        assert (status, json.loads(body)["errors"][0]["code"]) == (400, "NAME_INVALID")
    assert served.size_bytes() == 0


async def test_without_credentials_nothing_is_revealed(client: Client) -> None:
    for login in ("", "Bearer x", "Basic !", "Basic " + base64.b64encode(b"v1:wrong").decode()):
        status, headers, _ = await client("GET", "_catalog", None, Authorization=login)
        assert status == UNAUTHORIZED
        assert headers["WWW-Authenticate"].startswith("Basic ")


def test_passwords_run_out() -> None:
    now = [0.0]
    passes = Passes(clock=lambda: now[0])
    password = passes.issue(["pull"], minutes=5).reveal()
    header = "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()
    assert passes.permissions(header) == {"pull"}
    now[0] = 300
    assert passes.permissions(header) is None


async def test_what_is_needed_stays_when_its_tag_goes(served: Served, client: Client) -> None:
    layer, configuration = await client.put_blob("box", b"layer"), await client.put_blob("box", b"{}")
    for tag in ("1", "2"):
        other = await client.put_blob("box", tag.encode())
        assert (await client.put_manifest("box", tag, configuration, layer, other))[0] == 201
    kept, gone = await served.registry.images()
    assert (kept.repository, kept.tag, gone.tag) == (f"{ACCOUNT}/box", "1", "2")
    served.needed.add((f"{ACCOUNT}/box", kept.digest))
    for tag in ("1", "2"):
        assert (await client("DELETE", f"{ACCOUNT}/box/manifests/{tag}"))[0] == 202
    assert (await client("PUT", "gc/layers"))[0] == 200
    assert await served.registry.images() == []
    assert json.loads((await client("GET", "_catalog?tags=true"))[2]) == {"repositories": {}}
    assert (await client("GET", f"{ACCOUNT}/box/manifests/{kept.digest}"))[0] == 200
    assert (await client("GET", f"{ACCOUNT}/box/blobs/{layer}"))[0] == 200
    assert (await client("GET", f"{ACCOUNT}/box/manifests/{gone.digest}"))[0] == 404
    assert (await client("DELETE", f"{ACCOUNT}/box/manifests/{kept.digest}"))[0] == 202
    assert (await client("GET", f"{ACCOUNT}/box/manifests/{kept.digest}"))[0] == 200
    served.needed.clear()
    assert (await client("DELETE", f"{ACCOUNT}/box/manifests/{kept.digest}"))[0] == 202
    assert (await client("GET", f"{ACCOUNT}/box/manifests/{kept.digest}"))[0] == 404


async def test_images_are_described_by_their_manifests(served: Served, client: Client) -> None:
    configuration = await client.put_blob("box", b'{"created": "2026-11-01T00:00:00Z"}')
    layer = await client.put_blob("box", b"layer")
    layers = [{"digest": layer, "size": 5}, {"digest": layer, "size": 7}]
    body = json.dumps({"schemaVersion": 2, "config": {"digest": configuration}, "layers": layers}).encode()
    path = f"{ACCOUNT}/box/manifests"
    assert (await client("PUT", f"{path}/{digest_of(body)}", body))[0] == 201
    index = json.dumps({"schemaVersion": 2, "manifests": [{"digest": digest_of(body)}]}).encode()
    assert (await client("PUT", f"{path}/1", index))[0] == 201
    assert (await client("PUT", f"{path}/2", body))[0] == 201
    artifact = {"schemaVersion": 2, "config": {"digest": layer}, "layers": []}
    assert (await client("PUT", f"{path}/3", json.dumps(artifact).encode()))[0] == 201
    found = [(image.tag, image.size_bytes, image.created) for image in await served.registry.images()]
    time = "2026-11-01T00:00:00Z"
    assert found == [("1", 12, time), ("2", 12, time), ("3", 0, None)]
    assert (await served.registry.images())[1].digest == digest_of(body)
    for image in await served.registry.images():
        await served.registry.remove(image)
    assert served.size_bytes() == 0
