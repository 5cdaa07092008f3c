"""The way into a container: a port is asked for, held while the program starts, and refused with a reason."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pywrangler.local.gateway.ingress import _while_it_runs
from pywrangler.local.gateway.sidecars import INGRESS_PORT
from pywrangler.local.instances.records import InstanceState
from tests.local.gateway.world import Records
from tests.support.engine import FakeEngine, Program
from tests.support.ports import free_port
from tests.support.waiting import eventually_async
from tests.unit.gateway.bench import SETTINGS, Bench, opened

OPEN = b"HTTP/1.1 200 OK\r\n\r\n"


async def entrance(bench: Bench, number: int = 1) -> int:
    """The loopback port of the companion, as workerd asks for it."""
    await bench.call("POST", f"/containers/create?name={bench.name(number)}-proxy", {})
    status, body = await bench.call("GET", f"/containers/{bench.name(number)}-proxy/json")
    assert status == 200
    return int(body["NetworkSettings"]["Ports"][f"{INGRESS_PORT}/tcp"][0]["HostPort"])


async def say(port: int, request: bytes) -> bytes:
    """What the companion answers to a request, until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


async def connect(bench: Bench, port: int, number: int = 1) -> bytes:
    """The answer to a CONNECT to a port of the container, which gets no further."""
    return await say(await entrance(bench, number), f"CONNECT :{port} HTTP/1.1\r\n\r\n".encode())


@asynccontextmanager
async def listening(host: str, port: int) -> AsyncIterator[None]:
    """The program of a container: it answers everything with what it was told, in capitals."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data.upper())
        writer.close()

    async with await asyncio.start_server(serve, host, port):
        yield


def address(engine: FakeEngine) -> str:
    (container,) = engine.containers.values()
    return container.address


async def test_bytes_go_into_the_container_and_back_and_count_as_activity(
    home: Path, engine: FakeEngine, records: Records
) -> None:
    async with opened(home, engine, records, SETTINGS) as bench:
        await bench.run()
        before = bench.gateway.last_activity(bench.only().id)
        port = free_port()
        async with listening(address(engine), port):
            reader, writer = await asyncio.open_connection("127.0.0.1", await entrance(bench))
            writer.write(f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n".encode())
            assert await reader.readexactly(len(OPEN)) == OPEN
            writer.write(b"hello")
            assert await asyncio.wait_for(reader.readexactly(5), 10) == b"HELLO"
            writer.close()
        after = bench.gateway.last_activity(bench.only().id)
        assert before is not None
        assert after is not None
        assert after > before


async def test_a_connection_is_held_until_the_program_listens(bench: Bench, engine: FakeEngine) -> None:
    await bench.run()
    port = free_port()
    with bench.gateway.asked_ports(bench.name()) as asked:
        reader, writer = await asyncio.open_connection("127.0.0.1", await entrance(bench))
        writer.write(f"CONNECT :{port} HTTP/1.1\r\n\r\n".encode())

        async def is_asked() -> bool:
            return port in asked

        await eventually_async(is_asked, what="the question for the port")
        async with listening(address(engine), port):
            assert await asyncio.wait_for(reader.readexactly(len(OPEN)), 10) == OPEN
        writer.close()
    assert bench.gateway.refused_ports(bench.only().id) == frozenset()


async def test_a_port_that_stays_closed_is_said_to_be_closed(
    home: Path, engine: FakeEngine, records: Records
) -> None:
    async with opened(home, engine, records, replace(SETTINGS, hold_seconds=0.05)) as bench:
        await bench.run()
        port = free_port()
        answer = await connect(bench, port)
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"The container is not listening in the TCP address" in answer
        assert bench.gateway.refused_ports(bench.only().id) == {port}
        async with listening(address(engine), port):
            reader, writer = await asyncio.open_connection("127.0.0.1", await entrance(bench))
            writer.write(f"CONNECT :{port} HTTP/1.1\r\n\r\n".encode())
            assert await asyncio.wait_for(reader.readexactly(len(OPEN)), 10) == OPEN
            writer.close()
        assert bench.gateway.refused_ports(bench.only().id) == frozenset()


async def test_the_port_of_a_class_without_one_is_refused_at_once(bench: Bench) -> None:
    await bench.run()
    # Others are held for seconds, so this one would not be answered in time.
    async with asyncio.timeout(2):
        assert (await connect(bench, 33)).startswith(b"HTTP/1.1 503")


async def test_a_held_connection_ends_with_its_container(bench: Bench, engine: FakeEngine) -> None:
    container_id = await bench.run()
    port = free_port()
    with bench.gateway.asked_ports(bench.name()) as asked:
        connecting = asyncio.ensure_future(connect(bench, port))

        async def is_asked() -> bool:
            return port in asked

        await eventually_async(is_asked, what="the question for the port")
        engine.exit(container_id, 1)
        assert (await connecting).startswith(b"HTTP/1.1 503")


async def test_the_reason_of_a_refused_start_is_the_answer(bench: Bench) -> None:
    bench.change(max_instances=0)
    await bench.run()
    answer = await connect(bench, 8080)
    assert answer.startswith(b"HTTP/1.1 503")
    assert b"there is no container instance that can be provided" in answer


async def test_without_a_container_no_port_listens(bench: Bench) -> None:
    assert b"does not run" in await connect(bench, 8080)


@pytest.mark.parametrize(
    ("request_", "status", "words"),
    [
        (b"CONNECT nowhere HTTP/1.1\r\n\r\n", b"400", b"names no port"),
        (b"GET /other HTTP/1.1\r\n\r\n", b"501", b"GET /other is not offered here"),
        (b"GET /ca HTTP/1.1\r\n\r\n", b"200", b"no certificate"),
        (b"CONNECT :80 HTTP/1.1\r\nOrigin: http://evil.example\r\n\r\n", b"403", b"one Worker only"),
        (b"CONNECT :80 HTTP/1.1\r\nHost: evil.example\r\n\r\n", b"403", b"one Worker only"),
        (b"GET /ca HTTP/1.1\r\nSec-Fetch-Site: none\r\n\r\n", b"403", b"one Worker only"),
    ],
    ids=["no port", "unknown", "certificate", "a web page", "a rebound name", "a browser"],
)
async def test_what_else_is_asked_of_a_sidecar(
    bench: Bench, request_: bytes, status: bytes, words: bytes
) -> None:
    answer = await say(await entrance(bench), request_)
    assert answer.split()[1] == status
    assert words in answer


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whose connection it is")
async def test_another_program_is_turned_away(bench: Bench) -> None:
    source = (
        "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
        "s.sendall(b'GET /ca HTTP/1.1\\r\\n\\r\\n'); s.shutdown(socket.SHUT_WR); print(s.recv(1000))"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-S", "-c", source, str(await entrance(bench)), stdout=asyncio.subprocess.PIPE
    )
    assert b"403" in (await process.communicate())[0]


async def test_a_sidecar_goes_with_its_container_and_not_before(bench: Bench) -> None:
    proxy = f"/containers/{bench.name()}-proxy"
    assert (await bench.call("GET", f"{proxy}/json"))[0] == 404
    assert (await bench.call("DELETE", f"{proxy}?force=true"))[0] == 404
    port = await entrance(bench)
    assert (await bench.call("POST", f"{proxy}/start"))[0] == 204
    assert (await bench.call("POST", f"{proxy}/kill"))[0] == 204
    assert (await bench.call("POST", f"{proxy}/wait"))[0] == 404
    assert await entrance(bench) == port
    assert (await bench.call("DELETE", f"{proxy}?force=true"))[0] == 204
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_a_new_workerd_finds_the_sidecar_of_what_runs(
    home: Path, engine: FakeEngine, records: Records
) -> None:
    async with opened(home, engine, records, SETTINGS) as bench:
        await bench.run()
    async with opened(home, engine, records, SETTINGS) as bench:
        assert (await bench.call("GET", f"/containers/{bench.name()}-proxy/json"))[0] == 200
        assert (await bench.call("GET", f"/containers/{bench.name(2)}-proxy/json"))[0] == 404


async def test_traffic_from_outside_keeps_the_slot_of_a_bring_up(
    home: Path, engine: FakeEngine, records: Records
) -> None:
    calls = False

    async def is_called() -> bool:
        return calls

    async with opened(home, engine, records, SETTINGS, is_called=is_called) as bench:
        bench.change(max_instances=1)
        bench.ledger.expect_bring_up(f"{1:064x}")
        await bench.run()
        bench.ledger.bring_up_finished(f"{1:064x}")
        instance, port = bench.only(), free_port()
        async with listening(address(engine), port):
            reader, writer = await asyncio.open_connection("127.0.0.1", await entrance(bench))
            writer.write(f"CONNECT :{port} HTTP/1.1\r\n\r\n".encode())
            await reader.readexactly(len(OPEN))
            writer.write(b"the object to its own container")
            await reader.read(1000)
            assert bench.ledger.may_give_way(instance.id)

            calls = True

            async def is_used() -> bool:
                writer.write(b"a request of somebody")
                return not bench.ledger.may_give_way(instance.id)

            await eventually_async(is_used, what="the instance's use")
            writer.close()
        await bench.run(2)
        assert [each.id for each in bench.ledger.alive()] == [instance.id]


async def test_an_unused_bring_up_gives_its_slot_to_a_request(bench: Bench, engine: FakeEngine) -> None:
    bench.change(max_instances=1, image="deaf:1")
    engine.add_image("deaf:1", Program(ignores=frozenset({"SIGTERM", "15"})))
    bench.ledger.expect_bring_up(f"{1:064x}")
    first = await bench.run(1)
    bench.ledger.bring_up_finished(f"{1:064x}")
    second = await bench.run(2)
    assert list(engine.containers) == [second]
    gone, here = bench.records.load()
    assert (gone.container_id, gone.state, gone.reason) == (
        first,
        InstanceState.STOPPED,
        "gave its slot to a request",
    )
    assert here.state is InstanceState.RUNNING


async def test_a_canary_takes_no_slot_from_a_request(bench: Bench, engine: FakeEngine) -> None:
    bench.change(max_instances=1)
    bench.ledger.expect_canary(f"{1:064x}")
    await bench.run(1)
    await bench.run(2)
    assert len(engine.running()) == 2
    await bench.run(3)
    assert b"maximum number of running container instances (1)" in await connect(bench, 80, 3)


async def test_a_connection_that_comes_when_no_one_waits_any_more_is_closed() -> None:
    loop = asyncio.get_running_loop()
    container: Any = SimpleNamespace(exited=loop.create_future())
    inner, outer = socket.socketpair()

    async def connecting() -> socket.socket:
        loop.call_soon(waiting.cancel)
        return inner

    with outer:
        waiting = asyncio.create_task(_while_it_runs(container, connecting()))
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.sleep(0)
        assert inner.fileno() == -1
