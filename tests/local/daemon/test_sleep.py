"""A Worker that no one uses sleeps, and whatever needs it wakes it, with real `workerd`."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aiohttp
import pytest

from pywrangler.local.daemon.sleep.idleness import find_rest, holds_connection
from pywrangler.local.daemon.sleep.sleeper import IDLE_VARIABLE
from pywrangler.local.workerd.supervisor import Rest, RuntimeSupervisor
from tests.local.daemon.runtime import Bench
from tests.local.daemon.test_workerd import (
    COUNTER,
    COUNTER_BINDING,
    NAMED_OBJECTS,
    answering,
    ask,
    no_gateway,
    supervised,
)
from tests.local.daemon.uploads import Account
from tests.support.http import request
from tests.support.waiting import eventually, eventually_async

pytestmark = [
    pytest.mark.workerd,
    pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what a process does"),
]

ALARM = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async fetch(request) {
    const after = new URL(request.url).searchParams.get("after");
    if (after) await this.ctx.storage.setAlarm(Date.now() + Number(after));
    return new Response(await this.ctx.storage.get("rang") ?? "not yet");
  }
  async alarm() { await this.ctx.storage.put("rang", "rang"); }
}
export default { fetch: (request, env) => env.COUNTER.get(env.COUNTER.idFromName("one")).fetch(request) };
"""
WAITS = """
export default { async fetch(request, env, ctx) {
  if (env.KV) { ctx.waitUntil(env.KV.put("key", "value")); return new Response("begun"); }
  const [client, server] = Object.values(new WebSocketPair());
  server.accept();
  server.addEventListener("message", ({ data }) => server.send(data));
  return new Response(null, { status: 101, webSocket: client });
} };
"""


async def sleep(bench: Bench, supervisor: RuntimeSupervisor, *, needed: bool = False) -> bool:
    """Let it sleep if nothing keeps it awake."""
    return await supervisor.sleep(partial(find_rest, bench.spec("", "none")), lambda: needed)


async def falls_asleep(bench: Bench, supervisor: RuntimeSupervisor) -> None:
    """Returns when it sleeps: the connections of what was before end in their time."""
    await eventually_async(lambda: sleep(bench, supervisor), what="the sleep")


async def runs(supervisor: RuntimeSupervisor) -> bool:
    return supervisor.state == "running"


async def test_a_connection_wakes_it_and_finds_its_storage(bench: Bench) -> None:
    bench.classes = (COUNTER,)
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(NAMED_OBJECTS, bindings=(COUNTER_BINDING,)), no_gateway)
        for count in range(1, 4):
            assert await ask(f"{bench.url}/bob") == str(count)
            await falls_asleep(bench, supervisor)
            assert (supervisor.state, supervisor.pid, supervisor.is_alive) == ("sleeping", None, True)


async def test_a_caller_that_needs_it_wakes_it(bench: Bench) -> None:
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(answering("hi")), no_gateway)
        await falls_asleep(bench, supervisor)
        async with asyncio.timeout(10):
            await asyncio.gather(supervisor.ready(), supervisor.ready())
        assert (supervisor.state, supervisor.error) == ("running", None)
        assert not await sleep(bench, supervisor, needed=True)
        assert await ask(bench.url) == "hi", "what is suspended for a look continues"


async def test_another_version_or_the_end_may_come_while_it_sleeps(bench: Bench) -> None:
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(answering("one")), no_gateway)
        await falls_asleep(bench, supervisor)
        await supervisor.replace(bench.launch(answering("two"), "v2"), no_gateway)
        assert await ask(bench.url) == "two"
        await falls_asleep(bench, supervisor)
        await supervisor.stop()
        assert not supervisor.is_alive
        supervisor.wake()
        assert supervisor.pid is None, "it has ended for good"


async def is_connected(supervisor: RuntimeSupervisor) -> bool:
    return supervisor.pid is None or holds_connection(supervisor.pid)


async def test_open_connections_keep_it_awake(bench: Bench) -> None:
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(WAITS), no_gateway)
        async with aiohttp.ClientSession() as session, session.ws_connect(bench.url) as websocket:
            assert not await sleep(bench, supervisor)
            await websocket.send_str("still there")
            assert await websocket.receive_str() == "still there"

        async def is_alone() -> bool:
            return not await is_connected(supervisor)

        await eventually_async(is_alone, what="the end of the WebSocket")
        reader, writer = await asyncio.open_unix_connection(bench.directory / "p")
        await eventually_async(lambda: is_connected(supervisor), what="the connection")
        assert not await sleep(bench, supervisor), "another process calls it"
        writer.close()
        await falls_asleep(bench, supervisor)
        await supervisor.ready()
        del reader


async def test_work_that_goes_on_after_the_response_keeps_it_awake(bench: Bench) -> None:
    is_called, is_answered = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        is_called.set()
        await is_answered.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    values = await asyncio.start_unix_server(serve, bench.directory / "kv")
    async with values, supervised(bench) as supervisor:
        binding = {"type": "kv_namespace", "name": "KV", "namespace_id": "ab" * 16}
        await supervisor.replace(bench.launch(WAITS, bindings=(binding,)), no_gateway)
        assert await ask(bench.url) == "begun"
        await is_called.wait()
        assert not await sleep(bench, supervisor)
        is_answered.set()
        await falls_asleep(bench, supervisor)


async def test_an_alarm_wakes_it_and_one_that_is_near_keeps_it_awake(bench: Bench) -> None:
    bench.classes = (COUNTER,)
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(ALARM, bindings=(COUNTER_BINDING,)), no_gateway)
        assert await ask(f"{bench.url}/?after=1000") == "not yet"
        assert not await sleep(bench, supervisor)
        due = time.time() + 7
        assert await ask(f"{bench.url}/?after=7000") in ("not yet", "rang")
        await falls_asleep(bench, supervisor)
        assert time.time() < due
        # No request asks for it: the alarm alone does.
        await eventually_async(lambda: runs(supervisor), what="the start for the alarm")
        assert time.time() >= due - 0.1

        async def rang() -> bool:
            return await ask(bench.url) == "rang"

        await eventually_async(rang, what="the alarm")


async def test_a_cron_trigger_wakes_it_in_time(bench: Bench) -> None:
    crons = ("0 0 1 1 *",)
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(answering("hi"), crons=crons), no_gateway)
        spec, new_year = (
            bench.spec("", "none", crons=crons),
            datetime(time.gmtime().tm_year + 1, 1, 1, tzinfo=UTC),
        )

        async def rest() -> Rest | None:
            return await find_rest(spec, supervisor.pid or 0)

        assert await eventually_async(rest) == Rest(new_year.timestamp())


async def test_no_request_is_lost_while_it_falls_asleep_again_and_again(bench: Bench) -> None:
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(answering("hi")), no_gateway)
        slept = answered = 0
        is_over = asyncio.Event()

        async def hammer() -> None:
            nonlocal answered
            while not is_over.is_set():
                connector = aiohttp.TCPConnector(force_close=True)
                async with (
                    aiohttp.ClientSession(connector=connector) as session,
                    session.get(bench.url) as response,
                ):
                    assert (response.status, await response.text()) == (200, "hi")
                answered += 1
                await asyncio.sleep(0.01)  # so that there are moments without any connection

        async def is_answered() -> bool:
            return answered >= 10 or client.done()

        client = asyncio.create_task(hammer())
        async with asyncio.timeout(60):
            while slept < 10 and not client.done():
                await asyncio.sleep(0.001)  # the others have to run, too
                slept += await sleep(bench, supervisor)
            await eventually_async(is_answered, what="ten requests")  # it may sleep twice between two
        is_over.set()
        await client
    assert slept == 10
    assert answered >= 10


CALLER = """
export default { async fetch(request, env) {
  if (new URL(request.url).pathname === "/send") { await env.QUEUE.send("a message"); return new Response(); }
  return env.OTHER.fetch(request);
} };
"""
CALLED = """
import { DurableObject } from "cloudflare:workers";
export class Box extends DurableObject {
  note(text) { return this.ctx.storage.put("noted", text); }
  noted() { return this.ctx.storage.get("noted"); }
}
const box = (env) => env.BOX.get(env.BOX.idFromName("one"));
export default {
  async fetch(request, env) { return new Response(String(await box(env).noted())); },
  async queue(batch, env) { await box(env).note(batch.messages[0].body); },
  async scheduled(event, env) { await box(env).note(event.cron); },
};
"""


@pytest.fixture
def pair(account: Account, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Two Workers that sleep after a second: the first calls the second, and sends it messages."""
    monkeypatch.setenv(IDLE_VARIABLE, "1")
    account.platform.start()
    account.platform.call("queues", method="POST", body={"queue_name": "jobs"})
    box = {
        "bindings": [{"type": "durable_object_namespace", "name": "BOX", "class_name": "Box"}],
        "migrations": {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Box"]}]},
    }
    account.deploy("called", CALLED, **box)
    bindings = [
        {"type": "service", "name": "OTHER", "service": "called"},
        {"type": "queue", "name": "QUEUE", "queue_name": "jobs"},
    ]
    url = account.deploy("caller", CALLER, bindings=bindings)
    return {"account": account, "url": url}


def state(account: Account, name: str) -> str:
    return str(account.platform.call(f"local/workers/{name}")["state"])


def sleeps(account: Account, name: str) -> None:
    eventually(lambda: state(account, name) == "sleeping", what=f"the sleep of {name}")


def test_calls_of_workers_messages_and_cron_triggers_wake_workers(pair: dict[str, Any]) -> None:
    account, url = pair["account"], pair["url"]
    sleeps(account, "called")
    sleeps(account, "caller")
    assert request(url).text == "undefined", "one wakes the other"
    sleeps(account, "called")
    queue = account.platform.call("queues")[0]["queue_id"]
    consumer = {
        "type": "worker",
        "script_name": "called",
        "settings": {"batch_size": 1, "max_wait_time_ms": 0},
    }
    account.platform.call(f"queues/{queue}/consumers", method="POST", body=consumer)
    sleeps(account, "called")
    assert request(f"{url}/send").status == 200
    eventually(lambda: request(url).text == "a message", what="the message")
    account.platform.call("local/workers/called/trigger-cron", method="POST", body={"cron": "0 0 1 1 *"})
    assert request(url).text == "0 0 1 1 *"
