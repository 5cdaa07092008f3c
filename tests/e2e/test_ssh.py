"""`containers ssh`: over a WebSocket to Cloudflare, as Wrangler does it, and on the platform."""

from __future__ import annotations

import asyncio
import os
import pty
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import WSMsgType, web

from pywrangler.commands.containers.inside.ssh import SshCall, shell_command, ssh_args, uses_stdio
from tests.support.api import ACCOUNT
from tests.support.command import COMMAND, Cli
from tests.support.platform import Platform
from tests.support.projects import Project
from tests.support.wrangler import installed_wrangler, node

INSTANCE = "8b2b0a5e-6f0e-4f0e-9c55-0d8ad24d6a0f"


Both = tuple["Instances", subprocess.CompletedProcess[bytes]]


@dataclass
class Instances:
    """Cloudflare with one instance. Its SSH server says `greeting`, or repeats all that it got when its input
    has ended.
    """

    greeting: bytes = b""
    asked: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    received: bytes = b""
    url: str = ""

    async def access(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path.partition(ACCOUNT)[2]}")
        if INSTANCE not in request.path:
            error = {"code": 1000, "message": "no such instance"}
            return web.json_response({"success": False, "errors": [error], "result": None}, status=404)
        found = {"url": f"{self.url}/instance".replace("http", "ws", 1), "token": "of-the-instance"}
        return web.json_response({"success": True, "errors": [], "messages": [], "result": found})

    async def instance(self, request: web.Request) -> web.WebSocketResponse:
        self.authorizations.append(request.headers.get("Authorization"))
        socket = web.WebSocketResponse(autoclose=False)
        await socket.prepare(request)
        if self.greeting:
            await socket.send_bytes(self.greeting)
        async for message in socket:
            assert message.type is WSMsgType.BINARY
            self.received += message.data
            if self.greeting:
                break
        else:
            await socket.send_bytes(self.received.upper())
        await socket.close()
        return socket


@contextmanager
def serving(instances: Instances) -> Iterator[Instances]:
    loop = asyncio.new_event_loop()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/instance", instances.instance)
        app.router.add_route("*", "/{rest:.*}", instances.access)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        instances.url = f"http://{host}:{port}"
        return runner

    runner = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield instances
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def environment(instances: Instances, home: Path) -> dict[str, str]:
    return {
        "PATH": os.pathsep.join((str(node().parent), os.environ["PATH"])),
        "HOME": str(home),
        "CI": "1",
        "WRANGLER_SEND_METRICS": "false",
        "CLOUDFLARE_API_BASE_URL": instances.url,
        "CLOUDFLARE_API_TOKEN": "token-of-the-test",
        "CLOUDFLARE_ACCOUNT_ID": ACCOUNT,
    }


def run_both(directory: Path, words: list[str], stdin: bytes, greeting: bytes = b"") -> list[Both]:
    """What the account saw of Wrangler and of pywrangler, with what they printed and how they ended."""
    found: list[Both] = []
    for program in ([str(node()), str(installed_wrangler())], [*COMMAND]):
        with serving(Instances(greeting)) as instances:
            done = subprocess.run(
                [*program, "containers", "ssh", *words],
                cwd=directory,
                env=environment(instances, directory),
                input=stdin,
                capture_output=True,
                timeout=60,
            )
        found.append((instances, done))
    return found


@pytest.mark.slow
def test_ssh_goes_over_the_standard_streams_as_with_wrangler(tmp_path: Path) -> None:
    for instances, done in run_both(tmp_path, [INSTANCE, "--stdio"], b"hello\x00\xff"):
        assert done.stdout == b"HELLO\x00\xff", done.stderr
        assert instances.received == b"hello\x00\xff"
        assert instances.asked[-1] == f"GET /containers/instances/{INSTANCE}/ssh"
        assert instances.authorizations == ["Bearer of-the-instance"]


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not installed")
def test_the_program_ssh_talks_to_the_instance(tmp_path: Path) -> None:
    both = run_both(tmp_path, [INSTANCE, "-t", "--", "ls", "/"], b"", greeting=b"SSH-2.0-test\r\n")
    (theirs, of_wrangler), (ours, done) = both
    assert ours.received.partition(b"\r\n")[0] == theirs.received.partition(b"\r\n")[0]
    assert ours.received.startswith(b"SSH-2.0-")
    assert of_wrangler.returncode == done.returncode == 1
    assert b"ssh failed" in done.stderr


@pytest.mark.slow
def test_an_instance_that_does_not_exist(tmp_path: Path) -> None:
    for instances, done in run_both(tmp_path, ["another"], b""):
        assert done.returncode == 1
        assert instances.authorizations == []
        assert b"another" in done.stderr + done.stdout


def test_the_arguments_of_ssh_are_wranglers() -> None:
    call = SshCall("x", ["ls", "-l"], tty=True, identity_file="k", option=["A=b"], config_file="f")
    assert ssh_args(4022, call, is_debugged=False) == [
        "cloudchamber@127.0.0.1",
        *("-p", "4022"),
        *("-o", "ControlMaster=no", "-o", "ControlPersist=no"),
        *("-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=no"),
        *("-o", "LogLevel=ERROR", "-o", "RequestTTY=force"),
        *("-F", "f", "-i", "k", "-o", "A=b"),
        *("--", "ls", "-l"),
    ]
    plain = ssh_args(1, SshCall("x"), is_debugged=True)
    assert plain[-1] == "--"
    assert not {"LogLevel=ERROR", "RequestTTY=no"} & {*plain}


@pytest.mark.parametrize(
    ("stdio", "tty", "has_terminal", "expected"),
    [
        (True, None, True, True),
        (False, None, True, False),
        (False, None, False, True),
        (False, True, False, False),
        (False, False, False, True),
    ],
)
def test_when_ssh_goes_over_the_standard_streams(
    stdio: bool, tty: bool | None, has_terminal: bool, expected: bool
) -> None:
    assert uses_stdio(SshCall("x", stdio=stdio, tty=tty), has_terminal=has_terminal) is expected


def test_words_are_given_to_a_shell_as_sshd_does_it() -> None:
    assert shell_command(["echo", "$HOME;", "id"]) == ("sh", "-c", "echo $HOME; id")


@pytest.mark.docker
@pytest.mark.workerd
@pytest.mark.slow
def test_a_shell_in_an_instance_of_the_platform(project: Project, platform: Platform, cli: Cli) -> None:
    cli.run("deploy").check()
    (row,) = cli.run("containers", "instances", project.application, "--json").check().json
    for name in (row["id"], row["id"][:8], row["name"], project.application):
        done = cli.run("containers", "ssh", name, "--", "cat /www/index.html; exit 7")
        assert (done.status, done.stdout) == (7, "box 1\n"), done.stderr
    # Without a terminal the shell reads standard input.
    assert cli.run("containers", "ssh", row["id"], stdin="echo from $0\n").check().stdout == "from sh\n"
    refused = cli.run("containers", "ssh", row["id"], "--stdio")
    assert (refused.status, "no SSH server" in refused.stderr) == (2, True)
    assert "needs a terminal" in cli.run("containers", "ssh", row["id"], "-t").stderr
    assert "There is no instance `nothing`" in cli.run("containers", "ssh", "nothing").stderr

    # With a terminal it has one, too.
    main, other = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "containers", "ssh", row["id"]],
        cwd=project.directory,
        stdin=other,
        stdout=other,
        stderr=other,
    )
    os.close(other)
    os.write(main, b"tty; exit 3\n")
    output = b""
    while process.poll() is None or b"/dev/" not in output:
        try:
            output += os.read(main, 4096)
        except OSError:
            break
    assert process.wait(20) == 3
    assert b"/dev/pts/" in output
    os.close(main)
