"""Advice about a value, and what it takes to give it: what kind a value is of, and how another is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from pywrangler.config.problems.records import Edit
from pywrangler.config.schema.kinds import Flag, Kind, ListOf, MapOf, Number, Table, Text
from pywrangler.config.syntax.document import Node


class Advice(NamedTuple):
    """A hint, and the edits if they are safe."""

    hint: str | None = None
    edits: tuple[Edit, ...] = ()


def write(node: Node, value: Any) -> Advice:
    """To write this value in place of the one that exists, which says the same."""
    from pywrangler.config.advice.snippets import inline

    written = inline(node.document.syntax, value)
    return Advice(f"Write {written}", node.replace(written))


def fits(value: object, kind: Kind) -> bool:
    """Whether the value is of this kind's type, whatever its choices, limits and fields."""
    match kind:
        case Flag():
            return isinstance(value, bool)
        case Text():
            return isinstance(value, str)
        case Number(is_whole=is_whole):
            return is_number(value) and (not is_whole or float(value).is_integer())  # type: ignore[arg-type]  # a number
        case ListOf():
            return isinstance(value, list)
        case Table() | MapOf():
            return isinstance(value, Mapping)
        case _:
            return True


def is_number(value: object) -> bool:
    """Whether it is a number that fits into a double; a configuration has no use for others."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
