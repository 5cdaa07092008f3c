"""Says what to add to a configuration and where, and makes the text edits that add it with the existing
layout.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from pywrangler.config.advice.snippets import inline, snippet
from pywrangler.config.environments import Section
from pywrangler.config.problems.records import Edit
from pywrangler.config.syntax.document import Document, Node, Steps, path_text
from pywrangler.dataclass import dataclass


@dataclass(frozen=True)
class Addition:
    """An addition, in words for the user and as edits; no edits if they are not safe to make."""

    hint: str
    edits: tuple[Edit, ...] = ()

    def __add__(self, other: Addition) -> Addition:
        edits = (*self.edits, *other.edits) if self.edits and other.edits else ()
        return Addition(f"{self.hint}\n{other.hint}", edits)


def binding_for(section: Section, class_name: str) -> Addition:
    """A Durable Object binding that leads to the class, named like it: `MY_CONTAINER`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", class_name).upper()
    table = section.document_table
    return element(table, ("durable_objects", "bindings"), {"name": words, "class_name": class_name})


def migration_for(section: Section, class_name: str) -> Addition:
    """A further migration that creates the class, with the next free tag; after those that hold here, own
    or inherited.
    """
    migrations = section.get("migrations")
    tag = free_tag({migration.text("tag") for migration in section.children("migrations")})
    table = section.document_table if migrations and len(migrations.steps) > 1 else section.top
    return element(table, ("migrations",), {"tag": tag, "new_sqlite_classes": [class_name]})


def free_tag(tags: Collection[str | None]) -> str:
    """The first of v1, v2, ... that no migration has."""
    number = next(number for number in range(1, len(tags) + 2) if f"v{number}" not in tags)
    return f"v{number}"


def export_for(section: Section, class_name: str) -> Addition:
    """An entry of `exports` that declares the class. Only in words: the file has entries to take as a
    pattern.
    """
    entry = {"exports": {class_name: {"type": "durable-object", "storage": "sqlite"}}}
    return Addition("Add:\n" + snippet(section.top.document.syntax, entry))


def element(table: Node, keys: tuple[str, ...], new: Mapping[str, Any]) -> Addition:
    """One more element of the list under `keys` of `table`; the list is made if there is none."""
    document = table.document
    steps = (*table.steps, *keys)
    there = table.at(*keys)
    if document.syntax == "toml":
        hint = f"Add:\n{snippet('toml', _nested(steps, [new]))}"
        return Addition(hint, _append_toml(document, steps, there, new))
    if there and isinstance(there.value, list):
        return Addition(f'Add to "{there}":\n{inline("jsonc", new)}', _append_to_list(there, new))
    where = f' to "{table}"' if table.steps else ""
    key, value = next(iter(_nested(keys, [new]).items()))
    edits = () if table.get(key) else _add_field(table, key, value)
    return Addition(f"Add{where}:\n{snippet('jsonc', {key: value})}", edits)


def field_of(table: Node, key: str, value: Any) -> tuple[Edit, ...]:
    """One more field of a table that has some; no edits if there is no safe place."""
    if table.document.syntax != "toml":
        return _add_field(table, key, value)
    spans = table.document.spans.values
    last = next(reversed(table.value), None)
    if last is None or (*table.steps, last) not in spans:
        return ()
    end = spans[(*table.steps, last)][1]
    is_inline = table.document.source.text.startswith("{", spans[table.steps][0])
    return (Edit(end, end, f"{', ' if is_inline else chr(10)}{key} = {inline('toml', value)}"),)


def _nested(keys: Steps, value: Any) -> dict[str, Any]:
    """`{"a": {"b": value}}` for the keys a and b."""
    for key in reversed(keys):
        value = {str(key): value}
    return dict(value)


def _append_to_list(there: Node, element: Mapping[str, Any]) -> tuple[Edit, ...]:
    """After the last element: an existing trailing comma stays."""
    spans = there.document.spans.values
    text = inline(there.document.syntax, element)
    if not there.value:
        start = spans[there.steps][0] + 1
        return (Edit(start, start, text),)
    at = spans[(*there.steps, len(there.value) - 1)][1]
    return (Edit(at, at, f", {text}"),)


def _add_field(table: Node, key: str, value: Any) -> tuple[Edit, ...]:
    """After the last field, on a separate line with the same indentation."""
    spans = table.document.spans
    text = f"{json.dumps(key)}: {inline('jsonc', value)}"
    last = next(reversed(table.value), None) if isinstance(table.value, Mapping) else None
    if last is None or (*table.steps, last) not in spans.values:
        return ()
    end = spans.values[(*table.steps, last)][1]
    place = table.document.key_place(*table.steps, last)
    indent = place.source[: len(place.source) - len(place.source.lstrip())]
    return (Edit(end, end, f",\n{indent}{text}"),)


def _append_toml(
    document: Document, steps: Steps, there: Node | None, element: Mapping[str, Any]
) -> tuple[Edit, ...]:
    """A `[[table]]` at the end of the file; inside an inline list, one more inline table."""
    text = document.source.text
    if there and not isinstance(there.value, list):
        return ()
    span = document.spans.values.get(steps)
    if there and span and not text.startswith("[[", span[0]):
        return _append_to_list(there, element)
    around = document.spans.values.get(steps[:-1])
    if steps[:-1] and around and text.startswith("{", around[0]):
        return ()
    separator = "" if text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
    header = f"[[{path_text(steps)}]]"
    lines = "\n".join(f"{key} = {inline('toml', value)}" for key, value in element.items())
    return (Edit(len(text), len(text), f"{separator}{header}\n{lines}\n"),)
