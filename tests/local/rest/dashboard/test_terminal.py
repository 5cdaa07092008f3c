"""The WebSocket of a terminal: who gets one, and what it carries."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

import aiohttp
import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.context import CONTEXT
from pywrangler.local.rest.dashboard.guard import TERMINAL_PROTOCOL
from pywrangler.local.rest.dashboard.terminal import read_message
from tests.local.rest.api import Api
from tests.local.rest.dashboard.test_entrance import entered
from tests.support.waiting import eventually_async

PATH = "/dashboard/api/instances/one/terminal?rows=30&columns=100"


@dataclass
class Shell:
    """A shell that repeats what is typed, and ends at `exit`."""

    size: tuple[int, int]
    is_closed: bool = False
    _said: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)

    async def read(self) -> bytes:
        return await self._said.get()

    async def write(self, content: bytes) -> None:
        await self._said.put(b"" if content == b"exit" else b"you typed " + content)

    async def resize(self, rows: int, columns: int) -> None:
        self.size = (rows, columns)

    async def exit_status(self) -> int | None:
        return 7

    async def close(self) -> None:
        self.is_closed = True

    async def has_ended(self) -> bool:
        return self.is_closed


@dataclass
class Shells:
    """What opens them."""

    opened: list[Shell] = field(default_factory=list)

    async def open(self, instance_id: str, rows: int, columns: int) -> Shell:
        if instance_id != "one":
            raise PywranglerError("The instance does not run.", hint="Start it.")
        self.opened.append(Shell((rows, columns)))
        return self.opened[-1]


@pytest.fixture
def shells(api: Api) -> Shells:
    """The source of terminals of the API."""
    app = api.client.app
    assert app is not None
    source = Shells()
    object.__setattr__(app[CONTEXT].runtimes, "terminals", source)
    return source


def connect(
    api: Api, headers: dict[str, str], *, key: str, origin: str | None = None, path: str = PATH
) -> aiohttp.client._WSRequestContextManager:
    """A WebSocket as a browser opens it."""
    url = api.client.make_url(path)
    own = f"http://{url.host}:{url.port}"
    more = {"Origin": own if origin is None else origin} if origin != "" else {}
    cookie = {"Cookie": headers["Cookie"]} if "Cookie" in headers else {}
    protocols = (TERMINAL_PROTOCOL, key)
    return api.client.session.ws_connect(url, headers={**cookie, **more}, protocols=protocols)


async def test_it_carries_what_is_typed_and_written(api: Api, shells: Shells) -> None:
    _, headers = await entered(api)
    async with connect(api, headers, key=headers["X-Dashboard-Key"]) as socket:
        assert socket.protocol == TERMINAL_PROTOCOL
        (shell,) = shells.opened
        assert shell.size == (30, 100)
        await socket.send_bytes(b"ls\r")
        assert await socket.receive_bytes() == b"you typed ls\r"
        await socket.send_str(json.dumps({"rows": 50, "columns": 132}))
        await socket.send_str("nonsense")
        await socket.send_bytes(b"exit")
        assert await socket.receive_json() == {"exit": 7}
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert shell.size == (50, 132)
    await eventually_async(shell.has_ended, what="the end of the shell")


async def test_a_browser_that_leaves_ends_the_shell(api: Api, shells: Shells) -> None:
    _, headers = await entered(api)
    async with connect(api, headers, key=headers["X-Dashboard-Key"]):
        pass
    await eventually_async(shells.opened[0].has_ended, what="the end of the shell")


async def test_a_shell_that_cannot_be_opened_says_why(api: Api, shells: Shells) -> None:
    _, headers = await entered(api)
    path = PATH.replace("/one/", "/other/")
    async with connect(api, headers, key=headers["X-Dashboard-Key"], path=path) as socket:
        assert await socket.receive_json() == {"error": "The instance does not run. Start it."}


@pytest.mark.parametrize(
    ("key", "origin", "has_cookie", "status"),
    [
        (None, "http://example.com", True, 403),
        (None, "", True, 403),
        (None, "null", True, 403),
        ("wrong", None, True, 401),
        (None, None, False, 401),
    ],
)
async def test_others_get_none(
    api: Api, shells: Shells, key: str | None, origin: str | None, has_cookie: bool, status: int
) -> None:
    _, headers = await entered(api)
    own = headers["X-Dashboard-Key"]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with connect(api, headers if has_cookie else {}, key=key or own, origin=origin):
            pass
    assert refused.value.status == status
    assert shells.opened == []


async def test_a_key_in_a_subprotocol_needs_the_cookie_too(api: Api) -> None:
    _, headers = await entered(api)
    protocols = {"Sec-WebSocket-Protocol": f"{TERMINAL_PROTOCOL}, {headers['X-Dashboard-Key']}"}
    url = api.client.make_url("/dashboard/api/overview")
    async with api.client.session.get(url, headers=protocols) as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ('{"rows": 24, "columns": 80}', (24, 80)),
        ('{"rows": "24", "columns": "80"}', (24, 80)),
        ('{"rows": 0, "columns": 80}', None),
        ('{"rows": 24, "columns": 1001}', None),
        ('{"rows": -1, "columns": 80}', None),
        ('{"rows": 24}', None),
        ("[1, 2]", None),
        ("{", None),
    ],
)
def test_sizes_are_read(text: str, size: tuple[int, int] | None) -> None:
    assert read_message(text) == size
