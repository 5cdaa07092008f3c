"""Writes the lines that a hint asks for, in the syntax of the user's own file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.config.schema.kinds import Field, Flag, Kind, ListOf, MapOf, Number, OneOf, Table, Text
from pywrangler.config.syntax.document import Syntax


def snippet(syntax: Syntax, fields: Mapping[str, Any]) -> str:
    """The fields as they would be in a file of that syntax, without the braces around them."""
    if syntax == "toml":
        import tomlkit

        return tomlkit.dumps(fields).strip()
    return ",\n".join(f"{json.dumps(key)}: {_json(value)}" for key, value in fields.items())


def inline(syntax: Syntax, value: Any) -> str:
    """The value on one line."""
    if syntax == "toml":
        return _toml(value)
    return _json(value)


def example_line(syntax: Syntax, field: Field) -> str:
    """A line that gives the field an example value."""
    return snippet(syntax, {field.name: example(field.name, field.kind)})


def _json(value: Any) -> str:
    """A value on one line, with the spaces that people write."""
    if isinstance(value, Mapping):
        entries = ", ".join(f"{json.dumps(key)}: {_json(entry)}" for key, entry in value.items())
        return f"{{ {entries} }}" if entries else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_json(element) for element in value)}]"
    return json.dumps(value, ensure_ascii=False)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        entries = ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items())
        return f"{{ {entries} }}" if entries else "{}"
    return _json(value)  # texts, numbers, booleans and lists of them look alike


def example(name: str, kind: Kind) -> Any:
    """A value of this kind, for a field of this name."""
    if name in _EXAMPLES:
        return _EXAMPLES[name]
    match kind:
        case Text(choices=choices):
            return choices[0] if choices else "..."
        case Number(minimum=minimum):
            return int(minimum or 1)
        case Flag():
            return True
        case ListOf(item=item):
            return [example("", item)]
        case OneOf(kinds=kinds):
            return example(name, kinds[0])
        case Table(fields=fields):
            return {field.name: example(field.name, field.kind) for field in fields if field.is_required}
        case MapOf():
            return {}
        case _:
            return "..."


_EXAMPLES: dict[str, Any] = {
    "name": "my-worker",
    "main": "src/index.ts",
    "image": "./Dockerfile",
    "compatibility_date": "2026-01-10",
    "class_name": "MyContainer",
    "tag": "v1",
    "binding": "MY_BINDING",
}
