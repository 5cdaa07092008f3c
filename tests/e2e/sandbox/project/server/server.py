"""A small server with the HTTP interface of the Sandbox SDK's container, for what the test uses of it.

Facts: `packages/sandbox/src/clients` of cloudflare/sandbox-sdk 0.12.
"""

import base64
import http.server
import json
import os
import pathlib
import socket
import subprocess
import time
import uuid

from terminal import serve_terminal

PORT = 3000
STATE = pathlib.Path("/tmp/sessions")
sessions = {}
processes = {}


class NotFoundError(Exception):
    """A file does not exist."""


def now():
    """The time as the SDK has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


def open_session(body):
    """Create the session `id`, whose directory and variables commands change."""
    state = STATE / body["id"]
    state.mkdir(parents=True, exist_ok=True)
    variables = {name: value for name, value in (body.get("env") or {}).items() if value is not None}
    sessions[body["id"]] = {
        "cwd": body.get("cwd") or "/tmp",
        "env": {**os.environ, **variables},
        "state": state,
    }
    return {"id": body["id"], "message": "created", "containerPlacementId": None}


def shell(body):
    """How `subprocess` runs a command in its session, and the session."""
    if body.get("sessionId") not in sessions:  # a command without a session begins anew
        open_session({"id": f"none-{uuid.uuid4().hex}", "cwd": body.get("cwd")})
        body["sessionId"] = list(sessions)[-1]
    session = sessions[body["sessionId"]]
    keep = f"\nstatus=$?; pwd > {session['state']}/cwd; env -0 > {session['state']}/env; exit $status"
    variables = {name: value for name, value in (body.get("env") or {}).items() if value is not None}
    return {
        "args": ["sh", "-c", body["command"] + keep],
        "cwd": body.get("cwd") or session["cwd"],
        "env": {**session["env"], **variables},
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }, session


def keep_state(session):
    """Take over what a command changed."""
    state = session["state"]
    if (state / "cwd").exists():
        session["cwd"] = (state / "cwd").read_text().strip()
        pairs = (pair.partition("=") for pair in (state / "env").read_text().split("\0") if pair)
        session["env"] = {name: value for name, _, value in pairs}


def execute(body):
    """Run a command to its end."""
    options, session = shell(body)
    done = subprocess.run(**options, check=False)
    if not body.get("env") and not body.get("cwd"):
        keep_state(session)
    texts = {"stdout": done.stdout.decode(errors="replace"), "stderr": done.stderr.decode(errors="replace")}
    return {"exitCode": done.returncode, "command": body["command"], **texts}


def stream(body):
    """Events of a command while it runs."""
    options, _ = shell(body)
    running = subprocess.Popen(**{**options, "stderr": subprocess.STDOUT})
    yield {"type": "start", "command": body["command"], "pid": running.pid}
    for line in running.stdout:
        yield {"type": "stdout", "data": line.decode(errors="replace")}
    yield {"type": "complete", "exitCode": running.wait()}


def start_process(body):
    """Run a command in the background."""
    options, _ = shell(body)
    identifier = body.get("processId") or f"proc_{uuid.uuid4().hex[:8]}"
    log = (STATE / f"{identifier}.log").open("w+b")
    started = subprocess.Popen(
        **{**options, "stdout": log, "stderr": subprocess.STDOUT, "start_new_session": True}
    )
    processes[identifier] = (body["command"], started, log.name)
    return {"processId": identifier, "pid": started.pid, "command": body["command"]}


def described(identifier):
    """A process as lists have it."""
    command, process, _ = processes[identifier]
    status = {None: "running", 0: "completed", -9: "killed", -15: "killed"}.get(process.poll(), "failed")
    return {"id": identifier, "command": command, "status": status, "pid": process.pid, "startTime": now()}


def kill_process(identifier):
    """End a process and its children."""
    _, process, _ = processes[identifier]
    os.killpg(process.pid, 9)
    process.wait()
    return {"processId": identifier}


def watch_port(body):
    """One event when the port takes connections."""
    yield {"type": "watching", "port": body["port"]}
    while True:
        try:
            socket.create_connection(("127.0.0.1", body["port"]), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    yield {"type": "ready", "port": body["port"]}


def changes(body):
    """Events of files below a directory, found by looking at them."""
    root = pathlib.Path(body["path"])
    look = lambda: {file: file.stat().st_mtime_ns for file in root.rglob("*") if file.is_file()}  # noqa: E731
    yield {"type": "watching", "path": str(root), "watchId": "1"}
    known = look()
    while root.exists():
        time.sleep(0.1)
        found = look()
        for file in found:
            if known.get(file) != found[file]:
                kind = "modify" if file in known else "create"
                event = {"type": "event", "eventType": kind, "path": str(file), "isDirectory": False}
                yield {**event, "timestamp": now()}
        known = found
    yield {"type": "stopped", "reason": "gone"}


def write(body):
    """Write a file."""
    content = body["content"]
    raw = base64.b64decode(content) if body.get("encoding") == "base64" else content.encode()
    pathlib.Path(body["path"]).write_bytes(raw)
    return {"path": body["path"]}


def read(body):
    """A file's content."""
    try:
        raw = pathlib.Path(body["path"]).read_bytes()
    except FileNotFoundError as error:
        raise NotFoundError(body["path"]) from error
    if body.get("encoding") == "base64":
        return {"path": body["path"], "content": base64.b64encode(raw).decode(), "encoding": "base64"}
    return {"path": body["path"], "content": raw.decode(), "encoding": "utf-8", "size": len(raw)}


def make_directory(body):
    """Make a directory."""
    pathlib.Path(body["path"]).mkdir(parents=bool(body.get("recursive")), exist_ok=True)
    return {"path": body["path"], "recursive": True}


POSTS = {
    "/api/session/create": open_session,
    "/api/execute": execute,
    "/api/process/start": start_process,
    "/api/write": write,
    "/api/read": read,
    "/api/mkdir": make_directory,
}
STREAMS = {"/api/execute/stream": stream, "/api/port-watch": watch_port, "/api/watch": changes}


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Write no lines."""

    def do_GET(self):
        path, *rest = self.path.split("?")[0].removeprefix("/api/").split("/")
        if self.path.startswith("/ws/pty"):
            serve_terminal(self)
        elif path == "ping":
            self.answer({"message": "pong"})
        elif path == "version":
            self.answer({"version": "0.12.10"})
        elif rest == ["list"]:
            self.answer({"processes": [described(name) for name in processes]})
        elif path == "process" and rest[1:] == ["logs"]:
            text = pathlib.Path(processes[rest[0]][2]).read_text()
            self.answer({"processId": rest[0], "stdout": text, "stderr": ""})
        elif path == "process":
            self.answer({"process": described(rest[0])})
        else:
            self.answer({"code": "NOT_FOUND", "message": self.path}, 404)

    def do_DELETE(self):
        self.answer(kill_process(self.path.split("/")[-1]))

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        if self.path in STREAMS:
            return self.answer_events(STREAMS[self.path](body))
        if self.path not in POSTS:
            return self.answer({"code": "NOT_FOUND", "message": self.path}, 404)
        try:
            return self.answer(POSTS[self.path](body))
        except NotFoundError as error:
            fault = {"code": "FILE_NOT_FOUND", "message": f"File not found: {error}", "httpStatus": 404}
            return self.answer({**fault, "context": {"path": str(error)}, "timestamp": now()}, 404)
        except Exception as error:
            return self.answer({"code": "UNKNOWN_ERROR", "message": repr(error)}, 500)

    def answer(self, found, status=200):
        """Send JSON."""
        content = json.dumps({"success": status == 200, "timestamp": now(), **found}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def answer_events(self, events):
        """Send each event when it happens."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for event in events:
            self.wfile.write(f"data: {json.dumps({'timestamp': now(), **event})}\n\n".encode())
            self.wfile.flush()
        self.close_connection = True


if __name__ == "__main__":
    STATE.mkdir(parents=True, exist_ok=True)
    http.server.ThreadingHTTPServer(("0.0.0.0", PORT), Handler).serve_forever()
