"""What a reader of untrusted input is to the fuzzers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

Read = Callable[[bytes], object]
"""Reads one input. An exception is a fault of the reader."""


@dataclass(frozen=True)
class Target:
    """One reader, and inputs to begin with."""

    name: str
    open: Callable[[Path], Read]
    """Makes the reader; it may use the directory for its files."""
    seeds: Sequence[bytes]
    words: Sequence[str] = ()
    """What a fuzzer would not guess."""
    largest_bytes: int = 64 * 1024
    """The size of inputs up to which the limits hold."""
