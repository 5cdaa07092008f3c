"""Writes what TOML 1.1 added as TOML 1.0 has it, which is what the standard library reads.

Wrangler's parser (smol-toml 1.9) takes TOML 1.1: lines, comments and a last comma in braces, `\\e` and
`\\xHH` in texts, and times without seconds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import field

from pywrangler.dataclass import dataclass

TEXT = (
    r'"""(?:[^"\\]|\\.|"(?!""))*(?:"{3,5}|$)|\'\'\'(?:[^\']|\'(?!\'\'))*(?:\'{3,5}|$)'
    r'|"(?:[^"\\\n]|\\[^\n])*"?|\'[^\'\n]*\'?'
)
"""A text, which may lack its end: else looking for that from each of many quotes would take a time that grows
with the square of the length.
"""
_PIECE = re.compile(rf"{TEXT}|#[^\n]*|[\r\n]|[^\s#\[\]{{}},\"']+|\S", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x(?P<code>[0-9A-Fa-f]{2})|.)", re.DOTALL)
_SHORT_TIME = re.compile(r"(?<![\d:+-])\d\d:\d\d(?=(?:[Zz]|[+-]\d\d:\d\d)?$)")


@dataclass
class PlainText:
    """A text in TOML 1.0 that means the same as the original one."""

    text: str
    _starts: list[int] = field(default_factory=list)
    """Where something was inserted, in this text, ascending."""
    _shifts: list[int] = field(default_factory=list)
    """How many characters this text is ahead of the original from there on."""

    def original(self, offset: int) -> int:
        """Where this place of the text is in the original."""
        at = bisect_right(self._starts, offset)
        return max(offset - self._shifts[at - 1], 0) if at else offset


def as_toml_1_0(text: str) -> PlainText:
    """The text as TOML 1.0 has it, with the way back to the original's places."""
    made: list[str] = []
    starts: list[int] = []
    shifts: list[int] = []
    braces = with_plain_braces(text)
    at = length = 0
    for match in _PIECE.finditer(braces):
        piece = match.group()
        plain = _plain_piece(piece)
        if plain == piece:
            continue
        made += [braces[at : match.start()], plain]
        length += match.start() - at + len(plain)
        at = match.end()
        starts.append(length)
        shifts.append(length - at)
    return PlainText("".join([*made, braces[at:]]), starts, shifts)


def with_plain_braces(text: str) -> str:
    """The text with all tables in braces on one line and without a comma at the end. Every character stays
    where it is.
    """
    opened: list[str] = []
    braces = 0  # of what is open
    made, comma, before = list(text), -1, ""
    for match in _PIECE.finditer(text):
        piece, at = match.group(), match.start()
        if piece[0] in "#\n\r":
            if braces and not before.endswith(
                "="
            ):  # there is no line break between an equals sign and its value
                made[at : match.end()] = " " * len(piece)
            continue
        if piece in "[{":
            opened.append(piece)
            braces += piece == "{"
        elif piece in "]}":
            if piece == "}" and comma >= 0:
                made[comma] = " "
            braces -= opened[-1:] == ["{"]
            del opened[-1:]
        comma = at if piece == "," and braces and before != "{" else -1
        before = piece
    return "".join(made)


def _plain_piece(piece: str) -> str:
    if piece[0] == '"':
        return _ESCAPE.sub(_plain_escape, piece) if "\\" in piece else piece
    return piece if piece[0] in "#'" else _SHORT_TIME.sub(lambda time: f"{time.group()}:00", piece)


def _plain_escape(escape: re.Match[str]) -> str:
    if escape["code"]:
        return f"\\u00{escape['code']}"
    return "\\u001b" if escape.group() == "\\e" else escape.group()
