"""Advice for a value that must be a list or a table: the same values in the right shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.config.advice.snippets import example, inline
from pywrangler.config.advice.values import Advice, fits, write
from pywrangler.config.problems.records import Edit
from pywrangler.config.schema.containers import JURISDICTIONS, REGIONS
from pywrangler.config.schema.kinds import Kind, ListOf, MapOf, Table, Text
from pywrangler.config.syntax.document import Node, path_text, quoted_text


def list_advice(node: Node, kind: ListOf) -> Advice:
    """A single value that must be a list of one, and other values that are not lists."""
    value, syntax, item = node.value, node.document.syntax, kind.item
    if isinstance(value, str):
        if fits(value, item):
            return Advice(f"Write {inline(syntax, [value])}.", node.replace(inline(syntax, [value])))
        if isinstance(item, Table):
            return Advice(f"Write a list of tables: {inline(syntax, [{_key_field(item): value}])}")
    if not isinstance(value, Mapping) or not value:
        return Advice()
    if isinstance(item, Text):
        is_switches = all(each is True for each in value.values())
        return write(node, [*value]) if is_switches else Advice()
    if not isinstance(item, Table):
        return Advice()
    first, inner = next(iter(value.items()))
    if isinstance(inner, str) and not value.keys() & {field.name for field in item.fields}:
        names = [field.name for field in item.fields[:2]]
        example = [dict(zip(names, (first, inner), strict=True))]
        return Advice(f"Write a list of tables: {inline(syntax, example)}")
    if all(isinstance(each, Mapping) for each in value.values()):
        path = ".".join(map(str, node.steps))
        if syntax == "toml":
            return Advice(f"Write [[{path}]] for each of them, instead of [{path}.{first}].")
        return Advice(
            f"Put the tables in a list: [ {{ {quoted_text(_key_field(item))}: {quoted_text(first)}, ... }} ]."
        )
    return _in_brackets(node)


def _in_brackets(node: Node) -> Advice:
    """A table that must be the one element of a list."""
    span = node.document.spans.values.get(node.steps, (0, 0))
    written = node.document.source.text[slice(*span)]
    if node.document.syntax == "jsonc":
        return Advice("Put it in brackets: [ { ... } ].", node.replace(f"[{written}]"))
    if not written.startswith("["):  # in braces
        return Advice("Put it in brackets: [ { ... } ].", node.replace(f"[{written}]"))
    is_its_own = written[1:-1].strip() == path_text(node.steps)
    edits = (Edit(*span, f"[{written}]"),) if is_its_own else ()
    return Advice(f"Write its heading with two brackets: [[{path_text(node.steps)}]].", edits)


def _key_field(table: Table) -> str:
    """The field that tells one entry of a list from another."""
    return next((field.name for field in table.fields if field.is_required), table.fields[0].name)


def table_advice(node: Node, kind: Table | MapOf) -> Advice:
    """Advice for a value that must be a table."""
    value = node.value
    if node.steps[:1] == ("env",) and len(node.steps) == 2:
        return Advice('"env" holds named environments; variables belong in "vars".')
    if isinstance(kind, MapOf):
        return _map(node, kind)
    names = {field.name for field in kind.fields}
    if isinstance(value, bool) and "enabled" in names:
        return write(node, {"enabled": value})
    if isinstance(value, list):
        return _table_for_list(node, kind)
    return _table_for_text(node, kind) if isinstance(value, str) else Advice()


def _map(node: Node, kind: MapOf) -> Advice:
    value = node.value
    names = [value] if isinstance(value, str) else value
    is_names = isinstance(names, list) and names and all(isinstance(each, str) for each in names)
    if pairs := _pairs(names):
        return write(node, pairs)
    if is_names and node.steps == ("env",):
        return Advice(write(node, {name: {} for name in names}).hint)
    if is_names and isinstance(kind.value, Table):
        return Advice(write(node, {name: example(name, kind.value) for name in names}).hint)
    return Advice()


def _lists(kind: Table) -> list[tuple[str, Kind]]:
    """The table's fields that are lists, with the kind of their items."""
    return [(field.name, field.kind.item) for field in kind.fields if isinstance(field.kind, ListOf)]


def _table_for_list(node: Node, kind: Table) -> Advice:
    """The table is in a list, or there is a list in place of the table around it."""
    value, names = node.value, {field.name for field in kind.fields}
    if len(value) == 1 and isinstance(value[0], Mapping) and value[0].keys() <= names:
        return Advice(_without_brackets(node))
    for name, item in _lists(kind)[:1]:
        if isinstance(item, Text) and value and all(isinstance(each, str) for each in value):
            return write(node, {name: value})
        if isinstance(item, Table) and value and all(isinstance(each, Mapping) for each in value):
            return Advice(_into_list(node, name))
    return Advice()


def _table_for_text(node: Node, kind: Table) -> Advice:
    """There is a string in place of a table: the text of its one list, or of the one field that it must
    have.
    """
    value, syntax = node.value, node.document.syntax
    names = {field.name for field in kind.fields}
    lists = _lists(kind)
    if names <= {"crons", "events"} and lists:
        return write(node, {lists[0][0]: [value]})
    if {"image", "class_name"} <= names:
        example = {"class_name": "MyContainer", "image": value}
        return Advice(f"Write a table: {inline(syntax, example)}")
    if {"regions", "jurisdiction"} <= names and value.upper() in REGIONS:
        return write(node, {"regions": [value.upper()]})
    if {"regions", "jurisdiction"} <= names and value.lower() in JURISDICTIONS:
        return write(node, {"jurisdiction": value.lower()})
    required = [field.name for field in kind.fields if field.is_required]
    if len(required) == 1:
        return Advice(f"Write a table: {inline(syntax, {required[0]: value})}")
    return Advice(f"Write a table with {' and '.join(required)}.") if required else Advice()


def _without_brackets(node: Node) -> str:
    if node.document.syntax == "toml":
        return f"Write its heading with one bracket: [{'.'.join(map(str, node.steps))}]."
    return "Remove the brackets: { ... }."


def _into_list(node: Node, name: str) -> str:
    path = ".".join(map(str, node.steps))
    if node.document.syntax == "toml":
        return f"Write its heading as [[{path}.{name}]]."
    return f'Put the list into "{name}": {{ "{name}": [ ... ] }}.'


def _pairs(value: Any) -> dict[str, str]:
    """Variables that are written as `A=1`, or as tables of name and value."""
    pairs: dict[str, str] = {}
    for each in value if isinstance(value, list) else ():
        if isinstance(each, str) and "=" in each:
            name, _, text = each.partition("=")
        elif isinstance(each, Mapping) and {"name", "value"} == each.keys():
            name, text = each["name"], each["value"]
        else:
            return {}
        pairs[str(name).strip()] = text
    return pairs
