"""workerd as a process: start, errors, replacement without a refused connection, restart after a crash."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from pywrangler.local.workerd.failures import WorkerdStartError, newest_supported_date
from pywrangler.local.workerd.leftovers import end_leftovers
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.names import read_durable_object_names
from pywrangler.local.workerd.process import WorkerdProcess
from pywrangler.local.workerd.records import DurableObjectClass
from pywrangler.local.workerd.supervisor import RuntimeSupervisor
from pywrangler.sensitive import Sensitive
from tests.local.daemon.runtime import Bench
from tests.support.waiting import eventually_async

pytestmark = pytest.mark.workerd


def answering(text: str) -> str:
    """A Worker that answers `text`."""
    return f'export default {{ fetch: () => new Response("{text}") }};'


NAMED_OBJECTS = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  constructor(ctx, env) { super(ctx, env); ctx.storage.setAlarm(Date.now() + 3600_000); }
  async fetch() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return new Response(String(count));
  }
  alarm() {}
}
export default { fetch: (request, env) =>
  env.COUNTER.get(env.COUNTER.idFromName(new URL(request.url).pathname.slice(1))).fetch(request) };
"""
COUNTER = DurableObjectClass("Counter", "ab" * 16, has_sql=True, has_container=False)
COUNTER_BINDING = {"type": "durable_object_namespace", "name": "COUNTER", "class_name": "Counter"}


@asynccontextmanager
async def no_gateway() -> AsyncIterator[None]:
    """A planned restart of a Worker without containers."""
    yield


@asynccontextmanager
async def supervised(bench: Bench) -> AsyncIterator[RuntimeSupervisor]:
    """A supervisor that is stopped afterwards."""
    supervisor = RuntimeSupervisor(LogBook(bench.directory / "worker.log"))
    try:
        yield supervisor
    finally:
        await supervisor.stop()


async def _is_last(answers: list[str], text: str) -> bool:
    return answers[-1:] == [text]


async def ask(url: str) -> str:
    async with aiohttp.request("GET", url) as response:
        return await response.text()


async def test_it_accepts_requests_when_start_returns(bench: Bench) -> None:
    process = await WorkerdProcess.start(bench.launch(answering("hi")), LogBook(bench.directory / "l"))
    try:
        assert await ask(bench.url) == "hi"
    finally:
        await process.stop()
    assert not (bench.directory / "workerd.pid").exists()


async def test_bindings_of_every_kind_reach_the_worker(bench: Bench) -> None:
    script = """export default { async fetch(request, env) { return Response.json({
      text: env.TEXT, json: env.JSON, secret: env.SECRET, self: await env.SELF.hello() }); } };
    import { WorkerEntrypoint } from "cloudflare:workers";
    export class Other extends WorkerEntrypoint { hello() { return this.ctx.props.greeting; } };"""
    launch = bench.launch(
        script,
        bindings=(
            {"type": "plain_text", "name": "TEXT", "text": 'a"b\\c\nd\x01é😀'},
            {"type": "json", "name": "JSON", "json": {"a": [1, None]}},
            {"type": "secret_text", "name": "SECRET"},
            {
                "type": "service",
                "name": "SELF",
                "service": "bench",
                "entrypoint": "Other",
                "props": {"greeting": "hello"},
            },
        ),
        secrets={"SECRET": Sensitive("line 1\nline 2")},
    )
    async with supervised(bench) as supervisor:
        await supervisor.replace(launch, no_gateway)
        async with aiohttp.request("GET", bench.url) as response:
            assert await response.json() == {
                "text": 'a"b\\c\nd\x01é😀',
                "json": {"a": [1, None]},
                "secret": "line 1\nline 2",
                "self": "hello",
            }
    assert (bench.directory / "workerd.capnp").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('throw new Error("at start")', "Uncaught Error: at start\n  at index.js:1:7"),
        ("const x = ;", "Uncaught SyntaxError: Unexpected token ';'"),
        ('import "nope"; export default {}', 'No such module "nope"'),
    ],
)
async def test_code_that_does_not_load_is_an_error_in_the_runtimes_words(
    bench: Bench, script: str, words: str
) -> None:
    with pytest.raises(WorkerdStartError) as caught:
        await WorkerdProcess.start(bench.launch(script), LogBook(bench.directory / "l"))
    assert caught.value.message == "version v1 did not start."
    assert words in (caught.value.detail or "")
    assert not (bench.directory / "workerd.pid").exists()


async def test_code_that_throws_lacks_no_class(bench: Bench) -> None:
    """The class is exported, and not known since the code did not run to its end."""
    script = 'throw new Error("boom"); export class Counter {} export default {}'
    bench.classes = (COUNTER,)
    log = LogBook(bench.directory / "l")
    with pytest.raises(WorkerdStartError) as caught:
        await WorkerdProcess.start(bench.launch(script), log)
    assert "boom" in (caught.value.detail or "")
    for text in (caught.value.detail or "", *(line.text for line in log.tail(None))):
        assert "Counter" not in text


async def test_a_compatibility_date_beyond_the_runtime_is_recognised(bench: Bench) -> None:
    launch = bench.launch(answering("x"), compatibility_date="2999-01-01")
    with pytest.raises(WorkerdStartError) as caught:
        await WorkerdProcess.start(launch, LogBook(bench.directory / "l"))
    assert newest_supported_date(caught.value.detail or "")


async def test_a_runtime_that_is_not_there_is_named(bench: Bench) -> None:
    launch = replace(bench.launch(answering("x")), binary=Path("/nowhere/workerd"))
    with pytest.raises(WorkerdStartError, match="/nowhere/workerd"):
        await WorkerdProcess.start(launch, LogBook(bench.directory / "l"))


async def test_console_lines_reach_the_log_whole(bench: Bench) -> None:
    script = """export default { fetch() {
      console.log("two\\nlines", { a: 1 }); console.error("x".repeat(200000)); return new Response(); } };"""
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(script), no_gateway)
        await ask(bench.url)
    lines = LogBook(bench.directory / "worker.log").tail(10)
    assert [(line.stream, line.text) for line in lines] == [
        ("stdout", "two\nlines { a: 1 }"),
        ("stderr", "x" * 200000),
    ]


async def test_a_new_version_replaces_the_old_one_without_a_refused_connection(bench: Bench) -> None:
    answers: list[str] = []
    is_over = asyncio.Event()

    async def hammer() -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
            while not is_over.is_set():
                async with session.get(bench.url) as response:
                    answers.append(await response.text())

    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(answering("0"), "v0"), no_gateway)
        clients = [asyncio.create_task(hammer()) for _ in range(3)]
        for number in range(1, 5):
            await supervisor.replace(bench.launch(answering(str(number)), f"v{number}"), no_gateway)
            await eventually_async(lambda text=str(number): _is_last(answers, text))
        is_over.set()
        await asyncio.gather(*clients)
    # No version came back, and none failed: a refused connection would have ended its client.
    assert answers == sorted(answers)


async def test_a_version_that_does_not_start_leaves_the_one_before(bench: Bench) -> None:
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(answering("good"), "v1"), no_gateway)
        with pytest.raises(WorkerdStartError):
            await supervisor.replace(bench.launch("throw 1", "v2"), no_gateway)
        assert await ask(bench.url) == "good"
        assert (supervisor.state, supervisor.error) == ("running", None)


async def test_a_killed_runtime_is_started_again_with_its_storage(bench: Bench) -> None:
    bench.classes = (COUNTER,)
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(NAMED_OBJECTS, bindings=(COUNTER_BINDING,)), no_gateway)
        assert await ask(f"{bench.url}/bob") == "1"
        assert supervisor.pid is not None
        os.kill(supervisor.pid, signal.SIGKILL)
        # The connection waits in the listening socket until the next workerd takes it.
        assert await ask(f"{bench.url}/bob") == "2"
        assert (supervisor.state, supervisor.error) == ("running", None)
    assert "workerd ended with status -9. It is started again." in [
        line.text for line in LogBook(bench.directory / "worker.log").tail(50)
    ]


async def test_a_runtime_whose_files_cannot_be_written_is_tried_again(bench: Bench) -> None:
    launch = bench.launch(answering("hi"))
    async with supervised(bench) as supervisor:
        await supervisor.replace(launch, no_gateway)
        launch.config_file.unlink()
        launch.config_file.mkdir()  # in its place, which no user may write
        assert supervisor.pid is not None
        os.kill(supervisor.pid, signal.SIGKILL)
        async with asyncio.timeout(20), aiohttp.request("GET", bench.url) as response:
            assert response.status == 503
            assert "Is a directory" in await response.text()
        launch.config_file.rmdir()
        await supervisor_runs(supervisor)
        assert await ask(bench.url) == "hi"


async def test_names_of_durable_objects_are_read_while_workerd_uses_them(bench: Bench) -> None:
    bench.classes = (COUNTER,)
    storage, namespace = bench.directory / "do", COUNTER.namespace_id
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(NAMED_OBJECTS, bindings=(COUNTER_BINDING,)), no_gateway)
        await ask(f"{bench.url}/bob")
        await ask(f"{bench.url}/eve")
        names = read_durable_object_names(storage, namespace)
    assert sorted(names.values()) == ["bob", "eve"]
    assert all(len(identifier) == 64 for identifier in names)
    assert sorted(read_durable_object_names(storage, namespace).values()) == ["bob", "eve"]


def test_names_are_empty_where_there_is_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "metadata.sqlite").write_text("not a database")
    assert read_durable_object_names(tmp_path, "broken") == {}
    assert read_durable_object_names(tmp_path, "gone") == {}


async def test_a_leftover_of_a_former_life_is_ended(bench: Bench) -> None:
    launch = bench.launch(answering("old"))
    process = await WorkerdProcess.start(launch, LogBook(bench.directory / "l"))
    assert await asyncio.to_thread(end_leftovers, bench.directory) == [launch.config_file]
    assert await process.wait() == -signal.SIGKILL


def test_a_process_that_only_has_the_same_id_is_left_alone(tmp_path: Path) -> None:
    pid_file = tmp_path / "workerd.pid"
    pid_file.write_text(str(os.getpid()))
    assert end_leftovers(tmp_path.parent) == []
    assert not pid_file.exists()


async def test_while_it_does_not_start_clients_get_the_reason_and_it_is_tried_again(bench: Bench) -> None:
    broken, wrapper = bench.directory / "broken", bench.directory / "wrapper"
    first = bench.launch(answering("hi"))
    wrapper.write_text(f'#!/bin/sh\n[ -e {broken} ] && exit 1\nexec {first.binary} "$@"\n')
    wrapper.chmod(0o755)
    launch = replace(first, binary=wrapper)
    async with supervised(bench) as supervisor:
        await supervisor.replace(launch, no_gateway)
        broken.touch()
        assert supervisor.pid is not None
        os.kill(supervisor.pid, signal.SIGKILL)
        async with asyncio.timeout(20), aiohttp.request("GET", bench.url) as response:
            assert response.status == 503
            assert "did not start. It is started again." in await response.text()
        with pytest.raises(WorkerdStartError):
            await supervisor.replace(launch, no_gateway)
        async with asyncio.timeout(20), aiohttp.request("POST", bench.url, data=b"x" * 100_000) as response:
            assert response.status == 503
        broken.unlink()
        await supervisor_runs(supervisor)
        assert await ask(bench.url) == "hi"


async def supervisor_runs(supervisor: RuntimeSupervisor) -> None:
    """Returns when the runtime runs again."""

    async def runs() -> bool:
        return supervisor.state == "running"

    await eventually_async(runs, what="the next start")


async def test_code_that_never_ends_its_start_is_refused_soon(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pywrangler.local.workerd.process.START_CPU_SECONDS", 1.0)
    async with supervised(bench) as supervisor:
        await supervisor.replace(bench.launch(answering("hi")), no_gateway)
        with pytest.raises(WorkerdStartError, match="had not ended its start"):
            await supervisor.replace(bench.launch("while (true) {}", "v2"), no_gateway)
        assert await ask(bench.url) == "hi", "the version before is back"
