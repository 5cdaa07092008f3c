"""Cap'n Proto's text form: literals for the configuration that `workerd` reads.

A value is a string (text), a boolean, a whole number, `Data` (bytes), a mapping (struct), a list, or an
`Embed` (the content of a file).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

LINE_LENGTH = 110
INDENT = "  "


@dataclass(frozen=True)
class Embed:
    """The content of a file. The path is absolute, below one of the import paths that `workerd` is given."""

    path: Path


@dataclass(frozen=True)
class Data:
    """Bytes."""

    content: bytes


@dataclass(frozen=True)
class Void:
    """The value of a union member that has none."""


Value: TypeAlias = "str | bool | int | Embed | Data | Void | Mapping[str, Value] | Sequence[Value]"

_NAMED_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def quote(text: str) -> str:
    """`text` as a literal. Lone surrogates, which are not text in UTF-8, become question marks."""
    sound = text.encode("utf-8", "replace").decode()
    return (
        '"'
        + "".join(_NAMED_ESCAPES.get(character) or _escape_control(character) for character in sound)
        + '"'
    )


def _escape_control(character: str) -> str:
    return f"\\x{ord(character):02x}" if character < " " or character == "\x7f" else character


def render(value: Value, indent: int = 0) -> str:
    """`value` as text: on one line where it fits, else one member per line. `indent` counts levels."""
    flat = _render_flat(value)
    if (
        len(flat) + len(INDENT) * indent <= LINE_LENGTH
        or not isinstance(value, (Mapping, list, tuple))
        or not value
    ):
        return flat
    if isinstance(value, Mapping):
        members = [f"{name} = {render(member, indent + 1)}" for name, member in value.items()]
        opening, closing = "()"
    else:
        members = [render(member, indent + 1) for member in value]
        opening, closing = "[]"
    inner = "".join(f"{INDENT * (indent + 1)}{member},\n" for member in members)
    return f"{opening}\n{inner}{INDENT * indent}{closing}"


def _render_flat(value: Value) -> str:
    match value:
        case str():
            return quote(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Embed():
            return f"embed {quote(str(value.path))}"
        case Data():
            return f'0x"{value.content.hex()}"'
        case Void():
            return "void"
        case Mapping():
            return "(" + ", ".join(f"{name} = {_render_flat(member)}" for name, member in value.items()) + ")"
        case _:
            return "[" + ", ".join(_render_flat(member) for member in value) + "]"
