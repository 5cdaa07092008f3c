"""Checks values against the schema: types, choices, ranges, missing and unknown fields.

What depends on more than one field is checked elsewhere (`containers`, `links`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pywrangler.config.advice.values import fits
from pywrangler.config.environments import Section, is_generated
from pywrangler.config.problems.report import Report
from pywrangler.config.schema import ENVIRONMENT, PREVIEW, ROOT, root_field
from pywrangler.config.schema.containers import INSTANCE_TYPES, MOST_INSTANCES
from pywrangler.config.schema.kinds import (
    Anything,
    Field,
    Flag,
    Kind,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Table,
    Text,
)
from pywrangler.config.schema.other_products import REMOVED_FIELDS, says_nothing
from pywrangler.config.syntax.document import Node
from pywrangler.spelling import certain, question, quoted


def check_section(section: Section, report: Report) -> None:
    """Reports what is wrong with each field of the top level, and of the section's own environment."""
    check_table(section.top, ROOT, report)
    if section.own:
        check_value(section.own, _OWN_FIELDS, report)
    if section.preview:
        check_value(section.preview, PREVIEW, report)


_OWN_FIELDS = Table(tuple(field._replace(is_required=False) for field in ENVIRONMENT.fields))
"""A named environment inherits what the top level requires."""


def check_table(node: Node, table: Table, report: Report) -> None:
    """Reports what is wrong with the fields of a table: unknown, deprecated and missing ones, and their
    values.
    """
    known = {field.name: field for field in table.fields}
    if _has_none_of(known, node) and _is_reported_as_other_shape(node, table, report):
        return
    for key, value in node.entries():
        if field := known.get(key):
            if field.deprecated:
                report.warning(
                    "deprecated-field",
                    f'"{value}" is deprecated',
                    value.key_place,
                    f"Use {field.deprecated}.",
                )
            if field.use == "unused" and not (_is_environment(node) or says_nothing(key, value.value)):
                # Of an environment's, one warning lists all.
                report.warning("unused-field", f'"{value}" is not used by pywrangler', value.key_place)
            check_value(value, field.kind, report)
        elif key in REMOVED_FIELDS:
            if key == "legacy_env" and is_generated(node):
                continue  # older build tools write it, and Wrangler passes over it there
            report.error(
                "removed-field", f'"{key}" is no longer supported', value.key_place, REMOVED_FIELDS[key]
            )
        else:
            _report_unknown(value, node, table, report)
    for field in table.fields:
        if field.is_required and node.steps and node.get(field.name) is None:
            _report_missing(node, table, field, report)


def _is_environment(node: Node) -> bool:
    """Whether it is the top level or a named environment."""
    return not node.steps or (node.steps[0] == "env" and len(node.steps) == 2)


def check_value(node: Node, kind: Kind, report: Report) -> None:
    """Reports what is wrong with one value."""
    match kind:
        case Anything():
            pass
        case OneOf(kinds=kinds):
            _check_one_of(node, kinds, report)
        case _ if not fits(node.value, kind):
            _report_wrong_type(node, kind, report)
        case Table():
            check_table(node, kind, report)
        case ListOf(item=item):
            for element in node.elements():
                check_value(element, item, report)
        case MapOf(value=value):
            for _, entry in node.entries():
                check_value(entry, value, report)
        case Text():
            _check_text(node, kind, report)
        case Number():
            _check_range(node, kind, report)


def is_sound(section: Section, name: str) -> bool:
    """Whether this field of the environment holds what it may hold, which is reported elsewhere."""
    report = Report()
    if (node := section.get(name)) and (field := root_field(name)):
        check_value(node, field.kind, report)
    return not report.has_errors


def describe(kind: Kind) -> str:
    """The kind that a value must have, in words: "a string", "a whole number", "a list"."""
    match kind:
        case Flag():
            return "true or false"
        case Text(choices=choices):
            return quoted(choices) if choices else "a string"
        case Number(is_whole=is_whole):
            return "a whole number" if is_whole else "a number"
        case ListOf():
            return "a list"
        case Table() | MapOf():
            return "a table"
        case OneOf(kinds=kinds):
            return " or ".join(describe(each) for each in kinds)
        case Anything():
            return "any value"


def _check_one_of(node: Node, kinds: tuple[Kind, ...], report: Report) -> None:
    """Against the kind that the value's type suggests, so that a wrong choice is not called a wrong type."""
    for kind in kinds:
        if fits(node.value, kind):
            check_value(node, kind, report)
            return
    _report_wrong_type(node, OneOf(kinds), report)


def _report_wrong_type(node: Node, kind: Kind, report: Report) -> None:
    from pywrangler.config.advice.wrong_types import advice

    message = f'"{node}" must be {describe(kind)}, but is {_shown(node.value)}'
    report.error("wrong-type", message, node.place, *advice(node, kind))


def _check_text(node: Node, kind: Text, report: Report) -> None:
    value: str = node.value
    is_choice = not kind.choices or value in (*kind.choices, *kind.former_choices)
    if is_choice and (not kind.pattern or re.fullmatch(kind.pattern, value, re.DOTALL)):
        return
    from pywrangler.config.advice.wrong_types import SIZES, form_advice

    if not is_choice:
        message = f'"{node}" must be {quoted(kind.choices)}, but is {_shown(value)}'
        meant = certain(value, kind.choices)
        edits = node.replace(json.dumps(meant)) if meant else ()
        hint = question(value, kind.choices) or kind.otherwise
        if kind.choices == INSTANCE_TYPES and not meant:
            hint = SIZES
        report.error("unknown-choice", message, node.place, hint, edits)
    if kind.pattern and not re.fullmatch(kind.pattern, value, re.DOTALL):
        message = f'"{node}" must be {kind.wanted}, but is {_shown(value)}'
        report.error("wrong-form", message, node.place, *form_advice(node, kind.pattern, value))


def _check_range(node: Node, kind: Number, report: Report) -> None:
    low, high = kind.minimum, kind.maximum
    if (low is None or node.value >= low) and (high is None or node.value <= high):
        return
    is_open = high is None or (high >= MOST_INSTANCES and node.value < high)
    limits = f"{low or 0:g} or more" if is_open else f"from {low or 0:g} to {high:.15g}"
    report.error("out-of-range", f'"{node}" must be {limits}, but is {_shown(node.value)}', node.place)


def _report_unknown(value: Node, node: Node, table: Table, report: Report) -> None:
    from pywrangler.config.advice.unknown_fields import Unknown, explain

    unknown = Unknown(value, node, table)
    explanation = explain(unknown)
    code = "misplaced-field" if explanation.is_misplaced else "unknown-field"
    message = f'"{unknown.node}" is not a field'
    tell = report.error if table.is_closed else report.warning
    tell(code, message, unknown.node.key_place, explanation.hint, explanation.edits)


def _has_none_of(known: Mapping[str, Field], node: Node) -> bool:
    return bool(node.steps and node.value) and not known.keys() & node.value.keys()


def _is_reported_as_other_shape(node: Node, table: Table, report: Report) -> bool:
    from pywrangler.config.advice.missing_fields import report_other_shape

    return report_other_shape(node, table, report)


def _report_missing(node: Node, table: Table, field: Field, report: Report) -> None:
    from pywrangler.config.advice.missing_fields import report_missing
    from pywrangler.config.advice.snippets import example_line

    report_missing(
        node,
        table,
        field.name,
        report,
        code="field-missing",
        message=f'"{node}" has no "{field.name}"',
        place=node.place,
        hint=f"{field.text} Add:\n{example_line(node.document.syntax, field)}",
    )


def _shown(value: Any) -> str:
    """A value in an error text, short."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (str, bool, type(None))) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
