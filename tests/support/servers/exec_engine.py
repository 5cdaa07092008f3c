"""A small engine for what goes into containers: programs and archives. The programs run on this machine, and
the files of the only container, `box`, are a directory.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import socket
import socketserver
import struct
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pywrangler.engine.address import EngineAddress
from tests.support.api import read_body
from tests.support.servers.serving import POLL_SECONDS, QuietHandler

NOT_FOUND = 'OCI runtime exec failed: exec failed: unable to start container process: exec: "{0}": executable'
GO_DIRECTORY, GO_LINK = 1 << 31, 1 << 27


@dataclass
class Program:
    """One program that was run, or is to be."""

    body: dict[str, Any]
    start: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    exit_code: int | None = None
    sizes: list[str] = field(default_factory=list)
    """What it was resized to."""

    @property
    def described(self) -> dict[str, Any]:
        """What the engine says of it."""
        is_running = self.process is not None and self.exit_code is None
        pid = self.process.pid if self.process is not None else 0
        return {"Running": is_running, "ExitCode": self.exit_code, "Pid": pid}


@dataclass
class ExecEngine:
    """What was asked, and the files."""

    address: EngineAddress
    root: Path
    programs: list[Program] = field(default_factory=list)
    uploads: list[dict[str, str]] = field(default_factory=list)
    """The queries of archives that were unpacked."""


class _Handler(QuietHandler):
    engine: ExecEngine

    def address_string(self) -> str:
        return "a unix socket"

    def answer(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        kind, name, *rest = parts.path.strip("/").split("/")
        content = read_body(self)  # type: ignore[arg-type]
        match kind, rest:
            case "containers", _ if name != "box":
                self.refuse(404, f"No such container: {name}")
            case "containers", ["exec"]:
                self.engine.programs.append(Program(json.loads(content)))
                self.say(json.dumps({"Id": str(len(self.engine.programs) - 1)}).encode())
            case "containers", ["archive"]:
                self.archive(query, content)
            case "exec", ["json"]:
                self.say(json.dumps(self.engine.programs[int(name)].described).encode())
            case "exec", ["resize"]:
                self.engine.programs[int(name)].sizes.append(f"{query['h']}x{query['w']}")
                self.say(b"")
            case "exec", ["start"]:
                self.start(self.engine.programs[int(name)], json.loads(content))
            case _:
                self.refuse(404, "page not found")

    do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - http.server's names

    def say(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if content and self.command != "HEAD":
            self.wfile.write(content)

    def refuse(self, status: int, message: str) -> None:
        self.say(json.dumps({"message": message}).encode(), status)

    # Programs

    def start(self, program: Program, start: dict[str, Any]) -> None:
        program.start, self.close_connection = start, True
        words = program.body["Cmd"]
        try:
            process = program.process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, **dict(each.split("=", 1) for each in program.body["Env"])},
            )
        except FileNotFoundError:
            program.exit_code = 127
            words = f"{NOT_FOUND.format(words[0])} file not found in $PATH: unknown\r\n"
            if start["Detach"]:
                self.refuse(400, words)
            else:
                self.upgrade()
                self.connection.sendall(_frame(1, words.encode()))
            return
        if start["Detach"]:
            threading.Thread(target=self.end, args=[program, process], daemon=True).start()
            self.say(b"")
            return
        self.upgrade()
        lock = threading.Lock()

        def carry(number: int, source: Any) -> None:
            while piece := source.read1(65536):
                with lock, contextlib.suppress(OSError):
                    self.connection.sendall(piece if start["Tty"] else _frame(number, piece))

        def feed() -> None:
            assert process.stdin is not None
            with contextlib.suppress(OSError), process.stdin as target:
                while program.body["AttachStdin"] and (piece := self.connection.recv(65536)):
                    target.write(piece)
                    target.flush()

        threads = [
            threading.Thread(target=carry, args=[number, source])
            for number, source in ((1, process.stdout), (2, process.stderr))
        ]
        feeding = threading.Thread(target=feed, daemon=True)
        for thread in (*threads, feeding):
            thread.start()
        for thread in threads:
            thread.join()
        program.exit_code = process.wait()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        feeding.join()
        self.end(program, process)

    def end(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        program.exit_code = process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def upgrade(self) -> None:
        if self.headers.get("Upgrade") is None:
            self.connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        else:
            self.connection.sendall(b"HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n")

    # Files

    def archive(self, query: dict[str, str], content: bytes) -> None:
        file = self.engine.root / query["path"].lstrip("/")
        if not os.path.lexists(file):
            self.refuse(404, f"Could not find the file {query['path']} in container box")
        elif self.command == "HEAD":
            self.say(b"", X_Docker_Container_Path_Stat=_facts(file))
        elif self.command == "GET":
            packed = io.BytesIO()
            with tarfile.open(fileobj=packed, mode="w") as archive:
                archive.add(file, file.name)
            self.say(packed.getvalue())
        else:
            self.engine.uploads.append(query)
            try:
                with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                    archive.extractall(file, filter="data")
            except tarfile.TarError as error:
                self.refuse(400, f"unexpected archive: {error}")
            else:
                self.say(b"")


def _facts(file: Path) -> str:
    status = file.lstat()
    mode = status.st_mode & 0o777
    mode |= GO_LINK if file.is_symlink() else GO_DIRECTORY if file.is_dir() else 0
    target = os.readlink(file) if file.is_symlink() else ""
    facts = {"name": file.name, "size": status.st_size, "mode": mode, "linkTarget": target}
    return base64.b64encode(json.dumps(facts).encode()).decode()


def _frame(number: int, content: bytes) -> bytes:
    return struct.pack(">BxxxL", number, len(content)) + content


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self) -> tuple[Any, Any]:
        request, _ = super().get_request()
        return request, ("a unix socket", 0)


@contextmanager
def exec_engine(path: Path, root: Path) -> Iterator[ExecEngine]:
    """An engine on the socket `path` while this is open; `root` has the container's files."""
    engine = ExecEngine(EngineAddress(f"unix://{path}", "the test"), root)
    handler = type("Bound", (_Handler,), {"engine": engine, "disable_nagle_algorithm": False})
    server = _Server(str(path), handler)
    thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,))
    thread.start()
    try:
        yield engine
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        path.unlink()
