"""Reading what workerd says, and keeping it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from pywrangler.local.workerd.failures import newest_supported_date
from pywrangler.local.workerd.logs import LogBook, parse_runtime_line, readable


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ('{"timestamp":1,"level":"log","message":"two\\nlines"}', ("stdout", "two\nlines", False)),
        ('{"timestamp":1,"level":"error","message":"oh"}', ("stderr", "oh", False)),
        ('{"level":"warn","message":"service worker: x","source":"a.rs:1"}', ("stderr", "x", True)),
        ('{"level":"log","message":"service worker: mine"}', ("stdout", "service worker: mine", False)),
        ("c.capnp:4:78-95: Couldn't read file", ("stderr", "c.capnp:4:78-95: Couldn't read file", True)),
        ('{"other": "json"}', ("stderr", '{"other": "json"}', True)),
        ("[1]", ("stderr", "[1]", True)),
    ],
)
def test_a_line_of_workerd_becomes_stream_text_and_speaker(raw: str, expected: tuple[str, str, bool]) -> None:
    assert parse_runtime_line(raw) == expected


def test_uncaught_exceptions_are_reported_without_places_in_the_runtimes_source() -> None:
    raw = "Uncaught exception: workerd/jsg/value.h:1456: failed: remote.jsg.Error: boom"
    assert readable(raw) == "Uncaught Error: boom"


CLASS = (
    'A DurableObjectNamespace in the config referenced the class "Box", but no such Durable Object class is '
    "exported from the worker. Please make sure the class name matches, it is exported, and so on."
)
NOT_PUBLIC = "e = rust/worker/ffi.rs:104: failed: connecting to localhost:1 is not allowed\nstack: /x@1 /x@2"


@pytest.mark.parametrize("prefix", ["", "service worker: "])
def test_what_the_user_can_act_on_is_reported_without_internals(prefix: str) -> None:
    raw = json.dumps({"level": "error", "message": prefix + CLASS, "source": "a.c++:1"})
    missing = parse_runtime_line(raw)
    assert missing.text == 'The Worker exports no Durable Object class "Box".'
    assert missing.is_missing_class
    assert not parse_runtime_line(json.dumps({"level": "error", "message": CLASS})).is_missing_class
    refused = readable(prefix + NOT_PUBLIC)
    assert "`localhost:1`" in refused
    assert "stack" not in refused


def test_what_workerd_wants_no_log_to_have_is_internal() -> None:
    message = "Uncaught exception: rust/worker/ffi.rs:104: failed: worker_do_not_log; Request failed"
    assert parse_runtime_line(json.dumps({"level": "error", "message": message, "source": "x"})).is_internal
    assert not parse_runtime_line(json.dumps({"level": "error", "message": message})).is_internal


def test_the_newest_compatibility_date_is_found_in_the_refusal() -> None:
    words = (
        'This Worker requires compatibility date "2027-03-01", '
        'but the newest date supported by this server binary is "2026-11-24".'
    )
    assert newest_supported_date(words) == "2026-11-24"
    assert newest_supported_date("Uncaught Error") is None


def test_the_log_is_private_and_its_tail_can_be_read(tmp_path: Path) -> None:
    book = LogBook(tmp_path / "worker.log", clock=lambda: 5.0)
    for number in range(5):
        book.add("stdout", f"line {number}")
    assert [(line.time, line.text) for line in book.tail(2)] == [(5.0, "line 3"), (5.0, "line 4")]
    assert (tmp_path / "worker.log").stat().st_mode & 0o777 == 0o600


def test_a_full_log_keeps_the_last_lines_and_a_bounded_size(tmp_path: Path) -> None:
    book = LogBook(tmp_path / "worker.log", max_bytes=1000)
    for number in range(500):
        book.add("stdout", f"line {number}")
    assert [line.text for line in book.tail(3)] == ["line 497", "line 498", "line 499"]
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2400


def test_a_line_cut_short_by_a_crash_is_skipped(tmp_path: Path) -> None:
    book = LogBook(tmp_path / "worker.log")
    book.add("stdout", "whole")
    with (tmp_path / "worker.log").open("a") as stream:
        stream.write('{"time": 1, "str')
    assert [line.text for line in book.tail(10)] == ["whole"]


async def test_a_follower_gets_the_tail_and_then_new_lines(tmp_path: Path) -> None:
    book = LogBook(tmp_path / "worker.log")
    book.add("stdout", "old")
    book.add("stdout", "before")
    lines = book.read(1, follow=True)
    assert (await anext(lines)).text == "before"
    asyncio.get_running_loop().call_soon(book.add, "stderr", "after")
    assert (await anext(lines)).text == "after"


async def test_a_closed_log_sends_its_followers_home(tmp_path: Path) -> None:
    book = LogBook(tmp_path / "worker.log")
    lines = book.read(1, follow=True)
    asyncio.get_running_loop().call_soon(book.close)
    assert [line async for line in lines] == []
