"""Whatever a client with a password sends to the platform's registry: no internal error, no traceback in the
log, nothing outside of its directory.
"""

from __future__ import annotations

import asyncio
import base64
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from pywrangler.local.registry.app import ROUTES, make_app
from pywrangler.local.registry.context import RegistryContext
from pywrangler.local.registry.inventory import list_images
from pywrangler.local.registry.passes import Passes
from pywrangler.local.registry.storage import Storage, digest_of
from tests.fuzz.servers.odd import effort, texts
from tests.fuzz.servers.rest import Complaints
from tests.fuzz.targets.registry import MANIFESTS

pytestmark = pytest.mark.slow  # thousands of inputs

ACCOUNT = "0a" * 16
BLOB = b"a layer"
LAST_UPLOAD = "<the last upload>"
BODIES = (BLOB, b"", b"{}", b"\0" * 100_000, *(seed.partition(b"\0")[0] for seed in MANIFESTS.seeds))
DIGESTS = tuple(digest_of(body) for body in BODIES)
NAMES = (f"{ACCOUNT}/box", f"{ACCOUNT}/a/b", ACCOUNT, "other/box", f"{ACCOUNT}/../../x", f"{ACCOUNT}/BOX")
REQUESTS_OF_AN_EXAMPLE = 20
Sent = tuple[str, str, dict[str, str], dict[str, str], bytes]


@st.composite
def registry_requests(draw: st.DrawFn) -> Sent:
    """Method, path, query, headers and body, mostly of what belongs together."""
    method, path, _ = draw(st.sampled_from(ROUTES))
    names = {
        "name:.+": st.sampled_from(NAMES) | texts,
        "upload": st.just(LAST_UPLOAD) | texts,
        "digest": st.sampled_from(DIGESTS) | texts,
        "reference": st.sampled_from(("1", "latest", *DIGESTS)) | texts,
    }
    for name, known in names.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(draw(known) or "-", safe="/:<>", errors="surrogatepass"))
    query = draw(
        st.dictionaries(
            st.sampled_from(("digest", "mount", "from", "tags", "n")),
            st.sampled_from(DIGESTS) | texts,
            max_size=2,
        )
    )
    ranges = st.sampled_from(("0-6", "bytes 0-6", "7-13", "-", "x", "9" * 5000))
    headers = draw(st.dictionaries(st.just("Content-Range"), ranges, max_size=1))
    return method, path, query, headers, draw(st.sampled_from(BODIES) | st.binary(max_size=50))


class RegistryWorld:
    """A registry in a directory that is thrown away."""

    def __init__(self, directory: Path) -> None:
        self.faults: list[str] = []
        self.storage, passes = Storage(directory / "registry"), Passes()
        app = make_app(RegistryContext(self.storage, passes, ACCOUNT))
        login = f"v1:{passes.issue(('pull', 'push'), 5).reveal()}"
        self._headers = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
        self._upload = "none"
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _, context: self.faults.append(str(context)))
        self._client = self._run(self._open(app))

    def _run(self, work):  # type: ignore[no-untyped-def]
        return self._loop.run_until_complete(work)

    async def _open(self, app):  # type: ignore[no-untyped-def]
        client = TestClient(TestServer(app))
        await client.start_server()
        return client

    def send(self, sent: Sent) -> int:
        """The response's status; what is wrong is noted in `faults`."""
        with Complaints.noted_in(self.faults):
            status, content, headers = self._run(self._exchange(*sent))
        self._upload = headers.get("Docker-Upload-UUID", self._upload)
        if status >= 500:
            self.faults.append(f"{sent}: {status} {content[:300]!r}")
        return int(status)

    async def _exchange(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        path = path.replace(quote(LAST_UPLOAD, safe="/:<>"), self._upload)
        if query:
            path += "?" + "&".join(
                f"{name}={quote(value, errors='surrogatepass')}" for name, value in query.items()
            )
        url = URL(str(self._client.make_url("/")).rstrip("/") + path, encoded=True)
        async with self._client.session.request(
            method, url, headers={**self._headers, **headers}, data=body, allow_redirects=False
        ) as response:
            return response.status, await response.read(), dict(response.headers)

    def close(self) -> None:
        """End it; what it stores must be readable."""
        self._run(self._client.close())
        self._loop.close()
        json.dumps([image.created for image in list_images(self.storage)])
        self.storage.collect_garbage()


@contextmanager
def opened() -> Iterator[tuple[RegistryWorld, Path]]:
    """A registry, and the directory around it."""
    with tempfile.TemporaryDirectory(prefix="pw-fuzz-", dir="/tmp") as made:
        world = RegistryWorld(Path(made))
        try:
            yield world, Path(made)
        finally:
            world.close()


@effort(100)
@given(sequence=st.lists(registry_requests(), min_size=1, max_size=REQUESTS_OF_AN_EXAMPLE))
def test_no_request_is_a_fault(sequence: list[Sent]) -> None:
    with opened() as (world, directory):
        for sent in sequence:
            world.send(sent)
        assert [each.name for each in directory.iterdir()] == ["registry"]
        assert {each.name for each in (directory / "registry").iterdir()} == {
            "blobs",
            "uploads",
            "repositories",
        }
    assert world.faults == []


def test_a_push_succeeds() -> None:
    with opened() as (world, _):
        name = f"/v2/{ACCOUNT}/box"
        assert world.send(("POST", f"{name}/blobs/uploads/", {}, {}, b"")) == 202
        where = f"{name}/blobs/uploads/{quote(LAST_UPLOAD, safe='/:<>')}"
        assert world.send(("PATCH", where, {}, {}, BLOB)) == 202
        assert world.send(("PUT", where, {"digest": digest_of(BLOB)}, {}, b"")) == 201
        manifest = json.dumps(
            {"schemaVersion": 2, "config": {"digest": digest_of(BLOB)}, "layers": []}
        ).encode()
        assert world.send(("PUT", f"{name}/manifests/1", {}, {}, manifest)) == 201
    assert world.faults == []
