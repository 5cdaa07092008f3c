"""SSH to an instance at Cloudflare: a token for it, and the bytes of SSH over a WebSocket.

Source: Wrangler 4.164 (`containers-shared`, `sshCommand`), which hands the same bytes to the program `ssh`.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from pywrangler.cloudflare.client import Client, segment
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError, MissingError
from pywrangler.sensitive import Sensitive

if TYPE_CHECKING:
    import aiohttp

OPEN_SECONDS = 30.0
CLOSE_SECONDS = 30.0
"""How long an instance may still send after the end of the input: as long as with Wrangler."""
CHUNK_BYTES = 65536
QUEUED_CHUNKS = 4
NOT_FOUND = 404


@dataclass(frozen=True)
class SshAccess:
    """Where the WebSocket of an instance is, and what it asks for."""

    url: str
    token: Sensitive[str]


def get_access(client: Client, instance_id: str) -> SshAccess:
    """The access to an instance. Raises `ApiError`, with what Cloudflare says of one without SSH."""
    try:
        found = client.call("GET", f"containers/instances/{segment(instance_id)}/ssh").fields
    except ApiError as error:
        if error.status == NOT_FOUND:
            raise no_instance(instance_id) from None
        raise
    return SshAccess(str(found["url"]), Sensitive(str(found["token"])))


def no_instance(text: str) -> MissingError:
    """The error for an instance that does not exist."""
    return MissingError(
        f"There is no instance `{text}`.",
        hint="`pywrangler containers instances APP` lists those of an application, with their ids.",
        code="instance-not-found",
    )


@asynccontextmanager
async def _connected(
    access: SshAccess, environment: Mapping[str, str], user_agent: str
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    import aiohttp

    from pywrangler.cloudflare.wire.certificates import tls_context
    from pywrangler.cloudflare.wire.proxies import proxy_for

    address = access.url.replace("ws", "http", 1) if access.url.startswith("ws") else access.url
    headers = {"Authorization": f"Bearer {access.token.reveal()}", "User-Agent": user_agent}
    async with aiohttp.ClientSession() as session:
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                socket = await session.ws_connect(
                    access.url,
                    headers=headers,
                    max_msg_size=0,
                    proxy=proxy_for(address, environment),
                    ssl=tls_context(environment) if address.startswith("https") else True,
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ApiError(
                f"The instance cannot be reached over SSH: {str(error) or 'it did not answer in time'}",
                hint="Is it running? SSH does not start an instance, and does not keep it from sleeping.",
            ) from error
        try:
            yield socket
        finally:
            await socket.close()


async def serve_ssh(
    access: SshAccess,
    environment: Mapping[str, str],
    user_agent: str,
    run: Callable[[int], asyncio.Future[int] | asyncio.Task[int]],
) -> int:
    """Listen on a loopback port for one connection, whose bytes go through the WebSocket, while `run` does
    its work with that port; its result.
    """
    async with _connected(access, environment, user_agent) as socket:
        taken = False

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal taken
            if not taken:
                taken = True
                with suppress(OSError):
                    await _carry(socket, reader, writer)
            writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        try:
            return await run(server.sockets[0].getsockname()[1])
        finally:
            server.close()


async def carry_standard_streams(
    access: SshAccess, environment: Mapping[str, str], user_agent: str, stdin: int, stdout: int
) -> None:
    """Carry the bytes of SSH between two descriptors and the WebSocket, for `ProxyCommand` of ssh."""
    async with _connected(access, environment, user_agent) as socket:
        loop, chunks = asyncio.get_running_loop(), asyncio.Queue[bytes](maxsize=QUEUED_CHUNKS)

        def read() -> None:
            data = b"-"
            with suppress(OSError, RuntimeError, CancelledError):  # the loop may be over before the input
                while data:
                    data = os.read(stdin, CHUNK_BYTES)
                    asyncio.run_coroutine_threadsafe(chunks.put(data), loop).result()

        async def send() -> None:
            while data := await chunks.get():
                await socket.send_bytes(data)
            await _end_input(socket)

        # Not a thread of the loop's: its end would be awaited, and a read may never end.
        threading.Thread(target=read, daemon=True).start()
        sending = asyncio.ensure_future(_quietly(send()))
        async for data in _messages(socket):
            await loop.run_in_executor(None, _write_all, stdout, data)
        sending.cancel()


async def _end_input(socket: aiohttp.ClientWebSocketResponse) -> None:
    """Say that nothing follows. `close()` would drop what the instance has still to send."""
    import aiohttp

    await socket.send_frame(aiohttp.WSCloseCode.OK.to_bytes(2), aiohttp.WSMsgType.CLOSE)
    await asyncio.sleep(CLOSE_SECONDS)
    await socket.close()


async def _quietly(sending: Coroutine[None, None, None]) -> None:
    """Until the other side ends, which the side that receives notices, too."""
    with suppress(OSError):
        await sending


async def _carry(
    socket: aiohttp.ClientWebSocketResponse, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    async def send() -> None:
        while data := await reader.read(CHUNK_BYTES):
            await socket.send_bytes(data)
        await _end_input(socket)

    sending = asyncio.ensure_future(_quietly(send()))
    try:
        async for data in _messages(socket):
            writer.write(data)
            await writer.drain()
    finally:
        sending.cancel()


async def _messages(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[bytes]:
    import aiohttp

    async for message in socket:
        if message.type is aiohttp.WSMsgType.BINARY:
            yield message.data
        elif message.type is aiohttp.WSMsgType.TEXT:
            yield message.data.encode()


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
