"""Amounts in sentences: counts with their noun, sizes with their unit."""

from __future__ import annotations

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
BINARY_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def readable_bytes(size: int) -> str:
    """`0 B`, `1.23 kB`, `300 MB`: three digits and a decimal unit, as Wrangler (4.164) prints them."""
    amount, unit = float(size), 0
    while float(f"{amount:.3g}") >= 1000 and unit + 1 < len(UNITS):
        amount, unit = amount / 1000, unit + 1
    rounded = float(f"{amount:.3g}")
    return f"{rounded:g} {UNITS[unit]}" if unit else f"{size} B"


def count(number: int, noun: str) -> str:
    """`1 key`, `2 keys`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def progress_of_bytes(done: int, total: int) -> str:
    """`12 of 80 MB`."""
    return f"{min(done, total) / 1e6:.0f} of {total / 1e6:.0f} MB"


def readable_memory(size: int) -> str:
    """`0 B`, `6.1 MiB`, `256 MiB`: three digits and a binary unit, as for memory."""
    amount, unit = float(size), 0
    while amount >= 1000 and unit + 1 < len(BINARY_UNITS):
        amount, unit = amount / 1024, unit + 1
    return f"{float(f'{amount:.3g}'):g} {BINARY_UNITS[unit]}"
