"""Events of a Worker: which of them to show, and how to print them for people. Pure.

Their fields are those that tail workers get, which Wrangler (4.164) prints as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from pywrangler.console import local_moment, visible_line
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

Event = Mapping[str, Any]


class StatusFilter(StrEnum):
    """The outcome of a call, in the words of Wrangler's option."""

    OK = "ok"
    ERROR = "error"
    CANCELED = "canceled"


OUTCOMES = {
    "ok": StatusFilter.OK,
    "canceled": StatusFilter.CANCELED,
    "responseStreamDisconnected": StatusFilter.CANCELED,
}
"""The outcomes of workerd that are not errors."""


CLIENT_ADDRESS = "cf-connecting-ip"
THIS_MACHINE = frozenset({"127.0.0.1", "::1"})
"""What `self` means among addresses: the local platform listens on loopback only."""


@dataclass(frozen=True)
class Wanted:
    """The filters of events; an empty one lets all pass."""

    statuses: Sequence[StatusFilter] = ()
    methods: Sequence[str] = ()
    text: str | None = None
    """To be found in what was logged or thrown."""
    header: tuple[str, str] | None = None
    """The name of a field of the request, and a text that its value contains."""
    addresses: frozenset[str] = frozenset()
    """Addresses that a request came from."""
    version: str | None = None
    """The id of the Worker's version."""

    def accepts(self, event: Event) -> bool:
        """Whether the event is like that."""
        status = OUTCOMES.get(str(event.get("outcome", "")), StatusFilter.ERROR)
        request = _part(event, "event", "request")
        return (
            (not self.statuses or status in self.statuses)
            and (not self.methods or str(request.get("method")) in self.methods)
            and (self.text is None or any(self.text in line for line in _said(event)))
            and (self.header is None or _has_header(request, *self.header))
            and (not self.addresses or _header(request, CLIENT_ADDRESS) in self.addresses)
            and (self.version is None or _part(event, "scriptVersion").get("id") == self.version)
        )


def parse_header(text: str) -> tuple[str, str]:
    """`NAME:TEXT` or `NAME`, as Wrangler (4.164) takes it, as the field's name and the text to look for.

    Raises `UsageError` if no field is named.
    """
    name, _, wanted = text.partition(":")
    if not name.strip():
        raise UsageError(
            f"`--header` is `{text}`, which does not name a field.", hint="Write `NAME` or `NAME:TEXT`."
        )
    return name.strip().lower(), wanted.strip()


def checked_addresses(texts: Sequence[str]) -> list[str]:
    """The addresses and `self`, as they are. Raises `UsageError` for anything that is neither."""
    from ipaddress import ip_address

    for text in texts:
        try:
            _ = text == "self" or ip_address(text)
        except ValueError:
            raise UsageError(
                f"`--ip` is `{text}`, which is not an IP address.", hint="Give an address, or `self`."
            ) from None
    return list(texts)


def client_addresses(texts: Sequence[str]) -> frozenset[str]:
    """The addresses on the local platform, where `self` is this machine. Raises `UsageError`."""
    known = checked_addresses(texts)
    return frozenset(address for text in known for address in (THIS_MACHINE if text == "self" else {text}))


def readable_event(event: Event) -> str:
    """An event as people read it: when and what, how it ended, then what was logged and thrown."""
    moment = _moment(event.get("eventTimestamp"))
    heading = visible_line(f"{moment} {_subject(event)} - {_ending(event)}")
    # A new entry is indented less than the further lines of a text.
    return "\n".join((heading, *(f"  {line}".replace("\n", "\n    ") for line in _said(event))))


def _moment(milliseconds: object) -> str:
    """When it was; what is no time as it is."""
    try:
        return local_moment(float(milliseconds or 0) / 1000)  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError, OSError):
        return str(milliseconds)


def _subject(event: Event) -> str:
    """The subject of an event: a request by method and address, or the kind of call, and by which class."""
    kind, entrypoint = _part(event, "event"), event.get("entrypoint")
    if request := _part(event, "event", "request"):
        return f"{request.get('method')} {request.get('url')}" + (f" ({entrypoint})" if entrypoint else "")
    if "cron" in kind:
        return f'cron "{kind["cron"]}"'
    if "scheduledTime" in kind:
        return f"alarm of {entrypoint}"
    if "rpcMethod" in kind:
        return f"{entrypoint or 'default'}.{kind['rpcMethod']}()"
    return str(entrypoint or "call")


def _ending(event: Event) -> str:
    outcome, response = event.get("outcome", "unknown"), _part(event, "event", "response")
    return f"{outcome} {response['status']}" if "status" in response else str(outcome)


def _said(event: Event) -> Iterator[str]:
    for log in _entries(event, "logs"):
        parts = log.get("message")
        words = parts if isinstance(parts, list) else [parts]
        texts = (word if isinstance(word, str) else json.dumps(word, ensure_ascii=False) for word in words)
        yield f"({log.get('level')}) {' '.join(texts)}"
    for thrown in _entries(event, "exceptions"):
        yield _thrown(thrown)


def _thrown(thrown: Mapping[str, Any]) -> str:
    """Name and message of what was thrown, and where. The stack of workerd (2026-11-17) has the places alone;
    elsewhere a stack begins with the message.
    """
    words = ": ".join(str(thrown[part]) for part in ("name", "message") if thrown.get(part))
    stack = str(thrown.get("stack") or "").rstrip()
    has_message = not stack.lstrip().startswith("at ") and str(thrown.get("message") or words) in stack
    if not words or has_message:
        return stack or "an exception without a message"
    return f"{words}\n{stack}" if stack else words


def _header(request: Mapping[str, Any], name: str) -> str | None:
    headers = request.get("headers")
    found = headers.get(name) if isinstance(headers, Mapping) else None
    return None if found is None else str(found)


def _has_header(request: Mapping[str, Any], name: str, text: str) -> bool:
    value = _header(request, name)
    return value is not None and text in value


def _entries(event: Event, name: str) -> list[Mapping[str, Any]]:
    found = event.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _part(event: Event, *names: str) -> Mapping[str, Any]:
    found: Any = event
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def describe_call(event: Event) -> str:
    """A call in one line, with the path in place of the whole address, and what was thrown below."""
    text = f"{_subject(event)} {_ending(event)}"
    if request := _part(event, "event", "request"):
        path = _path_of(str(request.get("url")))
        entrypoint, response = event.get("entrypoint"), _part(event, "event", "response")
        ending = str(response.get("status")) if event.get("outcome") == "ok" else _ending(event)
        by = f" ({entrypoint})" if entrypoint else ""
        text = f"{request.get('method')} {path}{by} {ending}"
    thrown = (_thrown(each) for each in _entries(event, "exceptions"))
    return "\n".join((visible_line(text), *(f"  {each}" for each in thrown)))


def _path_of(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        address = urlsplit(url)
    except ValueError:
        return url
    return f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"


def is_inner_call(event: Event) -> bool:
    """Whether a Durable Object handled the call, and nothing is wrong: the Worker's own event says enough."""
    is_alarm = "scheduledTime" in _part(event, "event") and "cron" not in _part(event, "event")
    # An alarm that a new version interrupts ends as `exception`, and is repeated.
    is_fine = (is_alarm or event.get("outcome") in ("ok", "canceled")) and not event.get("exceptions")
    return is_fine and event.get("executionModel") == "durableObject"
