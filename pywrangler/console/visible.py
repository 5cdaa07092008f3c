"""Text made safe to print: what a terminal would obey, or would not show, is written as an escape.

Names, logs and messages come from clients, containers and services. A control character in them could move
the cursor, change the terminal's title or hide what follows; a line break could forge a line. Every text that
`Console` prints passes through here.
"""

from __future__ import annotations

import json
import re

_UNSAFE = (
    "\x00-\x1f\x7f-\x9f"  # control characters of C0 and C1, DEL
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they turn the direction of the text
    "\u2028\u2029"  # line and paragraph separators
    "\ufff9-\ufffb"  # annotations, which can be hidden
    "\ud800-\udfff"  # lone surrogates: no encoding has them
)
_IN_A_LINE = re.compile(f"[{_UNSAFE}]")
_IN_LINES = re.compile(f"(?![\t\n])[{_UNSAFE}]")
_IN_JSON = re.compile(f"(?![\x00-\x1f])[{_UNSAFE}]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_NAMED = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}


def visible_line(text: str) -> str:
    """`text` as one line: line breaks and tabs are escapes, too."""
    return _IN_A_LINE.sub(_escape, text)


def visible_lines(text: str) -> str:
    """`text` as it is with its lines and tabs. A line may end with CR LF."""
    return _IN_LINES.sub(_escape, text.replace("\r\n", "\n"))


def visible_json(text: str) -> str:
    """A JSON text that says the same: only the characters of its strings become escapes of JSON."""
    return _IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def ascii_json(text: str) -> str:
    """A JSON text that says the same in ASCII, for a stream whose encoding lacks some of its characters."""
    return _NOT_ASCII.sub(lambda match: json.dumps(match[0])[1:-1], text)


def without_colours(text: str) -> str:
    """`text` without the sequences that only set colours, which hold nothing to read."""
    return _COLOUR.sub("", text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
