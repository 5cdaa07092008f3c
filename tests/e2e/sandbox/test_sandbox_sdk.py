"""`@cloudflare/sandbox`, the most used client of Containers, with one place for all of its sandboxes.

The container runs a small server of the test's own, with the interface of the SDK's. `make sandbox` runs the
SDK's whole suite against the real one.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from pywrangler.toolchain import Toolchain
from tests.support.command import Cli
from tests.support.containers import remove_images
from tests.support.http import request
from tests.support.npm import installed_packages
from tests.support.platform import Platform, platform_variables
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

PROJECT = Path(__file__).parent / "project"


@dataclass(frozen=True)
class Sandboxes:
    """The deployed Worker, and one of its sandboxes."""

    url: str
    name: str = "one"

    def call(self, operation: str, **arguments: Any) -> Any:
        """What the SDK's method returns, as JSON."""
        answer = request(
            f"{self.url}/{operation}?sandbox={self.name}",
            method="POST",
            body=json.dumps(arguments).encode(),
            timeout_seconds=90,
        )
        result = json.loads(answer.body)
        assert answer.status == 200, result
        return result


@pytest.fixture(scope="module")
def sandbox(
    short_directory: Path, toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandboxes]:
    directory = tmp_path_factory.mktemp("sandbox") / "project"
    shutil.copytree(PROJECT, directory)
    (directory / "node_modules").symlink_to(installed_packages(PROJECT, "sandbox"))
    home = short_directory / os.urandom(3).hex()
    variables = {**platform_variables(home, toolchain), "PYWRANGLER_TARGET": "local"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        platform = Platform(home)
        try:
            Cli(directory).run("deploy").check()
            yield Sandboxes(platform.worker_url("sandbox-sdk"))
        finally:
            platform.end()
            remove_images("pywrangler.local/sandbox-sdk-*")


def test_commands_run_with_their_output_status_and_variables(sandbox: Sandboxes) -> None:
    done = sandbox.call("exec", command="echo out; echo err >&2; exit 3")
    assert (done["stdout"], done["stderr"], done["exitCode"]) == ("out\n", "err\n", 3)
    done = sandbox.call("exec", command='echo "$GIVEN $(pwd)"', env={"GIVEN": "value"}, cwd="/usr")
    assert done["stdout"] == "value /usr\n"


def test_events_of_a_command_arrive_in_order(sandbox: Sandboxes) -> None:
    events = sandbox.call("stream", command="echo one; sleep 0.2; echo two")
    assert [event["type"] for event in events] == ["start", "stdout", "stdout", "complete"]
    assert [event["data"] for event in events if event["type"] == "stdout"] == ["one\n", "two\n"]


def test_files_are_written_and_read_and_errors_keep_their_names(sandbox: Sandboxes) -> None:
    content = "äöü\n" * 50_000
    sandbox.call("write", path="/tmp/file.txt", content=content)
    assert sandbox.call("read", path="/tmp/file.txt")["content"] == content
    with pytest.raises(AssertionError, match="FileNotFoundError"):
        sandbox.call("read", path="/tmp/absent")


def test_sessions_keep_their_own_directory_and_variables(sandbox: Sandboxes) -> None:
    for name in ("first", "second"):
        sandbox.call("session", id=name, env={"WHO": name}, cwd="/tmp")
    sandbox.call("inSession", id="first", command="cd /usr/bin && export WHO=changed")
    first = sandbox.call("inSession", id="first", command='echo "$WHO $(pwd)"')
    second = sandbox.call("inSession", id="second", command='echo "$WHO $(pwd)"')
    assert (first["stdout"], second["stdout"]) == ("changed /usr/bin\n", "second /tmp\n")


def test_processes_run_in_the_background_and_end(sandbox: Sandboxes) -> None:
    identifier = sandbox.call("start", command="echo began; sleep 600")["id"]
    eventually(lambda: "began" in sandbox.call("logs", id=identifier)["stdout"], what="its output")
    status = {process["id"]: process["status"] for process in sandbox.call("processes")}
    assert status[identifier] == "running"
    sandbox.call("kill", id=identifier)
    status = {process["id"]: process["status"] for process in sandbox.call("processes")}
    assert status[identifier] == "killed"


def test_an_exposed_port_has_an_address_of_its_own(sandbox: Sandboxes) -> None:
    sandbox.call("write", path="/tmp/site.txt", content="served")
    sandbox.call("start", command="cd /tmp && exec python3 -m http.server 8080", port=8080)
    host = urlsplit(sandbox.url).netloc
    exposed = urlsplit(sandbox.call("expose", port=8080, hostname=host)["url"])
    assert exposed.netloc.startswith("8080-one-")
    assert exposed.netloc.endswith(f".{host}")
    address = f"http://127.0.0.1:{exposed.port}/site.txt"
    assert request(address, headers={"Host": exposed.netloc}).text == "served"
    wrong = exposed.netloc.replace("8080-one-", "8080-one-x", 1)
    assert request(address, headers={"Host": wrong}).status == 404


async def test_a_terminal_has_its_size_and_takes_another(sandbox: Sandboxes) -> None:
    shown = b""

    async def see(socket: aiohttp.ClientWebSocketResponse, wanted: bytes) -> None:
        nonlocal shown
        async with asyncio.timeout(60):
            while wanted not in shown:
                message = await socket.receive()
                shown += message.data if message.type is aiohttp.WSMsgType.BINARY else b""

    url = f"{sandbox.url}/terminal?sandbox=one"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        await socket.send_bytes(b"stty size\n")
        await see(socket, b"30 90")
        await socket.send_str(json.dumps({"type": "resize", "cols": 120, "rows": 40}))
        await socket.send_bytes(b"stty size; tty\n")
        await see(socket, b"40 120")
        await see(socket, b"/dev/pts/")


def test_a_bucket_is_a_directory_in_both_directions(sandbox: Sandboxes) -> None:
    objects = f"{sandbox.url}/objects"
    assert request(f"{objects}/before.txt", method="PUT", body=b"from the Worker").status == 200
    sandbox.call("mount", path="/tmp/bucket")
    read = sandbox.call("exec", command="cat /tmp/bucket/before.txt")
    assert read["stdout"] == "from the Worker"

    def is_written() -> bool:
        # The SDK may look for changes only after the first one.
        sandbox.call("exec", command="echo from the container > /tmp/bucket/after.txt")
        return request(f"{objects}/after.txt").text == "from the container\n"

    eventually(is_written, what="the object of a file")
    sandbox.call("unmount", path="/tmp/bucket")


def test_another_sandbox_gets_the_one_place_when_it_is_given_up(sandbox: Sandboxes) -> None:
    sandbox.call("write", path="/tmp/of-one", content="x")
    sandbox.call("destroy")
    other = Sandboxes(sandbox.url, "two")

    def runs() -> bool:
        return other.call("exec", command="ls /tmp/of-one").get("exitCode") == 2

    eventually(runs, what="the other sandbox")
    other.call("destroy")
