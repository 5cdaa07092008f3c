"""The messages in a tunnel, parsed in both directions, and changed where workerd would fail on them. Pure.

workerd does not say whether a tunnel carries requests or a stream of the Worker's `connect()`. A tunnel
carries requests as long as its bytes can be parsed as such. Other bytes, and everything after them, are
passed on unchanged. Requests are never changed. Responses are changed where workerd 2026-11-17 fails on them:

* Interim responses (1xx except 101) are omitted. workerd takes them for the response itself.
* Extensions of chunks and trailers are omitted. workerd takes them for errors.
* The end of the connection is announced in the form that workerd knows (`read_response`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pywrangler.local.gateway.tunnels.http_messages import (
    HEAD_LIMIT_BYTES,
    UPGRADED,
    FollowedRequest,
    Framing,
    MalformedError,
    end_of_head,
    may_be_request,
    may_be_response,
    read_chunk_line,
    read_request,
    read_response,
)

_OK = range(200, 300)
_SAFE = (b"GET", b"HEAD", b"OPTIONS")

Piece = bytes | memoryview


class _Body:
    """The rest of one message's body.

    `take` returns the bytes to pass on for the bytes of `data` from `at`, and the position up to which it
    took them. It raises MalformedError before it takes anything.
    """

    def __init__(self, framing: Framing, length: int = 0) -> None:
        self._framing = framing
        self._left = length
        self.held = b""
        """The beginning of a line: taken, but not passed on yet."""
        self._is_after_data = False
        self._is_in_trailers = False
        self.is_complete = framing is Framing.NO_BODY or (framing is Framing.LENGTH and not length)

    def take(self, data: bytes, at: int) -> tuple[Piece, int]:
        if self._framing is Framing.END_OF_CONNECTION:
            return memoryview(data)[at:], len(data)
        if not self._left:
            return self._take_line(data, at)
        end = min(at + self._left, len(data))
        self._left -= end - at
        if not self._left:
            self._is_after_data = True
            self.is_complete = self._framing is Framing.LENGTH
        return memoryview(data)[at:end], end

    def _take_line(self, data: bytes, at: int) -> tuple[bytes, int]:
        end = data.find(b"\n", at) + 1 or len(data)
        line = self.held + data[at:end]
        if not line.endswith(b"\n"):
            if len(line) > HEAD_LIMIT_BYTES:
                raise MalformedError("a line without an end")
            self.held = line
            return b"", end
        passed = self._read_line(line)
        self.held = b""
        return passed, end

    def _read_line(self, line: bytes) -> bytes:
        is_empty = line in (b"\r\n", b"\n")
        if self._is_in_trailers:
            self.is_complete = is_empty
            return line if is_empty else b""
        if self._is_after_data:
            if not is_empty:
                raise MalformedError("a chunk longer than its size")
            self._is_after_data = False
            return line
        self._left, plain = read_chunk_line(line)
        self._is_in_trailers = not self._left
        return plain


class _Head:
    """The head of a message, until it is complete."""

    def __init__(self, may_be: Callable[[bytes], bool]) -> None:
        self._may_be = may_be
        self.held = b""

    def take(self, data: bytes, at: int) -> tuple[bytes, int]:
        """The complete head, or empty bytes until then, and the position up to which bytes were taken.

        Raises MalformedError before it has taken anything.
        """
        before = len(self.held)
        if not before and (end := end_of_head(data, at)) >= 0:
            return data[at:end], end
        so_far = self.held + data[at:]
        if before and (end := end_of_head(so_far, max(0, before - 3))) >= 0:
            return so_far[:end], at + end - before
        if not self._may_be(so_far):
            raise MalformedError("no head")
        self.held = so_far
        return b"", len(data)


class Conversation:
    """The requests and responses of one tunnel."""

    def __init__(self) -> None:
        self.is_raw = False
        """Whether the bytes cannot be parsed, and pass unchanged."""
        self._has_begun = False
        self._asked: deque[FollowedRequest] = deque()
        """Requests whose responses are not complete."""
        self._has_responded = False
        self._request_head = _Head(may_be_request)
        self._request_body: _Body | None = None
        self._is_upgrade_asked = False
        self._response_head = _Head(may_be_response)
        self._response_body: _Body | None = None
        self._unasked_body: _Body | None = None
        """A body that the last response announced and must not have, of which bytes may still come."""

    @property
    def is_stream(self) -> bool:
        """Whether the bytes from the container are no response at all."""
        return self.is_raw and not self._has_responded

    @property
    def is_open(self) -> bool:
        """Whether a request is on its way, or waits for its response. What is not requests has no end."""
        if self.is_raw:
            return False
        is_asking = self._request_body is not None or bool(self._request_head.held)
        return not self._has_begun or is_asking or bool(self._asked)

    @property
    def is_idle(self) -> bool:
        """Whether all requests until now have their responses, and another may come."""
        return not self.is_raw and self._has_begun and not self.is_open

    @property
    def is_repeatable(self) -> bool:
        """Whether one request waits for its response that may be sent again: it is complete, and has neither
        effects (RFC 9110, 9.2.1) nor a body.
        """
        if self.is_raw or len(self._asked) != 1 or self._request_body or self._request_head.held:
            return False
        asked = self._asked[0]
        return asked.method in _SAFE and asked.framing is Framing.NO_BODY and not asked.is_upgrade

    @property
    def is_answered_early(self) -> bool:
        """Whether the response is complete, and its request is not."""
        return not (self.is_raw or self._asked) and self._request_body is not None

    @property
    def is_response_cut(self) -> bool:
        """Whether a response would be incomplete if the container sent nothing more."""
        return not self.is_raw and bool(self._asked)

    def ask(self, data: bytes) -> bytes:
        """Parse what the Worker sends; the bytes are passed on unchanged.

        Returns the bytes that were held back for the Worker, if the tunnel carries something else than
        requests.
        """
        self._has_begun = True
        at, end = 0, len(data)
        try:
            while at < end and not self.is_raw:
                at = self._take_request(data, at)
        except MalformedError:
            self.is_raw = True
            return self.end()
        return b""

    def response(self, data: bytes) -> bytes:
        """The bytes that the Worker gets for bytes from the container."""
        if self.is_raw:
            return data
        at, end = 0, len(data)
        pieces: list[Piece] = []
        try:
            while at < end and not self.is_raw:
                piece, at = self._take_response(data, at)
                pieces.append(piece)
        except MalformedError:
            self.is_raw = True
            pieces.append(self.end())
        if len(pieces) == 1 and isinstance(pieces[0], memoryview) and at == end:
            return data
        return b"".join([*pieces, data[at:]])

    def end(self) -> bytes:
        """The bytes that were held back for the Worker, when the container sends nothing more."""
        head, body = self._response_head.held, self._response_body
        self._response_head.held, self._response_body = b"", None
        return body.held if body else head

    def _take_request(self, data: bytes, at: int) -> int:
        if self._request_body is not None:
            _, end = self._request_body.take(data, at)
            if self._request_body.is_complete:
                self._request_body = None
            return end
        if self._is_upgrade_asked:
            raise MalformedError("bytes behind an upgrade that is not granted yet")
        raw, end = self._request_head.take(data, at)
        if raw:
            head = read_request(raw)
            self._request_head.held = b""
            self._asked.append(head)
            self._is_upgrade_asked = head.is_upgrade
            body = _Body(head.framing, head.length)
            self._request_body = None if body.is_complete else body
        return end

    def _take_response(self, data: bytes, at: int) -> tuple[Piece, int]:
        if self._response_body is not None:
            piece, end = self._response_body.take(data, at)
            if self._response_body.is_complete:
                self._end_response()
            return piece, end
        if self._unasked_body is not None and not (self._asked and self._may_be_response(data, at)):
            return b"", self._drop_unasked(data, at)
        if not self._asked:
            raise MalformedError("a response without a request")
        raw, end = self._response_head.take(data, at)
        if not raw:
            return b"", end
        asked = self._asked[0]
        head = read_response(raw, asked.method)
        self._has_responded = True
        self._response_head.held = b""
        if head.is_interim:
            return b"", end
        self._is_upgrade_asked = False
        self.is_raw = head.status == UPGRADED or (asked.method == b"CONNECT" and head.status in _OK)
        self._response_body = _Body(head.framing, head.length)
        self._unasked_body = _Body(*head.unasked) if head.unasked else None
        if self._response_body.is_complete:
            self._end_response()
        return head.raw, end

    def _may_be_response(self, data: bytes, at: int) -> bool:
        return may_be_response(self._response_head.held + data[at : at + 16])

    def _drop_unasked(self, data: bytes, at: int) -> int:
        """Take bytes of a body that the last response must not have (to HEAD, 204, 304), and pass none on.

        Servers send it, as Python's `do_HEAD = do_GET` does. workerd would take it for the next response.
        """
        held, self._response_head.held = self._response_head.held, b""
        body = self._unasked_body
        assert body is not None  # noqa: S101 - the caller looked
        rest = held + data[at:]
        taken = 0
        try:
            while taken < len(rest) and not body.is_complete:
                taken = body.take(rest, taken)[1]
        except MalformedError:
            if taken <= len(held):
                # What passes begins with this line, wherever the pieces of it end.
                self._response_head.held = body.held + held[taken:]
                raise
        if body.is_complete:
            self._unasked_body = None
        return at + max(taken - len(held), 0)

    def _end_response(self) -> None:
        self._response_body = None
        self._asked.popleft()
