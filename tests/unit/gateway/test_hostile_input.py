"""Inputs on which readers of the gateway once failed."""

from __future__ import annotations

import struct

import pytest

from pywrangler.local.daemon.logs.container_output import OutputReader
from pywrangler.local.gateway.docker_api.routing import Action, route, signal_number
from pywrangler.local.gateway.docker_api.wire import BadRequestError, read_body, read_head
from pywrangler.local.gateway.tunnels.conversation import Conversation
from tests.unit.gateway.test_reading import reader_of

ENDLESS = "9" * 5000
"""Python turns at most 4,300 digits into a number."""


@pytest.mark.parametrize("length", [ENDLESS, "0" * 5000, "²", "١", "1e3", "-1", "0x10"])
async def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    reader = reader_of(f"POST /x HTTP/1.1\r\nContent-Length: {length}\r\n\r\n".encode("latin-1", "replace"))
    head = await read_head(reader)
    assert head is not None
    with pytest.raises(BadRequestError):
        await read_body(reader, head)


@pytest.mark.parametrize("target", ["http://[", "//[::1", "//[x]/containers/create"])
def test_targets_that_are_no_urls_are_unknown_requests(target: str) -> None:
    assert route("GET", target) is None
    found = route("GET", f"/_ping?x={target}")
    assert found is not None
    assert found.action is Action.PING


@pytest.mark.parametrize(
    ("text", "number"), [("9", 9), ("²", None), (ENDLESS, None), ("term", 15), ("x", None)]
)
def test_signals_by_number_and_name(text: str, number: int | None) -> None:
    assert signal_number(text) == number


def test_a_length_without_end_makes_a_tunnel_raw() -> None:
    conversation = Conversation()
    conversation.ask(b"GET / HTTP/1.1\r\n\r\n")
    response = f"HTTP/1.1 200 OK\r\nContent-Length: {ENDLESS}\r\n\r\nx".encode()
    assert conversation.response(response) + conversation.end() == response
    assert conversation.is_raw


def frame(message: bytes) -> bytes:
    return struct.pack(">BxxxL", 1, len(message)) + message


def test_output_without_a_time_is_kept_with_the_time_before() -> None:
    reader = OutputReader(0.0)
    lines = reader.feed(frame(b"2026-11-30T06:00:00Z one\n") + frame(b"2026-13-99T no time\n") + frame(b"\n"))
    assert [line.text for line in lines] == ["one", "2026-13-99T no time", ""]
    assert len({line.time for line in lines}) == 1
