"""The examples, as their read-me files describe them, on one platform for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from pywrangler.local.gateway.outbound.firewall import find_firewall
from pywrangler.toolchain import Toolchain
from tests.conftest import running_in
from tests.support.command import Cli
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import EXAMPLES, copy_example
from tests.support.readme import follow

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

WITH_MORE = ("cron-job", "hello", "sessions", "websocket")
"""Examples whose read-me file is followed by a test that continues from there."""
OTHERS = sorted({file.parent.name for file in EXAMPLES.glob("*/README.md")} - {*WITH_MORE})
NEEDS_FIREWALL = pytest.mark.skipif(find_firewall() is None, reason="needs root on Linux, and iptables")
NEEDS_FUSE = pytest.mark.skipif(not Path("/dev/fuse").exists(), reason="this machine has no FUSE")
MARKS = {
    "egress": NEEDS_FIREWALL,
    "lifecycle": pytest.mark.slow,
    "load-balancing": pytest.mark.slow,
    "r2-fuse": (NEEDS_FUSE, pytest.mark.slow),  # its image has Debian's packages
}


@pytest.fixture(scope="module")
def platform_of_all(short_directory: Path, toolchain: Toolchain, node_modules: Path) -> Iterator[Platform]:
    """The platform of this module's tests: an example leaves nothing in it that another one would see."""
    with running_in(short_directory / "examples", toolchain) as platform:
        platform.start()
        yield platform


@pytest.fixture
def platform(platform_of_all: Platform, home: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv("PYWRANGLER_HOME", str(platform_of_all.home))
    return platform_of_all


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path, platform: Platform) -> Iterator[Cli]:
    """`pywrangler` in a copy of the example that the test names, whose Workers are deleted in the end."""
    cli = Cli(copy_example(request.param, tmp_path / request.param).directory)
    yield cli
    for worker in platform.call("workers/scripts"):
        cli.run("delete", worker["id"], "--force", "--cwd", str(tmp_path)).check()
    cli.run("local", "prune").check()  # the names of its images
    assert platform.containers() == []


@pytest.mark.parametrize(
    "example", [pytest.param(name, marks=MARKS.get(name, ())) for name in OTHERS], indirect=True
)
def test_what_the_read_me_file_says_comes_true(example: Cli) -> None:
    follow(example.directory)


@pytest.mark.parametrize("example", ["hello"], indirect=True)
def test_hello_says_what_is_changed_in_it(example: Cli, platform: Platform) -> None:
    follow(example.directory)
    url = platform.worker_url("hello")
    worker = example.directory / "src" / "index.ts"
    worker.write_text(worker.read_text().replace("Hello from a container!", "Good morning!"))
    example.run("deploy").check()
    assert request(url).text.startswith("Hello from a container!"), "an instance keeps its variables"
    example.run("containers", "delete", "hello-hellocontainer", "-y").check()
    example.run("deploy").check()
    assert request(url).text.startswith("Good morning!")


@pytest.mark.parametrize("example", ["sessions"], indirect=True)
def test_a_deploy_needs_no_place_in_a_pool_that_is_full(example: Cli) -> None:
    follow(example.directory)
    example.run("deploy").check()


@pytest.mark.parametrize("example", ["cron-job"], indirect=True)
def test_a_job_that_is_done_at_once_has_started_all_the_same(example: Cli) -> None:
    follow(example.directory)
    for _ in range(4):
        example.run("local", "trigger-cron", "cron-job", "--cron", "0 4 1 * *").check()


@pytest.mark.parametrize("example", ["websocket"], indirect=True)
async def test_what_one_visitor_says_all_in_the_room_hear(example: Cli, platform: Platform) -> None:
    await asyncio.to_thread(follow, example.directory)
    url = platform.worker_url("websocket")
    assert "<title>Chat</title>" in request(f"{url}/rooms/ada").text
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}/rooms/ada") as ada,
        session.ws_connect(f"{url}/rooms/ada") as visitor,
        session.ws_connect(f"{url}/rooms/grace") as elsewhere,
    ):
        for text in ("good morning", "long " * 100):
            await visitor.send_str(text)
            assert [await ada.receive_str(), await visitor.receive_str()] == [text, text]
        await elsewhere.send_str("nobody here")
        assert await elsewhere.receive_str() == "nobody here"
