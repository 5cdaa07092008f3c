"""Events of `dev` as lines and as JSON, by value."""

from __future__ import annotations

import io
import json

from pywrangler.commands.dev.events import (
    DevEvent,
    EventType,
    as_json,
    as_lines,
    colour_of,
    container_event,
    is_repeated_exception,
    log_event,
)
from pywrangler.commands.dev.output import DevConsole, Output
from pywrangler.commands.tail.events import describe_call, is_inner_call
from pywrangler.console import Console, LogLevel
from pywrangler.errors import BuildError

REQUEST = {"request": {"method": "GET", "url": "http://localhost:1/a?b=1"}, "response": {"status": 200}}


def test_json_has_a_time_a_type_a_source_and_a_text() -> None:
    event = DevEvent(EventType.LOG, "hi", "web", 1795953650.25, {"stream": "stdout"})
    assert json.loads(as_json(event)) == {
        "time": "2026-11-29T12:00:50.250Z",
        "type": "log",
        "source": "web",
        "text": "hi",
        "stream": "stdout",
    }


def test_each_line_of_a_text_names_its_source() -> None:
    lines = list(as_lines(DevEvent(EventType.LOG, "\x1b[31mone\x1b[0m\ntwo\x07\n", "web", 1.0), 6))
    assert [(head[8:], text) for head, text in lines] == [(" web   ", "one"), (" web   ", r"two\x07")]


def test_sources_keep_their_colours() -> None:
    known: dict[str, str] = {}
    for source in ("dev", "web", "web-box/one", "web"):
        known.setdefault(source, colour_of(source, known))
    assert len(set(known.values())) == 3


def test_containers_are_named_by_application_and_object() -> None:
    line = {
        "time": "2026-11-29T12:00:50Z",
        "text": "up",
        "instance": "0123456789",
        "durable_object_id": None,
        "durable_object_name": None,
    }
    assert container_event(line, "web-box").source == "web-box/01234567"
    assert container_event({**line, "durable_object_name": "one"}, "web-box").source == "web-box/one"


def test_an_exception_is_shown_once_with_its_place() -> None:
    line = {"stream": "stderr", "text": "Uncaught RangeError: boom", "time": None}
    assert is_repeated_exception(line)
    assert not is_repeated_exception({**line, "stream": "stdout"})
    assert log_event({**line, "text": "x"}, "web").source == "web"
    thrown = {"name": "RangeError", "message": "boom", "stack": "    at fetch (src/index.js:3:4)"}
    event = {"outcome": "exception", "event": {"request": REQUEST["request"]}, "exceptions": [thrown]}
    assert describe_call(event) == "GET /a?b=1 exception\n  RangeError: boom\n    at fetch (src/index.js:3:4)"


def test_calls_of_objects_are_left_out_when_they_went_well() -> None:
    event = {"outcome": "ok", "event": REQUEST, "executionModel": "durableObject", "entrypoint": "Box"}
    assert is_inner_call(event)
    assert not is_inner_call({**event, "outcome": "exceededCpu"})
    assert not is_inner_call({**event, "executionModel": "stateless"})
    # An alarm that a new version interrupts is repeated.
    assert is_inner_call({**event, "outcome": "exception", "event": {"scheduledTime": "now"}})
    assert describe_call(event) == "GET /a?b=1 (Box) 200"


def shown(*, as_json: bool) -> tuple[io.StringIO, Output, DevConsole]:
    stream = io.StringIO()
    output = Output(stream, as_json=as_json, is_fancy=False, lost=lambda: None)
    like = Console(stdout=stream, stderr=stream, environment={}, as_json=as_json)
    return stream, output, DevConsole(output, LogLevel.LOG, like, stdout=stream, stderr=stream)


def test_a_warning_that_a_change_repeats_is_said_once() -> None:
    stream, _, console = shown(as_json=False)
    for text in ("careful", "careful", "new"):
        console.begin_change()
        console.warning(text)
    console.begin_change()
    console.warning("careful")
    assert [line[9:].split(maxsplit=1)[1] for line in stream.getvalue().splitlines()] == [
        "Warning: careful",
        "Warning: new",
        "Warning: careful",
    ]


def test_errors_are_events_with_their_parts() -> None:
    stream, _, console = shown(as_json=True)
    console.error(BuildError("No.", hint="Do.", detail="why", code="c"))
    (line,) = map(json.loads, stream.getvalue().splitlines())
    assert (line["type"], line["text"]) == ("error", "No.")
    assert line["error"] == {"code": "c", "message": "No.", "hint": "Do.", "detail": "why"}


def test_a_stream_that_is_gone_is_reported_once() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    lost: list[int] = []
    output = Output(Gone(), as_json=False, is_fancy=False, lost=lambda: lost.append(1))
    for _ in range(3):
        output.show(DevEvent(EventType.INFO, "x"))
    assert lost == [1]
