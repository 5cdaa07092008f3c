"""A chat room: what one visitor says, everybody in the room hears.

WebSockets by hand, so that the image needs nothing but Python. Write yours with any server that speaks them.
"""

import asyncio
import base64
import hashlib
import signal
from pathlib import Path

PAGE = Path("page.html").read_bytes()
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
room: set[asyncio.StreamWriter] = set()


def frame(kind: int, data: bytes) -> bytes:
    """One frame of RFC 6455, without a mask, as servers send them."""
    if len(data) < 126:
        return bytes([0x80 | kind, len(data)]) + data
    return bytes([0x80 | kind, 126]) + len(data[:65535]).to_bytes(2, "big") + data[:65535]


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The kind and the data of the next frame that a client sends."""
    first, second = await reader.readexactly(2)
    length = second & 127
    if length > 125:
        length = int.from_bytes(await reader.readexactly(2 if length == 126 else 8), "big")
    mask = await reader.readexactly(4)
    data = await reader.readexactly(length)
    return first & 15, bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))


async def chat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what this visitor says, until the visitor leaves."""
    room.add(writer)
    try:
        while (message := await read_frame(reader))[0] != CLOSE:
            if message[0] == PING:
                writer.write(frame(PONG, message[1]))
            elif message[0] == TEXT:
                for visitor in room:
                    visitor.write(frame(TEXT, message[1]))
        writer.write(frame(CLOSE, message[1]))
    finally:
        room.discard(writer)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection: with a WebSocket where it asks for one, with the page otherwise."""
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[1:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if headers.get("upgrade", "").lower() == "websocket":
            key = headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
            accept = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest())
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
            writer.write(b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
            await chat(reader, writer)
        else:
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
            )
            writer.write(b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the visitor went away
    finally:
        writer.close()


async def main() -> None:
    """Serve until the platform says SIGTERM; whoever is in the room sees the connection end."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await asyncio.start_server(serve, "", 8080)
    await stop.wait()
    for visitor in room:
        visitor.write(frame(CLOSE, (1001).to_bytes(2, "big")))


asyncio.run(main())
