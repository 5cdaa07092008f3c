"""Fields that a named environment must repeat from the top level, because it does not inherit them.

Source: Wrangler 4.164.0's `notInheritable`, `validateBindingArray`, `validateVars` and `validateDefines`.
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.config.problems.report import Report
from pywrangler.config.schema import ROOT
from pywrangler.config.schema.kinds import Field
from pywrangler.config.schema.other_products import says_nothing
from pywrangler.config.syntax.document import Node
from pywrangler.spelling import quoted

_TABLES_OF_NAMES = ("vars", "define")
_LISTS_INSIDE = {"durable_objects": "bindings", "unsafe": "bindings"}
_UNCOMPARED = ("containers", "tail_consumers", "streaming_tail_consumers")
"""Lists whose entries may differ in each environment; only a missing list is reported."""


def check_repetition(root: Node, own: Node, report: Report) -> None:
    """Warns of fields, and of entries in them, that only the top level has."""
    for field in ROOT.fields:
        top = root.get(field.name)
        if field.scope != "environment" or field.use not in ("used", "cloudflare") or top is None:
            continue
        repeated = own.get(field.name)
        if repeated is None:
            _check_field(field, top, own, report)
        else:
            _check_entries(top, repeated, report)
    _check_extra_defines(root, own, report)


def _check_field(field: Field, top: Node, own: Node, report: Report) -> None:
    if not says_nothing(field.name, top.value):
        message = f'"{field.name}" is at the top level but not in "{own}", which does not inherit it'
        report.warning("not-inherited", message, top.key_place, _repeat_hint(top, own))


def _check_entries(top: Node, own: Node, report: Report) -> None:
    if str(top) in _UNCOMPARED:
        return
    names = _names(own)
    missing = [name for name in _names(top) if name not in names]
    if missing:
        message = f'"{own}" lacks {quoted(missing)} of the top level, which are not inherited'
        report.warning("not-inherited", message, own.key_place, f'Repeat them in "{own}".')


def _check_extra_defines(root: Node, own: Node, report: Report) -> None:
    top, repeated = root.get("define"), own.get("define")
    if top is None or repeated is None or not top.value:
        return
    for name, node in repeated.entries():
        if top.get(name) is None:
            message = f'"{node}" is not in "{top}" of the top level, where Wrangler requires it'
            report.warning("define-only-here", message, node.key_place, f'Add "{name}" to "{top}", too.')


def _names(field: Node) -> list[str]:
    """The names of variables, constants or bindings in a field."""
    if str(field).rpartition(".")[2] in _TABLES_OF_NAMES:
        return [name for name, _ in field.entries()]
    inner = _LISTS_INSIDE.get(str(field.steps[-1]))
    entries = field.children(inner) if inner else field.elements()
    return [name for entry in entries if (name := entry.text("binding") or entry.text("name"))]


def _repeat_hint(top: Node, own: Node) -> str:
    """The hint; in TOML with the heading, whose environment people forget."""
    if own.document.syntax != "toml" or not isinstance(top.value, (Mapping, list)):
        return f'Repeat "{top}" in "{own}".'
    inner = top.get("bindings") or top  # of `durable_objects`
    brackets = ("[[", "]]") if isinstance(inner.value, list) else ("[", "]")
    return f"Repeat it under a heading {brackets[0]}{own}.{inner}{brackets[1]}."
