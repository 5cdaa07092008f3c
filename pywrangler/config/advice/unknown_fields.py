"""Unknown fields: what each was probably meant to be, so that one message names the mistake and the
change.

In this order: a required field that is not there, misspelled; a habit from elsewhere; a field of another
table, at the wrong level; another field of this table, misspelled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from pywrangler.config.advice.foreign_fields import HABITS, OTHER_NAMES, TOP_LEVEL
from pywrangler.config.advice.toml_headings import heading_above, move_to_top
from pywrangler.config.advice.values import fits
from pywrangler.config.problems.records import Edit
from pywrangler.config.schema import ROOT, root_field
from pywrangler.config.schema.kinds import Field, Kind, ListOf, OneOf, Table
from pywrangler.config.schema.other_products import REMOVED_FIELDS
from pywrangler.config.syntax.document import Node
from pywrangler.spelling import certain, question, quoted

_TOO_COMMON: tuple[str, ...] = ("binding", "container", "enabled", "environment", "from", "id", "logs")
_TOO_COMMON += ("name", "port", "remote", "service", "state", "to", "type")
"""Names that say nothing about the table they belong to."""


class Unknown(NamedTuple):
    """An unknown field, and the table that it is in."""

    node: Node
    table_node: Node
    table: Table

    @property
    def key(self) -> str:
        """The field's name as it is written."""
        return str(self.node.steps[-1])


class Explanation(NamedTuple):
    """The explanation of an unknown field: a hint, and the edits if they are safe."""

    hint: str
    edits: tuple[Edit, ...] = ()
    is_misplaced: bool = False


def unknown_fields(node: Node, table: Table) -> Iterator[Unknown]:
    """The unknown fields in this table, and in those inside it."""
    known = {field.name: field for field in table.fields}
    for key, value in node.entries():
        if field := known.get(key):
            yield from _inside(value, field.kind)
        elif key not in REMOVED_FIELDS:
            yield Unknown(value, node, table)


def _inside(node: Node, kind: Kind) -> Iterator[Unknown]:
    match kind:
        case Table():
            yield from unknown_fields(node, kind)
        case ListOf(item=item):
            for element in node.elements():
                yield from _inside(element, item)
        case OneOf(kinds=kinds):
            for each in kinds:
                if isinstance(each, Table):
                    yield from unknown_fields(node, each)
        case _:
            pass


def explain(unknown: Unknown) -> Explanation:
    """What the field was meant for, and what to do about it."""
    key, node, table_node = unknown.key, unknown.node, unknown.table_node
    free = [field for field in unknown.table.fields if not (field.is_hidden or table_node.get(field.name))]
    names = [field.name for field in free]
    plain, pattern = plain_key(key), table_pattern(table_node)
    if plain not in names and (found := _meant_elsewhere(unknown, plain, pattern, free)):
        return found
    meant = certain(key, names)
    return Explanation(
        question(key, names) or "It is ignored; remove it.", node.rename(meant) if meant else ()
    )


def _meant_elsewhere(unknown: Unknown, plain: str, pattern: str, free: list[Field]) -> Explanation | None:
    """Another tool's word for one of the `free` fields, or a field of another table."""
    node = unknown.node
    other = OTHER_NAMES.get(pattern, {}).get(plain)
    if field := next((field for field in free if field.name == other), None):
        return Explanation(
            f'It is called "{other}".', node.rename(field.name) if fits(node.value, field.kind) else ()
        )
    if habit := HABITS.get(pattern, {}).get(plain):
        return Explanation(habit)
    if pattern == "secrets":
        return Explanation(f"A secret does not belong in the file: pywrangler secret put {unknown.key}")
    if pattern == TOP_LEVEL and unknown.table_node.steps and root_field(plain):
        return Explanation("It can be set at the top level only, for all environments.", is_misplaced=True)
    if pattern == TOP_LEVEL and _looks_like_environment(node):
        return Explanation(f'If it is a named environment, it belongs in "env": {{ "{unknown.key}": ... }}.')
    places = tuple(place for place in _tables_with(plain) if place != pattern)
    return _misplaced(unknown, plain, places) if places else None


def _looks_like_environment(node: Node) -> bool:
    names = {name for name, _ in node.entries()}
    return bool(names) and all(root_field(name) for name in names)


def find_mention(node: Node, table: Table, text: str) -> Unknown | None:
    """An unknown field with this text as its value."""
    return next((each for each in unknown_fields(node, table) if _mentions(each.node.value, text)), None)


def _mentions(value: object, text: str) -> bool:
    if isinstance(value, Mapping):
        return any(_mentions(each, text) for each in value.values())
    if isinstance(value, list):
        return any(_mentions(each, text) for each in value)
    return value == text


def _misplaced(unknown: Unknown, plain: str, places: tuple[str, ...]) -> Explanation:
    heading = heading_above(unknown.table_node)
    if places != (TOP_LEVEL,):
        return Explanation(f"It belongs in {_listed(places)}.", is_misplaced=True)
    if heading is None:
        return Explanation("It belongs at the top level.", is_misplaced=True)
    is_free = unknown.node.document.root.get(plain) is None
    edits = move_to_top(unknown.node) if is_free and unknown.key == plain else ()
    return Explanation(heading.hint, edits, is_misplaced=True)


def _listed(places: tuple[str, ...]) -> str:
    tables = [place for place in places if place]
    entries = [place.removesuffix("[]") for place in tables if place.endswith("[]")]
    text = " or ".join(
        [
            *([f"an entry of {quoted(entries)}"] if entries else []),
            *(f'"{place.replace("[]", "")}"' for place in tables if not place.endswith("[]")),
        ]
    )
    return text if len(tables) == len(places) else f"{text}, or at the top level"


def plain_key(key: str) -> str:
    """The key in the file's own style: `maxInstances` and `max-instances` are `max_instances`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).replace("-", "_").lower()


def table_pattern(node: Node) -> str:
    """The path of a table, for all entries of a list alike and in every environment: `containers[]`."""
    steps = node.steps[2:] if node.steps[:1] == ("env",) else node.steps
    text = ""
    for step in steps:
        text += "[]" if isinstance(step, int) else f".{step}" if text else step
    return text


@cache
def _tables_with(name: str) -> tuple[str, ...]:
    """The tables that have a field of this name, the top level as an empty text."""
    return tuple(dict.fromkeys(_places(ROOT, TOP_LEVEL, name))) if name not in _TOO_COMMON else ()


def _places(kind: Kind, path: str, name: str) -> Iterator[str]:
    match kind:
        case Table(fields=fields):
            for field in fields:
                if field.is_hidden or field.deprecated:
                    continue
                if field.name == name:
                    yield path
                if field.use == "used":  # what other products have in theirs is hardly meant
                    yield from _places(field.kind, f"{path}.{field.name}" if path else field.name, name)
        case ListOf(item=item):
            yield from _places(item, f"{path}[]", name)
        case OneOf(kinds=kinds):
            for each in kinds:
                yield from _places(each, path, name)
        case _:
            pass
