"""When a tunnel has to end because of a HEAD request in it. Pure.

workerd 2026-11-17 takes a tunnel that carried a HEAD for reusable, sends the next request into it and hangs
up before the answer, so that every second HEAD fails ("Container port connection closed unexpectedly"). A
tunnel that ends with the HEAD's answer is not used again.
"""

from __future__ import annotations

_HEAD_END = b"\r\n\r\n"


class HeadRequests:
    """Looks at one tunnel's pieces."""

    def __init__(self) -> None:
        self._is_asked = False
        self._answer = b""

    def is_last(self, data: bytes, *, is_inwards: bool) -> bool:
        """Whether a piece is the end of the answer to a HEAD, after which nothing may follow."""
        if is_inwards:
            self._is_asked = _is_head_request(data)
            self._answer = b""
            return False
        if not self._is_asked:
            return False
        self._answer += data
        # An answer of the kind 1xx only announces another one.
        while self._answer.startswith(b"HTTP/1.1 1") and _HEAD_END in self._answer:
            self._answer = self._answer.partition(_HEAD_END)[2]
        return _HEAD_END in self._answer


def _is_head_request(data: bytes) -> bool:
    if not data.startswith(b"HEAD "):
        return False
    return data.partition(b"\r\n")[0].endswith(b" HTTP/1.1") and data.endswith(_HEAD_END)
