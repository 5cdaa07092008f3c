"""Whatever comes on the socket that `workerd` takes for the Docker Engine: a response or an end, no traceback
in the log, and the next request is served.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fuzz.inputs import Maker
from tests.fuzz.servers.odd import TIMES
from tests.fuzz.servers.rest import Complaints
from tests.fuzz.table import kept_inputs
from tests.fuzz.targets.gateway import NAME, REQUESTS
from tests.local.gateway.world import Records, make_application
from tests.support.engine import fake_engine
from tests.support.runs.effort import examples
from tests.unit.gateway.bench import IMAGE, SETTINGS, Bench, opened

pytestmark = pytest.mark.slow  # thousands of inputs

INPUTS = 1500
SECONDS = 1.0
PING = b"GET /_ping HTTP/1.1\r\n\r\n"


@pytest.fixture
async def bench(home: Path) -> AsyncIterator[Bench]:
    """A gateway with a small engine, and one running container."""
    home.mkdir()  # noqa: ASYNC240 - a moment, before anything else runs
    async with fake_engine(home / "engine.sock") as engine:
        engine.add_image(IMAGE)
        records = Records({"Box": make_application("Box", IMAGE)})
        async with opened(home, engine, records, SETTINGS) as bench:
            await bench.run()
            yield bench


async def exchange(socket: Path, data: bytes) -> bytes:
    """What comes back. Fails if nothing does in time."""
    async with asyncio.timeout(SECONDS):
        reader, writer = await asyncio.open_unix_connection(socket)
        try:
            writer.write(data)
            writer.write_eof()
            return await reader.read()
        except ConnectionError:  # it was refused before all of it was sent
            return b""
        finally:
            writer.close()


async def test_no_request_is_a_fault(bench: Bench) -> None:
    socket, faults = bench.directory / "gateway.sock", list[str]()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: faults.append(str(context)))
    seeds = [data.replace(NAME.encode(), bench.name().encode()) for data in kept_inputs(REQUESTS)]
    maker = Maker(seeds, REQUESTS.words, 16 * 1024, 20261130 + TIMES)
    count = INPUTS * TIMES if TIMES else examples(INPUTS)
    # The small engine behind the gateway complains of what is passed on to it.
    with Complaints.noted_in(faults, besides="aiohttp.server"):
        for _ in range(count):
            data = maker.make()
            answer = await exchange(socket, data)
            assert not answer or answer.startswith(b"HTTP/1."), (data[:500], answer[:200])
            assert not faults, (data[:500], faults)
    assert (await exchange(socket, PING)).endswith(b"OK")
