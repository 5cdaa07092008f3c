"""A server for tests of the path into a container: HTTP with streaming and WebSockets on 8080, a TCP echo on
8081, and answers chosen by the request on 8083.

Its behaviour is chosen by variables (LISTEN_AFTER, LISTEN_ON, EXIT_AT_ONCE, TERM) and by the paths that it
answers.
"""

import asyncio
import base64
import hashlib
import json
import os
import signal
import socket
import ssl
import struct
import sys
import urllib.error
import urllib.request
from pathlib import Path

CHUNK = b"x" * 65536
STREAMS = []
"""One entry for every body that is being sent."""
SEEN = set()
"""Port, host and target of every request so far."""


async def read_head(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:] if line)}
    return method, target, headers


async def body_pieces(reader, headers):
    if headers.get("transfer-encoding") == "chunked":
        while size := int(await reader.readline(), 16):
            while size:
                piece = await reader.read(min(size, len(CHUNK)))
                size -= len(piece)
                yield piece
            await reader.readexactly(2)
        await reader.readexactly(2)
        return
    left = int(headers.get("content-length") or 0)
    while left:
        piece = await reader.read(min(left, len(CHUNK)))
        left -= len(piece)
        yield piece


def reply(writer, body, status="200 OK", method="GET"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\n\r\n".encode())
    if method != "HEAD":
        writer.write(content)


async def stream(writer, total):
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n".encode())
    STREAMS.append(total)
    try:
        while total:
            piece = CHUNK[:total]
            total -= len(piece)
            writer.write(piece)
            await writer.drain()
    finally:
        STREAMS.pop()


async def events(writer, count):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    for number in range(count):
        data = f"data: {number}\n\n".encode()
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)
    writer.write(b"0\r\n\r\n")


async def websocket(reader, writer, headers):
    key = headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode()
    writer.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
    )
    while True:
        first, second = await reader.readexactly(2)
        size = second & 127
        if size == 126:
            (size,) = struct.unpack(">H", await reader.readexactly(2))
        elif size == 127:
            (size,) = struct.unpack(">Q", await reader.readexactly(8))
        mask = await reader.readexactly(4)
        data = bytes(b ^ mask[i % 4] for i, b in enumerate(await reader.readexactly(size)))
        opcode = first & 15
        length = bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size)
        writer.write(bytes([0x80 | (10 if opcode == 9 else opcode)]) + length + data)
        await writer.drain()
        if opcode == 8:
            return


async def answer(reader, writer, method, target, headers):  # noqa: C901 - a list of paths
    path = target.partition("?")[0].strip("/").split("/")
    port = writer.get_extra_info("sockname")[1]
    SEEN.add(f"{port} {headers.get('host')} {target}")
    if headers.get("upgrade") == "websocket":
        await websocket(reader, writer, headers)
        raise EOFError
    received = 0
    async for piece in body_pieces(reader, headers):
        received += len(piece)
    match path:
        case ["env"]:
            reply(writer, dict(os.environ))
        case ["argv"]:
            reply(writer, sys.argv[1:])
        case ["exit", code]:
            os._exit(int(code))
        case ["memory", mebibytes]:
            reply(writer, len(bytearray(b"x") * (int(mebibytes) << 20)))
        case ["bytes", count]:
            await stream(writer, int(count))
        case ["events", count]:
            await events(writer, int(count))
        case ["sink"]:
            reply(writer, received)
        case ["say", words]:
            print(words, flush=True)  # noqa: T201
            reply(writer, "said")
        case ["dial", host, port]:
            reply(writer, await dial(host, int(port)))
        case ["get", scheme, host, port]:
            reply(writer, await asyncio.to_thread(get, f"{scheme}://{host}:{port}/from-inside"))
        case ["ask", host, port]:
            reply(writer, await asyncio.to_thread(ask, host, int(port)))
        case ["limits"]:
            reply(writer, limits())
        case ["large", size]:
            writer.write(
                f"HTTP/1.1 200 OK\r\nX-Large: {'x' * int(size)}\r\nContent-Length: 0\r\n\r\n".encode()
            )
        case ["streams"]:
            reply(writer, len(STREAMS))
        case ["seen"]:
            reply(writer, sorted(SEEN))
        case ["last"]:
            reply(writer, "last")
            raise EOFError
        case ["last", "later"]:
            reply(writer, "last")
            await writer.drain()
            await reader.read(1)
            raise EOFError
        case ["nothing"]:
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        case _:
            reply(
                writer, {"method": method, "target": target, "pid": os.getpid(), "port": port}, method=method
            )


async def dial(host, port):
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), 1)
    except (OSError, TimeoutError) as error:
        return f"no: {type(error).__name__}"
    writer.close()
    return "yes"


def get(url):
    """What a program that trusts the authority given to the container gets from a URL."""
    authority = Path("/etc/cloudflare/certs/cloudflare-containers-ca.crt")
    context = ssl.create_default_context(cafile=authority) if authority.exists() else None
    try:
        with urllib.request.urlopen(url, timeout=20, context=context) as response:
            return {"status": response.status, "text": response.read().decode()}
    except urllib.error.HTTPError as error:
        return {"status": error.code, "text": error.read().decode()}
    except OSError as error:
        return {"error": f"{type(error).__name__}: {error}"}


def ask(host, port):
    """Whether anything at all answers a datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        try:
            asking.connect((host, port))
            asking.send(b"anybody?")
            return asking.recv(100).decode()
        except OSError as error:
            return f"no: {type(error).__name__}"


def limits():
    found = {}
    for name, places in {
        "memory": ["/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory.max"],
        "pids": ["/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/pids.max"],
    }.items():
        for place in places:
            if os.path.exists(place):
                found[name] = Path(place).read_text().strip()
    with open("/proc/self/status") as status:
        found["capabilities"] = next(line.split()[1] for line in status if line.startswith("CapEff"))
    return found


async def serve_http(reader, writer):
    try:
        while True:
            await answer(reader, writer, *await read_head(reader))
            await writer.drain()
    except (EOFError, OSError):
        pass
    finally:
        writer.close()


async def serve_echo(reader, writer):
    """Answers only once the client has said all: the sum of what came. Tests half-close."""
    total = 0
    while piece := await reader.read(65536):
        total += len(piece)
    writer.write(f"received {total}".encode())
    writer.close()


async def serve_scripts(reader, writer):
    """Answers each request with the bytes that its path names, in pieces, whatever they are."""
    try:
        while True:
            _, target, headers = await read_head(reader)
            script = json.loads(base64.urlsafe_b64decode(target.rpartition("/")[2]))
            digest = hashlib.md5(usedforsecurity=False)
            if script["early"] is None:
                async for piece in body_pieces(reader, headers):
                    digest.update(piece)
            pieces = [base64.b64decode(piece) for piece in script["pieces"]]
            left = b"".join(pieces).replace(b"#" * 32, digest.hexdigest().encode(), 1)
            for piece in pieces:
                writer.write(left[: len(piece)])
                left = left[len(piece) :]
                await writer.drain()
                if len(script["pieces"]) > 1:
                    await asyncio.sleep(0.001)
            if script["early"] == "reads on":
                async for _ in body_pieces(reader, headers):
                    pass
            if script["closes"]:
                return
    except (EOFError, OSError):
        pass
    finally:
        writer.close()


async def main():
    print("hello from the container", flush=True)  # noqa: T201
    if code := os.environ.get("EXIT_AT_ONCE"):
        print("cannot go on", file=sys.stderr, flush=True)  # noqa: T201
        os._exit(int(code))
    loop = asyncio.get_running_loop()
    term = os.environ.get("TERM_CODE", "0")
    loop.add_signal_handler(
        signal.SIGTERM, (lambda: None) if term == "ignore" else lambda: os._exit(int(term))
    )
    await asyncio.sleep(float(os.environ.get("LISTEN_AFTER", "0")))
    host = os.environ.get("LISTEN_ON", "0.0.0.0")
    await asyncio.start_server(serve_http, host, int(os.environ.get("PORT", "8080")))
    await asyncio.start_server(serve_echo, host, 8081)
    await asyncio.start_server(serve_scripts, host, 8083, limit=4 << 20)
    await asyncio.sleep(float(os.environ.get("SECOND_AFTER", "0")))
    await asyncio.start_server(serve_http, host, 8082)
    await asyncio.Event().wait()


asyncio.run(main())
