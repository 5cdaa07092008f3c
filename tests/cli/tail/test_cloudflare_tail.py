"""`tail` of a Worker at Cloudflare: a tail that is created, a WebSocket that may break, and the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from pywrangler.cloudflare.products.tails import TailFilters
from tests.support.api import Api, Call, Says, refusal, result, serve
from tests.support.cli import run

REQUEST = {"request": {"method": "GET", "url": "https://w.example/one"}, "response": {"status": 200}}
EVENT = {"outcome": "ok", "eventTimestamp": 0, "event": REQUEST, "logs": [], "exceptions": []}


@dataclass
class Events:
    """A WebSocket server. Each connection gets the next list of messages; None at its end breaks it."""

    url: str
    scripts: list[list[Any]]
    first_messages: list[Any] = field(default_factory=list)
    protocols: list[str | None] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=("trace-v1",))
        await socket.prepare(request)
        self.protocols.append(socket.ws_protocol)
        self.first_messages.append(await socket.receive_json())
        for message in self.scripts.pop(0):
            if message is None:
                assert request.transport is not None
                request.transport.abort()
                return socket
            await socket.send_str(json.dumps(message))
        await socket.close()
        return socket


@contextlib.contextmanager
def events(*scripts: list[Any]) -> Iterator[Events]:
    """The server in a thread of its own."""
    loop = asyncio.new_event_loop()
    served = Events("", list(scripts))
    app = web.Application()
    app.router.add_get("/tail", served.handle)
    runner = web.AppRunner(app)
    loop.run_until_complete(runner.setup())
    site = web.TCPSite(runner, "127.0.0.1", 0)
    loop.run_until_complete(site.start())
    served.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/tail"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield served
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(runner.cleanup())
    loop.close()


@contextlib.contextmanager
def account(url: str) -> Iterator[Api]:
    """An account whose Worker `w` can be followed at `url`."""
    numbers = iter(range(1, 10))

    def answer(call: Call) -> Says:
        match call.method, call.path:
            case "POST", "/workers/scripts/w/tails":
                return result({"id": f"t{next(numbers)}", "url": url, "expires_at": "2026-11-29T00:00:00Z"})
            case "DELETE", _:
                return result(None)
        return refusal(404, 10007, "workers.api.error.script_not_found")

    with serve(answer) as api:
        yield api


def asked(api: Api) -> list[tuple[str, str]]:
    """Method and last part of the path of each request."""
    return [(call.method, call.path.rpartition("/")[2]) for call in api.calls]


def test_events_are_printed_until_cloudflare_ends_the_tail() -> None:
    with events([EVENT, {**EVENT, "outcome": "exception"}]) as served, account(served.url) as api:
        outcome = run("tail w --format json", environment=api.environment)
    assert outcome.status == 0, outcome.stderr
    assert [json.loads(line)["outcome"] for line in outcome.stdout.splitlines()] == ["ok", "exception"]
    assert (served.protocols, served.first_messages) == (["trace-v1"], [{"debug": False}])
    assert asked(api) == [("POST", "tails"), ("DELETE", "t1")]


def test_people_read_a_line_for_each_call() -> None:
    with events([EVENT]) as served, account(served.url) as api:
        outcome = run("tail w --format pretty", environment=api.environment)
    assert "GET https://w.example/one - ok 200" in outcome.stdout
    assert "Connected to w, waiting for events." in outcome.stderr


def test_a_connection_that_breaks_is_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywrangler.cloudflare.products.tails.WAITS_SECONDS", (0.01, 0.01))
    with events([EVENT, None], [EVENT]) as served, account(served.url) as api:
        outcome = run("tail w --format json", environment=api.environment)
    assert (outcome.status, len(outcome.stdout.splitlines())) == (0, 2), outcome.stderr
    assert "The connection is lost. Attempt 1 of 2" in outcome.stderr
    assert asked(api) == [("POST", "tails"), ("DELETE", "t1"), ("POST", "tails"), ("DELETE", "t2")]


def test_a_connection_that_cannot_be_opened_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywrangler.cloudflare.products.tails.WAITS_SECONDS", (0.01,))
    with account("ws://127.0.0.1:9/tail") as api:
        outcome = run("tail w --format json", environment=api.environment)
    assert outcome.status == 1
    assert "The connection to the events of `w` cannot be opened again" in outcome.stderr
    assert [method for method, _ in asked(api)] == ["POST", "DELETE"] * 2


def test_a_worker_that_does_not_exist_is_named() -> None:
    with account("ws://127.0.0.1:9/tail") as api:
        outcome = run("tail nothing", environment=api.environment)
    assert (outcome.status, "There is no Worker `nothing`." in outcome.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "filters"),
    [
        ("", []),
        (
            "--status ok --status error",
            [{"outcome": ["ok", "exception", "exceededCpu", "exceededMemory", "unknown"]}],
        ),
        ("--method get --method POST", [{"method": ["GET", "POST"]}]),
        (
            "--header X-A:b --ip self --ip 1.2.3.4",
            [{"header": {"key": "x-a", "query": "b"}}, {"client_ip": ["self", "1.2.3.4"]}],
        ),
        ("--header X-A --search text", [{"header": {"key": "x-a"}}, {"query": "text"}]),
        ("--sampling-rate 0.5 --version-id v", [{"sampling_rate": 0.5}, {"scriptVersion": "v"}]),
    ],
)
def test_options_become_filters(words: str, filters: Sequence[dict[str, Any]]) -> None:
    with events([]) as served, account(served.url) as api:
        assert run(f"tail w {words}", environment=api.environment).status == 0
    assert api.calls[0].json == {"filters": filters}


def test_a_status_is_named_once() -> None:
    assert TailFilters(["error", "error"]).as_json() == TailFilters(["error"]).as_json()
