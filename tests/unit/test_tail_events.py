"""Which events of a Worker are shown, and how people read them."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.cloudflare.products.tails import read_event
from pywrangler.commands.tail.events import (
    StatusFilter,
    Wanted,
    client_addresses,
    describe_call,
    parse_header,
    readable_event,
)
from pywrangler.console import local_moment

REQUEST = {"request": {"method": "GET", "url": "http://localhost:8787/a"}, "response": {"status": 200}}
MOMENT = 1_795_420_800_500
AT = local_moment(MOMENT / 1000)


def an_event(**changes: Any) -> dict[str, Any]:
    fields = {"outcome": "ok", "eventTimestamp": MOMENT, "event": REQUEST, "logs": [], "exceptions": []}
    return fields | changes


def a_throw(**thrown: Any) -> dict[str, Any]:
    """An event as workerd has it of a cron trigger that threw."""
    return an_event(event={"cron": "* * * * *"}, outcome="exception", exceptions=[thrown])


def with_heading(lines: str) -> str:
    return lines if lines.startswith(AT) else f'{AT} cron "* * * * *" - exception\n  {lines}'


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (an_event(), f"{AT} GET http://localhost:8787/a - ok 200"),
        (an_event(entrypoint="Box"), f"{AT} GET http://localhost:8787/a (Box) - ok 200"),
        (an_event(event={"cron": "* * * * *", "scheduledTime": 1}), f'{AT} cron "* * * * *" - ok'),
        (an_event(event={"scheduledTime": 1}, entrypoint="Box"), f"{AT} alarm of Box - ok"),
        (an_event(event={"rpcMethod": "add"}), f"{AT} default.add() - ok"),
        (an_event(event=None, entrypoint="Box", outcome="canceled"), f"{AT} Box - canceled"),
        (
            an_event(
                outcome="exception",
                event={"request": {"method": "GET", "url": "http://a/"}},
                logs=[{"level": "warn", "message": ["two", {"a": 1}]}],
                exceptions=[{"name": "TypeError", "message": "no", "stack": "TypeError: no\n    at x"}],
            ),
            f'{AT} GET http://a/ - exception\n  (warn) two {{"a": 1}}\n  TypeError: no\n        at x',
        ),
        (
            a_throw(name="Error", message="boom", stack="    at Object.fetch (index.js:3:11)"),
            "Error: boom\n        at Object.fetch (index.js:3:11)",
        ),
        (
            a_throw(name="Error", message="two\nlines", stack="    at x"),
            "Error: two\n    lines\n        at x",
        ),
        (a_throw(name="Error", message="boom"), "Error: boom"),
        (a_throw(name="Error", message="", stack="    at x"), "Error\n        at x"),
        (a_throw(name="Error", message="at x", stack="Error: at x\n    at y"), "Error: at x\n        at y"),
        (a_throw(name="Error", message="x", stack="    at x"), "Error: x\n        at x"),
        (a_throw(message="a text that was thrown"), "a text that was thrown"),
        (a_throw(stack="    at x"), "    at x"),
        (a_throw(), "an exception without a message"),
    ],
)
def test_events_as_people_read_them(event: dict[str, Any], text: str) -> None:
    assert readable_event(event) == with_heading(text)


def test_which_events_are_wanted() -> None:
    fine, cut = an_event(), an_event(outcome="canceled")
    failed = an_event(outcome="exceededCpu", exceptions=[{"name": "Error", "message": "too long"}])
    logged = an_event(event={"rpcMethod": "add"}, logs=[{"level": "log", "message": ["needle"]}])

    def shown(wanted: Wanted) -> list[dict[str, Any]]:
        return [event for event in (fine, cut, failed, logged) if wanted.accepts(event)]

    assert shown(Wanted()) == [fine, cut, failed, logged]
    assert shown(Wanted(statuses=[StatusFilter.ERROR, StatusFilter.CANCELED])) == [cut, failed]
    assert shown(Wanted(methods=["GET"], statuses=[StatusFilter.OK])) == [fine]
    assert shown(Wanted(text="needle")) == [logged]
    assert shown(Wanted(text="too long")) == [failed]
    placed = a_throw(name="Error", message="boom", stack="    at Object.fetch (src/index.ts:3:11)")
    for words in ("boom", "Error: boom", "src/index.ts:3"):
        assert Wanted(text=words).accepts(placed)


def test_requests_are_chosen_by_header_address_and_version() -> None:
    headers = {"x-a": "b, c", "cf-connecting-ip": "127.0.0.1"}
    own = an_event(event={"request": {"method": "GET", "headers": headers}}, scriptVersion={"id": "v1"})
    foreign = an_event(event={"request": {"headers": {"cf-connecting-ip": "192.0.2.7"}}})
    bare = an_event(event={"rpcMethod": "add"})

    def shown(**wanted: Any) -> list[dict[str, Any]]:
        return [event for event in (own, foreign, bare) if Wanted(**wanted).accepts(event)]

    assert shown(header=parse_header("x-a")) == [own]
    assert shown(header=parse_header("X-A: c")) == [own]
    assert shown(header=parse_header("x-a:d")) == []
    assert shown(addresses=client_addresses(["self"])) == [own]
    assert shown(addresses=client_addresses(["self", "192.0.2.7"])) == [own, foreign]
    assert shown(addresses=client_addresses(["192.0.2.8"])) == []
    assert shown(version="v1") == [own]
    assert shown(version="0") == []


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": {}},
        {"eventTimestamp": 10**400},
        {"eventTimestamp": 10**20},
        {"eventTimestamp": "soon"},
        {"event": 5},
        {"event": {"request": {"url": "http://a[/b"}}},
        {"logs": {"message": 1}, "exceptions": "x"},
        {"logs": [1, None], "exceptions": [[]]},
    ],
)
def test_an_event_of_another_form_is_shown_all_the_same(changes: dict[str, Any]) -> None:
    event = an_event(**changes)
    assert readable_event(event)
    assert describe_call(event)
    assert Wanted(statuses=(StatusFilter.ERROR,), text="x").accepts(event) is False


@pytest.mark.parametrize("message", ["[" * 100_000, b"\xff", "[]", ""])
def test_a_message_without_an_event_is_none(message: str | bytes) -> None:
    assert read_event(message) is None
