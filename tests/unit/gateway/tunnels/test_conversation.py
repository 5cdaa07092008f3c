"""What a tunnel's bytes say, and what workerd gets of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pywrangler.local.gateway.tunnels.conversation import Conversation
from tests.support.runs.properties import on_any_machine

GET = b"GET / HTTP/1.1\r\nHost: c\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: c\r\n\r\n"
DELETE = b"DELETE /1 HTTP/1.1\r\nHost: c\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: c\r\nContent-Length: 3\r\n\r\nabc"
CHUNKS = b"PUT / HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
UPGRADE = b"GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nHost: c\r\n\r\n"

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
EMPTY = b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n"
HEAD_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PLAIN_CHUNKS = CHUNKED_HEAD + b"3\r\nok\n\r\n00a\r\n0123456789\r\n0\r\n\r\n"
REFUSED = b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def played(*pieces: tuple[bytes, bytes], width: int = 1 << 20) -> bytes:
    """What the Worker gets of exchanges: what it sends, and what the container says to that, in pieces of
    `width` bytes.
    """
    conversation, got = Conversation(), b""
    for asked, said in pieces:
        for start in range(0, len(asked), width):
            got += conversation.ask(asked[start : start + width])
        for start in range(0, len(said), width):
            got += conversation.response(said[start : start + width])
    return got + conversation.end()


SAME = [
    [(GET, OK), (GET, OK)],
    [(DELETE, NO_CONTENT)] * 3,
    [(HEAD, HEAD_OK), (GET, OK)],
    [(GET, NOT_MODIFIED), (POST, EMPTY), (CHUNKS, PLAIN_CHUNKS), (GET, OK)],
    [(GET + HEAD + GET, OK + HEAD_OK + OK)],
    [(UPGRADE, REFUSED), (GET, OK)],
    [(UPGRADE, SWITCHED + b"\x81\x05HTTP/1.1 103 x\r\n\r\n"), (b"\x88\x00", b"\x88\x00")],
    [(GET, b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok")],
    [(GET, b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + HINTS)],
    [(b"", b"220 mail\r\n"), (b"EHLO x\r\n", b"250 " + HINTS)],
    [(b"", HINTS + OK)],
    [(b"GET\r\n", HINTS)],
    [(b"GET / HTTP/2.0\r\n\r\n", HINTS + OK)],
    [(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0\0\0")],
    [(GET, b"\x16\x03\x01" + HINTS)],
    [(GET, b"HTTP/1.1 999")],
    [(GET, OK + HINTS)],
    [(GET, CHUNKED_HEAD + b"3\r\nok\n!0\r\n\r\n" + HINTS)],
    [(GET, CHUNKED_HEAD + b"zz;q=1\r\n")],
    [(GET, CHUNKED_HEAD + b"3;q=1")],
    [(UPGRADE + b"early", SWITCHED)],
    [(b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\nzzz", HINTS)],
    [(b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nzz", HINTS)],
]


@pytest.mark.parametrize("width", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize("exchanges", SAME)
def test_what_workerd_understands_and_what_is_no_http_pass_unchanged(
    exchanges: list[tuple[bytes, bytes]], width: int
) -> None:
    assert played(*exchanges, width=width) == b"".join(said for _, said in exchanges)


CLOSING = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
CHANGED = [
    (GET, HINTS + OK, OK),
    (GET, CONTINUE + HINTS + HINTS + NO_CONTENT, NO_CONTENT),
    (HEAD, HINTS + HEAD_OK, HEAD_OK),
    (UPGRADE, HINTS + SWITCHED, SWITCHED),
    (GET, CHUNKED_HEAD + b"3;a=b\r\nok\n\r\n0;last\r\nDigest: x\r\nX: y\r\n\r\n",
     CHUNKED_HEAD + b"3\r\nok\n\r\n0\r\n\r\n"),
    (GET, CHUNKED_HEAD + b'3 ; a="\\";"\r\nok\n\r\n0\r\n\r\n', CHUNKED_HEAD + b"3\r\nok\n\r\n0\r\n\r\n"),
    (GET, b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", CLOSING.replace(b"1.1", b"1.0")),
    (GET, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close, x\r\n\r\nok", CLOSING),
    (GET, b"HTTP/1.1 200 OK\r\nConnection: x\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok", CLOSING),
    (GET, b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\nConnection: close\r\n\r\nok",
     b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
    (GET, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\nok",
     b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    (HEAD, b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
    (GET, b"HTTP/1.1 200 OK\r\n\r\nall of it", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it"),
]  # fmt: skip


@pytest.mark.parametrize("width", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize(("asked", "said", "got"), CHANGED)
def test_what_workerd_fails_on_is_put_in_other_words(
    asked: bytes, said: bytes, got: bytes, width: int
) -> None:
    assert played((asked, said), width=width) == got


def test_a_response_of_http_1_0_that_keeps_the_connection_is_left_alone() -> None:
    said = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"
    assert played((GET, said), (GET, said)) == said * 2


@on_any_machine
@given(st.lists(st.tuples(st.binary() | st.sampled_from([GET, POST, b"GET / "]), st.binary() | st.just(OK))))
def test_arbitrary_bytes_break_nothing(pieces: list[tuple[bytes, bytes]]) -> None:
    played(*pieces)


def test_a_response_before_the_end_of_its_request() -> None:
    conversation = Conversation()
    conversation.ask(POST[:-1])
    assert not conversation.is_answered_early
    assert conversation.response(OK) == OK
    assert conversation.is_answered_early
    conversation.ask(POST[-1:])
    assert not conversation.is_answered_early
    assert not conversation.is_response_cut


def test_a_response_that_is_cut() -> None:
    conversation = Conversation()
    conversation.ask(GET)
    conversation.response(OK[:-1])
    assert conversation.is_response_cut
    conversation.response(OK[-1:])
    assert not conversation.is_response_cut


def test_what_was_held_back_is_given_when_the_tunnel_turns_out_to_carry_something_else() -> None:
    conversation = Conversation()
    conversation.ask(GET)
    assert conversation.response(b"HTTP/1.1 2") == b""
    assert conversation.ask(b"\0") == b"HTTP/1.1 2"
    assert conversation.response(b"more") == b"more"


HEAD_REQUEST, GET_REQUEST = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
GET_RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("request_head", "head", "body"),
    [
        (HEAD_REQUEST, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"Hello"),
        (HEAD_REQUEST, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
        (GET_REQUEST, b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", b"HTTPS"),
        (GET_REQUEST, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", b"\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_body_that_a_response_must_not_have_reaches_nobody(
    request_head: bytes, head: bytes, body: bytes, size: int
) -> None:
    conversation = Conversation()
    conversation.ask(request_head)
    sent = head + body
    passed = b"".join(conversation.response(sent[at : at + size]) for at in range(0, len(sent), size))
    assert passed == head
    assert not conversation.is_raw
    conversation.ask(GET_REQUEST)
    assert conversation.response(GET_RESPONSE) == GET_RESPONSE


def test_a_body_that_is_announced_and_does_not_come_is_not_waited_for() -> None:
    conversation = Conversation()
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    for _ in range(3):
        conversation.ask(HEAD_REQUEST)
        assert conversation.response(head) == head
    conversation.ask(GET_REQUEST)
    assert conversation.response(GET_RESPONSE) == GET_RESPONSE


def test_other_bytes_behind_a_response_without_a_body_make_a_stream() -> None:
    conversation = Conversation()
    conversation.ask(GET_REQUEST)
    assert conversation.response(b"HTTP/1.1 204 No Content\r\n\r\nbytes").endswith(b"bytes")
    assert conversation.is_raw


@pytest.mark.parametrize("width", [1, 2, 3, 17, 1000])
@pytest.mark.parametrize("more", [b"", GET])
def test_a_body_that_nobody_asked_for_and_is_none_passes_from_the_wrong_line_on(
    width: int, more: bytes
) -> None:
    said = CHUNKED_HEAD + b"3\r\nok\nwrong\r\n0\r\n\r\n"
    assert played((HEAD + more, said), width=width) == CHUNKED_HEAD + b"wrong\r\n0\r\n\r\n"
