"""A small `workerd` for tests of the code that runs one: it takes the real one's arguments, says when it
listens, and answers every request with the text of the Worker's main module. No JavaScript runs.

The module's text decides what else happens: `throw` keeps it from starting, `hang` lets it ignore SIGTERM,
`GET /crash` ends it, and of the containers that it names it wants the removal at its end.
"""

from __future__ import annotations

import sys
from pathlib import Path

PROGRAM = r"""
import hashlib, json, os, re, signal, socket, sys, threading

listeners = [word.split("=")[1:] for word in sys.argv if word.startswith("--socket-fd=")]
control = next(int(word.split("=")[1]) for word in sys.argv if word.startswith("--control-fd="))
text = open(sys.argv[2]).read()
modules = [open(path).read() for path in re.findall(r'embed "([^"]+)"', text) if "/versions/" in path]
source = modules[0] if modules else ""
events = os.fdopen(control, "w", buffering=1)

if "throw" in source:
    print("service worker: Uncaught Error: " + source, file=sys.stderr)
    sys.exit(1)
if "hang" in source:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    signal.signal(signal.SIGTERM, lambda *_: end())


def end():
    # As the real one does with the containers that it knows.
    for path in re.findall(r'"unix:([^"]+[.]gateway)"', text):
        for name in re.findall(r"workerd-[0-9a-f-]+", source):
            with socket.socket(socket.AF_UNIX) as gateway:
                gateway.connect(path)
                gateway.sendall(f"DELETE /containers/{name}?force=true HTTP/1.1\r\n\r\n".encode())
                gateway.recv(1000)
    os._exit(0)


def answer(connection, control):
    request = piece = connection.recv(65536).decode()
    while control and piece and not request.rstrip().endswith("}"):
        piece = connection.recv(65536).decode()
        request += piece
    if not piece:
        return
    path = request.split()[1]
    if path == "/crash":
        os._exit(9)
    if path == "/log":
        print(json.dumps({"level": "info", "message": "from the Worker"}), flush=True)
    body = source
    if control:
        told = json.loads(request.partition("\r\n\r\n")[2])
        result = {
            "/durable-object-id": lambda: {"id": hashlib.sha256(told["name"].encode()).hexdigest()},
            "/scheduled": lambda: {"outcome": "ok"},
            "/calls": lambda: {"calls": 0},
            "/drain": lambda: {"calls": 0},
            "/bring-up": lambda: {"method": None},
        }.get(path, dict)
        body = json.dumps({"result": result()})
    data = body.encode()
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    connection.sendall(head % len(data) + data)


def handle(connection, control):
    with connection:
        try:
            answer(connection, control)
        except OSError:
            pass


def serve(listener, control=False):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=handle, args=[connection, control], daemon=True).start()


for name, descriptor in listeners:
    threading.Thread(target=serve, args=[socket.socket(fileno=int(descriptor))], daemon=True).start()
for path in re.findall(r'"unix:([^"]+[.]control)"', text):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    threading.Thread(target=serve, args=[listener, True], daemon=True).start()
for name in ["control", "debug-port"]:
    print(json.dumps({"event": "listen", "socket": name, "port": 0}), file=events)
threading.Event().wait()
"""


def write_workerd(file: Path) -> Path:
    """Write the program to a file that can be run."""
    file.write_text(f"#!{sys.executable} -ISB\n{PROGRAM}")
    file.chmod(0o755)
    return file
