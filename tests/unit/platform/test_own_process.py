"""The platform in a process of its own, from its start to its end. Its runtime and its engine are small."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from pywrangler.local.client.finding import find
from pywrangler.local.client.starting import find_or_start
from pywrangler.local.client.stopping import stop
from pywrangler.local.processes import is_alive
from pywrangler.local.protocol import Status
from tests.local.daemon.uploads import Account
from tests.support.engine import FakeEngine, fake_engine
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.ports import free_port
from tests.support.waiting import eventually
from tests.support.workerd import write_workerd

T = TypeVar("T")


@dataclass
class Site:
    """A platform that starts when it is needed. What blocks runs beside the engine's event loop."""

    home: Path
    account: Account
    engine: FakeEngine

    async def do(self, call: Callable[..., T], *arguments: object) -> T:
        return await asyncio.to_thread(call, *arguments)

    async def deploy(self, source: str) -> str:
        return await self.do(self.account.deploy, "chat", source)

    async def get(self, url: str) -> str:
        return (await self.do(request, url)).text

    async def stop(self) -> bool:
        return await self.do(stop, os.environ)


@pytest.fixture
async def site(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    program = write_workerd(tmp_path / "workerd")
    monkeypatch.setenv("PYWRANGLER_WORKERD", str(program))
    monkeypatch.setenv("PYWRANGLER_ESBUILD", str(program))
    monkeypatch.setenv("PYWRANGLER_WORKER_PORT", str(free_port()))
    socket = home.with_suffix(".sock")
    monkeypatch.setenv("WRANGLER_DOCKER_HOST", f"unix://{socket}")
    async with fake_engine(socket) as engine:
        site = Site(home, Account(Platform(home)), engine)
        try:
            yield site
        finally:
            await site.stop()


@pytest.mark.slow
async def test_a_worker_answers_until_the_platform_stops_and_after_its_next_start(site: Site) -> None:
    url = await site.deploy("one")
    assert await site.get(url) == "one"
    first = Status.read(site.home)
    assert first is not None
    assert find(os.environ) == first
    assert await site.stop()
    assert Status.read(site.home) is None
    assert not await site.stop()

    second = await site.do(find_or_start, os.environ)
    assert (second.pid != first.pid, second.url) == (True, first.url)
    assert await site.get(url) == "one"


@pytest.mark.slow
async def test_after_a_kill_the_next_start_ends_what_was_left(site: Site) -> None:
    url = await site.deploy("one")
    (pid_file,) = site.home.glob("workers/*/workerd.pid")
    left = int(pid_file.read_text())
    await site.do(site.account.platform.kill)
    assert is_alive(left)
    await site.do(find_or_start, os.environ)
    assert await site.get(url) == "one"
    assert not is_alive(left)


async def test_it_continues_when_the_terminal_closes_and_ends_on_sigterm(site: Site) -> None:
    url = await site.deploy("one")
    status = site.account.platform.status
    os.kill(status.pid, signal.SIGHUP)
    assert await site.get(url) == "one"
    assert os.getsid(status.pid) == status.pid
    os.kill(status.pid, signal.SIGTERM)
    await site.do(lambda: eventually(lambda: not is_alive(status.pid), what="the platform's end"))
    assert Status.read(site.home) is None


async def test_starts_that_race_give_one_platform(site: Site) -> None:
    started = await asyncio.gather(*(site.do(find_or_start, os.environ) for _ in range(3)))
    assert len({status.pid for status in started}) == 1


async def test_code_that_throws_is_an_answer_with_its_words(site: Site) -> None:
    await site.deploy("one")
    answer = await site.do(site.account.upload, "chat", "throw at once")
    assert answer.status == 400
    assert "throw at once" in answer.text
