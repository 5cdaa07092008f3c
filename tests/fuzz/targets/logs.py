"""What programs write and clients show: output of containers, lines of `workerd`, stored logs, events."""

from __future__ import annotations

import contextlib
import json
import struct
from pathlib import Path

from pywrangler.commands.tail.events import (
    StatusFilter,
    Wanted,
    describe_call,
    is_inner_call,
    readable_event,
)
from pywrangler.console import visible_lines, without_colours
from pywrangler.engine.log_frames import split_frames
from pywrangler.local.daemon.logs.container_output import OutputReader
from pywrangler.local.workerd.logs import LogBook, parse_runtime_line
from pywrangler.local.workerd.source_maps import SourceMaps
from tests.fuzz.records import Read, Target

MAP = {"version": 3, "sources": ["src/index.ts"], "mappings": "AAAA;AACA,GAAG"}
WANTED = Wanted(
    statuses=(StatusFilter.OK,),
    methods=("GET",),
    text="x",
    header=("a", "b"),
    addresses=frozenset({"::1"}),
    version="v",
)


def open_output(_directory: Path) -> Read:
    """The engine's stream of a container's output."""

    def read(data: bytes) -> None:
        split_frames(data)
        whole, pieces = OutputReader(0.0), OutputReader(0.0)
        expected = [*whole.feed(data), *whole.finish()]
        size = 1 + len(data) // 7
        found = [line for at in range(0, len(data), size) for line in pieces.feed(data[at : at + size])]
        assert [*found, *pieces.finish()] == expected

    return read


def open_lines(directory: Path) -> Read:
    """Lines of `workerd`, and what a log keeps of them."""
    file, map_file = directory / "log", directory / "index.js.map"
    map_file.write_text(json.dumps(MAP))
    maps = SourceMaps({"index.js": map_file})

    def read(data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        line = parse_runtime_line(text)
        assert isinstance(line.text, str)
        assert isinstance(line.is_internal or line.is_missing_class, bool)
        translated = maps.translate(line.text)
        file.unlink(missing_ok=True)
        book = LogBook(file)
        book.add(line.stream, translated)
        (stored,) = book.tail(9)
        assert stored.stream == line.stream
        # A log that something else wrote into, or a crash cut.
        file.write_bytes(data)
        for each in book.tail(9):
            assert isinstance(each.time + 0, int | float)
            assert isinstance(each.text, str)

    return read


def open_maps(directory: Path) -> Read:
    """Source maps, which are part of uploads."""
    file = directory / "index.js.map"

    def read(data: bytes) -> None:
        file.write_bytes(data)
        maps = SourceMaps({"index.js": file})
        maps.translate("at index.js:1:1 (index.js:2:3) index.js:99999999999:0")

    return read


def open_events(_directory: Path) -> Read:
    """Events of a Worker, as the platform or Cloudflare sends them."""

    def read(data: bytes) -> None:
        with contextlib.suppress(ValueError, RecursionError):
            event = json.loads(data)
            if isinstance(event, dict):
                _show(event)

    return read


def _show(event: dict[str, object]) -> None:
    try:
        shown = readable_event(event), describe_call(event)
        is_inner_call(event)
        for wanted in (WANTED, Wanted(text="x"), Wanted(header=("a", ""))):
            wanted.accepts(event)
    except (ValueError, RecursionError) as error:
        raise AssertionError(f"it cannot be shown: {error!r}") from error
    for text in shown:
        visible_lines(without_colours(text))


def _frame(stream: int, text: str) -> bytes:
    data = text.encode()
    return struct.pack(">BxxxL", stream, len(data)) + data


OUTPUT = Target(
    "output",
    open_output,
    (
        _frame(1, "2026-11-30T06:00:00.123456789Z one\n") + _frame(2, "2026-11-30T06:00:01Z two\r\n"),
        _frame(1, "2026-11-30T06:00:00.1Z the beginning ") + _frame(1, "2026-11-30T06:00:00.1Z the end\n"),
        b"plain words\n",
    ),
    words=("\x01\x00\x00\x00", "2026-11-30T06:00:00Z ", "\x00\x00\x00\x05"),
)
LINES = Target(
    "lines",
    open_lines,
    (
        b'{"timestamp":1,"level":"error","message":"Uncaught Error: a\\n at index.js:2:4"}',
        b'{"level":"warning","source":"a.c++:1","message":"NOSENTRY a"}',
        b"service worker: Uncaught exception: a.c++:1: failed: remote.jsg.TypeError: b",
        b'{"time": 1.5, "stream": "stdout", "text": "one"}\n{"time": 2, "stream": "platform", "text": "two"}',
    ),
    words=('"message":', '"level":', '"time":', '"stream":', '"text":', "index.js:", ":1:1"),
)
MAPS = Target(
    "source-maps",
    open_maps,
    (json.dumps(MAP).encode(), json.dumps({**MAP, "names": [], "mappings": "AAAA,CAAC;;gGAAgG"}).encode()),
    words=('"mappings":', '"sources":', "AAAA", ";", "g" * 60),
)
EVENTS = Target(
    "events",
    open_events,
    tuple(
        json.dumps(event).encode()
        for event in (
            {
                "outcome": "ok",
                "scriptName": "w",
                "eventTimestamp": 1_790_000_000_000,
                "event": {
                    "request": {"url": "http://a/b?c", "method": "GET", "headers": {"a": "b"}},
                    "response": {"status": 200},
                },
                "logs": [{"level": "log", "message": ["x", {"a": [1]}], "timestamp": 1}],
                "exceptions": [{"name": "Error", "message": "x", "stack": " at a:1:1", "timestamp": 1}],
                "scriptVersion": {"id": "v"},
            },
            {"outcome": "exception", "event": {"cron": "* * * * *", "scheduledTime": 1}, "entrypoint": "E"},
            {"outcome": "canceled", "event": {"rpcMethod": "f"}, "executionModel": "durableObject"},
            {"event": {"scheduledTime": "2026-11-30"}, "eventTimestamp": None, "logs": None},
        )
    ),
    words=tuple(
        f'"{word}":'
        for word in (
            "outcome", "eventTimestamp", "event", "request", "url", "method", "headers", "response", "status",
            "logs", "level", "message", "exceptions", "name", "stack", "scriptVersion", "cron", "rpcMethod",
            "entrypoint", "scheduledTime", "executionModel",
        )
    ),
)  # fmt: skip
