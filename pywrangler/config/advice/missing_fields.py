"""Fields that are missing: reported at the field in their place, if there is one."""

from __future__ import annotations

from pywrangler.config.advice.foreign_fields import OTHER_NAMES
from pywrangler.config.advice.snippets import inline
from pywrangler.config.advice.toml_headings import heading_above, move_to_top
from pywrangler.config.advice.unknown_fields import (
    Explanation,
    explain,
    plain_key,
    table_pattern,
    unknown_fields,
)
from pywrangler.config.advice.values import fits
from pywrangler.config.advice.wrong_types import advice
from pywrangler.config.problems.records import Place
from pywrangler.config.problems.report import Report
from pywrangler.config.schema import root_field
from pywrangler.config.schema.kinds import Field, ListOf, Table
from pywrangler.config.schema.other_products import REMOVED_FIELDS
from pywrangler.config.syntax.document import Node
from pywrangler.spelling import certain, closest

_BEGINNING = ("main", "compatibility_date")
"""What every configuration has at its top level, and no table inside it."""


def report_wrapped(root: Node, report: Report) -> bool:
    """Reports a configuration that is inside a table of the top level, under an unknown name."""
    if any(root.get(name) for name in _BEGINNING):
        return False
    for key, value in root.entries():
        if root_field(key) is None and any(value.get(name) for name in _BEGINNING):
            message = f'The whole configuration is in "{key}", which is not a field'
            hint = "Its fields belong at the top level of the file: remove the table around them."
            report.error("wrapped-configuration", message, value.key_place, hint)
            return True
    return False


def find_misplaced(node: Node, table: Table, name: str) -> tuple[Node, Explanation] | None:
    """A field of this name in a table inside, which does not have it; it belongs in this one. Below
    the heading [vars] of TOML every line is a variable.
    """
    for unknown in unknown_fields(node, table):
        if unknown.key == name and unknown.table_node.steps != node.steps:
            explanation = explain(unknown)
            if explanation.is_misplaced:
                return unknown.node, explanation
    below = node.at("vars", name)
    heading = heading_above(node.get("vars") or node)
    return (below, Explanation(heading.hint, move_to_top(below))) if below and heading else None


def stand_in(node: Node, table: Table, name: str) -> Node | None:
    """The unknown field of this table that was probably meant to be `name`, which is missing."""
    known = {field.name for field in table.fields}
    free = [field.name for field in table.fields if not field.is_hidden and node.get(field.name) is None]
    others = OTHER_NAMES.get(table_pattern(node), {})
    for key, value in node.entries():
        if key in known or key in REMOVED_FIELDS:
            continue
        if others.get(plain_key(key)) == name or closest(key, free) == name:
            return value
    return None


def report_missing(
    node: Node, table: Table, name: str, report: Report, *, code: str, message: str, place: Place, hint: str
) -> None:
    """Reports that a field is missing: at the one that was meant to be it, otherwise at `place`."""
    value = stand_in(node, table, name)
    if value is None:
        report.error(code, message, place, hint)
        return
    key = str(value.steps[-1])
    field = table.field(name)
    is_certain = certain(key, [name]) or not closest(key, [name])  # misspelled, or another's word
    is_fitting = field is not None and fits(value.value, field.kind)
    shape = advice(value, field.kind).hint if field and not is_fitting else None
    report.error(
        code,
        f'"{value}" is not a field, and "{name}" is missing',
        value.key_place,
        f'Did you mean "{name}"?' + (f" {shape}" if shape else ""),
        value.rename(name) if is_certain and is_fitting else (),
    )


def report_other_shape(node: Node, table: Table, report: Report) -> bool:
    """Reports a table that holds something, and none of its fields, though it must have some: as one message,
    in place of one for each field.
    """
    required = _wanted(table)
    if not required or any(stand_in(node, table, field.name) for field in required):
        return False
    names = ", ".join(f'"{name}"' for name in node.value)
    wanted = " and ".join(f'"{field.name}"' for field in required)
    first = next(value for _, value in node.entries())
    message = f'"{node}" has {names} in place of {wanted}'
    report.error("other-shape", message, first.key_place, _shape_hint(node, table))
    return True


def _wanted(table: Table) -> list[Field]:
    """What the table is for: the fields that it must have, or else its bindings."""
    required = [field for field in table.fields if field.is_required]
    bindings = table.field("bindings")
    holds_tables = bindings and isinstance(bindings.kind, ListOf) and isinstance(bindings.kind.item, Table)
    return required or ([bindings] if bindings and holds_tables else [])


def _shape_hint(node: Node, table: Table) -> str | None:
    """The same values in the shape that is wanted."""
    required = _wanted(table)
    syntax, first = node.document.syntax, required[0]
    texts = all(isinstance(value, str) for value in node.value.values())
    if isinstance(first.kind, ListOf) and isinstance(first.kind.item, Table):
        item = first.kind.item
        if node.value.keys() <= {field.name for field in item.fields}:
            heading = f"[[{'.'.join(map(str, node.steps))}.{first.name}]]"
            jsonc = f'Put them into a list: "{first.name}": [ {{ ... }} ].'
            return f"Write its heading as {heading}." if syntax == "toml" else jsonc
        if texts:
            names = [field.name for field in item.fields[:2]]
            entries = [dict(zip(names, pair, strict=True)) for pair in node.value.items()]
            return f"Write {inline(syntax, {first.name: entries})}"
    if texts and len(required) == len(node.value) + 1 == 2:
        (pair,) = node.value.items()
        return f"Write {inline(syntax, dict(zip((field.name for field in required), pair, strict=True)))}"
    return f"A table with {' and '.join(field.name for field in required)} is expected." if required else None
