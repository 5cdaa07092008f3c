"""Makes inputs of others: small changes, other pieces, and the same piece again and again.

The last is what finds a reader whose time grows with the square of the length, or faster.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

MOST_CHANGES = 6
ODD = (
    *(
        text.encode()
        for text in (
            *"\0\t\n\r \"'#$%&()*+,-./:;<=>?@[\\]^_`{|}~",
            "\r\n",
            "\ufeff",
            "\u00b2",  # a digit to `isdigit`, and not to `int`
            "\u0661",
            "\u2028",
            "9" * 20,
            "9" * 5000,  # more digits than Python turns into a number
            "-1",
            "1e999",
            "NaN",
            "null",
            "true",
            "..",
            "/../",
            "%00",
            "\\ud800",
            "[" * 1000,
            '{"":' * 500,
        )
    ),
    b"\xff",
    b"\xfe\xff",
    b"\xed\xa0\x80",
    b"\x80",
)
"""Pieces that readers are known to stumble over."""


class Maker:
    """Makes inputs from seeds. The same number gives the same inputs."""

    def __init__(self, seeds: Sequence[bytes], words: Sequence[str], largest_bytes: int, number: int) -> None:
        self._random = random.Random(number)  # noqa: S311 - the same each time is the point
        self._seeds = [*seeds] or [b""]
        self._pieces = [*ODD, *(word.encode() for word in words)]
        self._largest = largest_bytes
        self._changes: Sequence[Callable[[bytes], bytes]] = (
            self._insert,
            self._insert,
            self._remove,
            self._repeat,
            self._set_bytes,
            self._splice,
        )

    def make(self) -> bytes:
        """The next input, from one of the seeds."""
        return self.change(self._random.choice(self._seeds))

    def endless(self) -> Iterator[bytes]:
        """The seeds, then one input after the other."""
        yield from self._seeds
        while True:
            yield self.make()

    def change(self, data: bytes) -> bytes:
        """An input like `data`, and not longer than allowed."""
        for _ in range(self._random.randint(1, MOST_CHANGES)):
            data = self._random.choice(self._changes)(data)[: self._largest]
        return data

    def _span(self, data: bytes, longest: int = 64) -> tuple[int, int]:
        start = self._random.randint(0, len(data))
        return start, min(len(data), start + self._random.randint(0, longest))

    def _insert(self, data: bytes) -> bytes:
        at, _ = self._span(data)
        return data[:at] + self._random.choice(self._pieces) + data[at:]

    def _remove(self, data: bytes) -> bytes:
        start, end = self._span(data)
        return data[:start] + data[end:]

    def _repeat(self, data: bytes) -> bytes:
        start, end = self._span(data, self._random.choice((1, 2, 8, 64, 1024)))
        times = self._random.choice((2, 3, 10, 40, 300, 5000))
        return data[:start] + data[start:end] * times + data[end:]

    def _set_bytes(self, data: bytes) -> bytes:
        start, end = self._span(data, 4)
        return data[:start] + self._random.randbytes(end - start) + data[end:]

    def _splice(self, data: bytes) -> bytes:
        other = self._random.choice(self._seeds)
        start, end = self._span(other, 256)
        at, _ = self._span(data)
        return data[:at] + other[start:end] + data[at:]
