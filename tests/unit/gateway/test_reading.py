"""What the gateway reads: the kernel's tables, the engine's frames, requests off the wire; and the relay."""

from __future__ import annotations

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywrangler.engine.log_frames import split_frames
from pywrangler.local.gateway.docker_api.wire import BadRequestError, read_head, read_json, relay, respond
from pywrangler.local.gateway.tunnels.listening import ListeningPorts, is_reachable, parse_table
from tests.support.runs.properties import on_any_machine

TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2
   2: 0B00007F:9C41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3
   3: 020011AC:0050 010011AC:D431 01 00000000:00000000 00:00000000 00000000     0        0 4
"""
TCP6 = """\
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 0 0 0
   1: 00000000000000000000000001000000:0BB9 00000000000000000000000000000000:0000 0A 0 0 0
"""


def test_listeners_are_read_from_the_kernels_tables() -> None:
    assert sorted(parse_table(TCP + TCP6)) == [
        ListeningPorts(80, "0.0.0.0"),
        ListeningPorts(3000, "::"),
        ListeningPorts(3001, "::1"),
        ListeningPorts(8080, "127.0.0.1"),
    ]


def test_only_listeners_for_others_can_be_reached() -> None:
    listening = parse_table(TCP + TCP6)
    assert [port for port in (80, 3000, 3001, 8080, 9) if is_reachable(listening, port)] == [80, 3000]


@on_any_machine
@given(st.text())
def test_any_table_can_be_read(text: str) -> None:
    parse_table(text)


def frame(stream: int, data: bytes) -> bytes:
    return struct.pack(">BxxxL", stream, len(data)) + data


def test_frames_are_joined_across_streams_and_lines() -> None:
    output = frame(1, b"one\ntw") + frame(2, b"ups\n") + frame(1, b"o\n")
    assert split_frames(output) == ["one", "twups", "o"]


def test_output_without_frames_is_taken_as_it_is() -> None:
    assert split_frames(b"plain words\nof a terminal\n") == ["plain words", "of a terminal"]
    assert split_frames(b"") == []


@on_any_machine
@given(st.binary())
def test_any_output_can_be_read(output: bytes) -> None:
    split_frames(output)


def reader_of(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


async def read_whole(reader: asyncio.StreamReader) -> dict[str, object]:
    head = await read_head(reader)
    assert head is not None
    return await read_json(reader, head)


async def test_a_request_is_read_with_its_body() -> None:
    reader = reader_of(b'POST /x?a=b HTTP/1.1\r\nContent-Length: 7\r\nX: y\r\n\r\n{"a":1}rest')
    head = await read_head(reader)
    assert head is not None
    assert (head.method, head.target, head.headers["x"]) == ("POST", "/x?a=b", "y")
    assert await read_json(reader, head) == {"a": 1}
    assert await reader.read() == b"rest"


async def test_no_request_is_not_an_error() -> None:
    assert await read_head(reader_of(b"")) is None


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHalf",
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n{x}!",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
async def test_bad_requests_are_refused(data: bytes) -> None:
    with pytest.raises(BadRequestError):
        await read_whole(reader_of(data))


def test_answers() -> None:
    assert respond(204) == b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
    assert respond(404, {"message": "no"}).endswith(
        b'Content-Type: application/json\r\nContent-Length: 17\r\n\r\n{"message": "no"}'
    )


async def test_the_relay_half_closes_and_loses_nothing() -> None:
    total = 5_000_000

    async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received = 0
        while piece := await reader.read(65536):
            received += len(piece)
        writer.write(b"%d" % received + b"!" * total)
        writer.close()

    async def gate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = await asyncio.open_connection(*back.sockets[0].getsockname())
        await relay((reader, writer), inner)

    back = await asyncio.start_server(server, "127.0.0.1", 0)
    front = await asyncio.start_server(gate, "127.0.0.1", 0)
    async with back, front:
        reader, writer = await asyncio.open_connection(*front.sockets[0].getsockname())
        writer.write(b"?" * total)
        writer.write_eof()
        assert await reader.read(-1) == b"%d" % total + b"!" * total
        writer.close()
