"""Writes the lines that a hint asks for, in the syntax of the user's own file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.config.document import Syntax
from pywrangler.config.schema.kinds import Field, Flag, Kind, ListOf, MapOf, Number, OneOf, Table, Text


def snippet(syntax: Syntax, fields: Mapping[str, Any]) -> str:
    """The fields as they would stand in a file of that syntax, without the braces around them."""
    if syntax == "toml":
        import tomlkit

        return tomlkit.dumps(fields).strip()
    return "\n".join(f'"{key}": {_json(value)},' for key, value in fields.items()).removesuffix(",")


def example_line(syntax: Syntax, field: Field) -> str:
    """A line that gives the field an example value."""
    return snippet(syntax, {field.name: _example(field.name, field.kind)})


def _json(value: Any) -> str:
    """Short values on one line, with the spaces that people write; longer ones indented."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) > 90:
        return json.dumps(value, ensure_ascii=False, indent=2)
    return flat.replace("{", "{ ").replace("}", " }") if "{}" not in flat and '"{' not in flat else flat


def _example(name: str, kind: Kind) -> Any:
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
            return [_example("", item)]
        case OneOf(kinds=kinds):
            return _example(name, kinds[0])
        case MapOf() | Table():
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
