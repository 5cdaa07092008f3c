"""A shell on a terminal of its own, over a WebSocket: bytes are what is typed and shown, text is control."""

import base64
import fcntl
import hashlib
import json
import os
import pty
import struct
import termios
import threading
import urllib.parse

KEY = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BYTES, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def serve_terminal(handler):
    """Answer the upgrade, and carry bytes until one side ends."""
    accept = hashlib.sha1(
        (handler.headers["Sec-WebSocket-Key"] + KEY).encode(), usedforsecurity=False
    ).digest()
    handler.send_response(101)
    handler.send_header("Upgrade", "websocket")
    handler.send_header("Connection", "Upgrade")
    handler.send_header("Sec-WebSocket-Accept", base64.b64encode(accept).decode())
    handler.end_headers()
    handler.close_connection = True
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query)
    child, terminal = pty.fork()
    if child == 0:
        os.execvp("sh", ["sh"])  # noqa: S606 - this is a shell
    set_size(terminal, int(query.get("cols", ["80"])[0]), int(query.get("rows", ["24"])[0]))
    send(handler, TEXT, json.dumps({"type": "ready"}).encode())
    threading.Thread(target=show, args=(handler, terminal), daemon=True).start()
    while True:
        kind, content = receive(handler.rfile)
        if kind in (CLOSE, None):
            os.kill(child, 9)
            os.waitpid(child, 0)
            return
        if kind == BYTES:
            os.write(terminal, content)
        elif kind == TEXT and (control := json.loads(content))["type"] == "resize":
            set_size(terminal, control["cols"], control["rows"])
        elif kind == PING:
            send(handler, PONG, content)


def set_size(terminal, columns, rows):
    """Set the size of a terminal."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def show(handler, terminal):
    """Send what the shell writes."""
    while True:
        try:
            content = os.read(terminal, 65536)
        except OSError:
            content = b""
        if not content:
            send(handler, CLOSE, struct.pack("!H", 1000))
            return
        send(handler, BYTES, content)


def send(handler, kind, content):
    """Send one frame."""
    size = len(content)
    head = bytes([0x80 | kind, size]) if size < 126 else bytes([0x80 | kind, 126]) + struct.pack("!H", size)
    handler.wfile.write(head + content)
    handler.wfile.flush()


def receive(stream):
    """The kind and content of the next frame; None when the connection has ended."""
    head = stream.read(2)
    if len(head) < 2:
        return None, b""
    size = head[1] & 0x7F
    if size == 126:
        (size,) = struct.unpack("!H", stream.read(2))
    mask = stream.read(4)
    content = stream.read(size)
    return head[0] & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(content))
