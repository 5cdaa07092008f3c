"""What `dev` shows: events, as lines for people and as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pywrangler.console import visible_line, visible_lines, without_colours
from pywrangler.dataclass import dataclass

OWN = "dev"
"""The source of what `dev` itself says."""
COLOURS = ("cyan", "magenta", "blue", "bright_green", "bright_yellow", "bright_cyan", "bright_magenta")


class EventType(StrEnum):
    """The kinds of events, as `--json` calls them."""

    READY = "ready"
    """The Worker answers, for the first time or with a change."""
    CHANGE = "change"
    STEP = "step"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    LOG = "log"
    """A line that the Worker wrote, or the platform about it."""
    REQUEST = "request"
    """A call that the Worker handled, with what it threw."""
    CONTAINER = "container"
    """A line that a container wrote."""
    END = "end"


@dataclass(frozen=True)
class DevEvent:
    """One thing to show. `fields` are further members of its JSON."""

    type: EventType
    text: str
    source: str = OWN
    time: float = 0.0
    """In seconds since the epoch."""
    fields: Mapping[str, Any] = field(default_factory=dict)


def as_json(event: DevEvent) -> str:
    """The event as one line of JSON."""
    moment = datetime.fromtimestamp(event.time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    whole = {"time": moment, "type": event.type.value, "source": event.source, "text": event.text}
    return json.dumps({**whole, **event.fields}, ensure_ascii=False)


def as_lines(event: DevEvent, width: int) -> Iterator[tuple[str, str]]:
    """The event as lines of time with source, and text; the source takes at least `width` cells."""
    moment = datetime.fromtimestamp(event.time).astimezone().strftime("%H:%M:%S")
    head = f"{moment} {visible_line(event.source):{width}}"
    text = visible_lines(without_colours(event.text)).rstrip("\n")
    for line in text.split("\n"):
        yield head, line


def colour_of(source: str, known: Mapping[str, str]) -> str:
    """The colour of a source: the one that it has, or the next that few others have."""
    return known.get(source) or COLOURS[len(known) % len(COLOURS)]


def log_event(line: Mapping[str, Any], worker: str) -> DevEvent:
    """A line of the Worker's log."""
    stream = str(line.get("stream", ""))
    return DevEvent(EventType.LOG, str(line["text"]), worker, _seconds(line.get("time")), {"stream": stream})


def is_repeated_exception(line: Mapping[str, Any]) -> bool:
    """Whether a line of the log names what the event of its call also has, with the place."""
    return line.get("stream") == "stderr" and str(line.get("text", "")).startswith("Uncaught ")


def container_event(line: Mapping[str, Any], application: str) -> DevEvent:
    """A line of a container's output."""
    from pywrangler.cloudflare.products.container_logs import owner_of_line

    names = ("instance", "durable_object_id", "durable_object_name", "stream")
    fields = {"application": application} | {name: line.get(name) for name in names}
    source = f"{application}/{owner_of_line(line)}"
    return DevEvent(EventType.CONTAINER, str(line["text"]), source, _seconds(line.get("time")), fields)


def request_event(event: Mapping[str, Any], text: str, worker: str) -> DevEvent:
    """A call that the Worker handled; `text` is how people read it."""
    moment = float(event.get("eventTimestamp") or 0) / 1000
    return DevEvent(EventType.REQUEST, text, worker, moment, {"event": dict(event)})


def _seconds(text: object) -> float:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return 0.0
