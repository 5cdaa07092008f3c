"""The JSON Schema of the configuration for editors (`$schema`), made from the definitions that validation
uses.
"""

from __future__ import annotations

from typing import Any

from pywrangler.config.schema import ENVIRONMENT, ROOT
from pywrangler.config.schema.kinds import Field, Flag, Kind, ListOf, MapOf, Number, OneOf, Table, Text

DIALECT = "http://json-schema.org/draft-07/schema#"


def json_schema() -> dict[str, Any]:
    """The schema as data, for draft 7, which all editors know.

    Nothing is required at the top level: the command line may give it, and named environments inherit it.
    """
    schema = _table(ROOT, requires=False)
    schema["properties"]["env"] = {
        "type": "object",
        "description": "Named environments: a table of fields for each.",
        "additionalProperties": _table(ENVIRONMENT, requires=False),
    }
    return {
        "$schema": DIALECT,
        "title": "Configuration of pywrangler",
        "allowTrailingCommas": True,
        **schema,
    }


def _table(table: Table, *, requires: bool = True) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: _field(field) for field in table.fields},
        "additionalProperties": False,
    }
    required = [field.name for field in table.fields if field.is_required]
    return made | ({"required": required} if requires and required else {})


def _field(field: Field) -> dict[str, Any]:
    text = field.text
    if field.default:
        text += f" Default: {field.default}."
    if field.use == "unused":
        text += " Not used by pywrangler."
    made = _kind(field.kind) | {"description": text}
    if field.deprecated:
        made |= {"deprecated": True, "description": f"{text} Deprecated: use {field.deprecated}."}
    return made


def _kind(kind: Kind) -> dict[str, Any]:
    match kind:
        case Flag():
            return {"type": "boolean"}
        case Text():
            return _text(kind)
        case Number(minimum=minimum, maximum=maximum, is_whole=is_whole):
            limits = {"minimum": minimum, "maximum": maximum}
            made: dict[str, Any] = {"type": "integer" if is_whole else "number"}
            return made | {name: limit for name, limit in limits.items() if limit is not None}
        case ListOf(item=item):
            return {"type": "array", "items": _kind(item)}
        case MapOf(value=value):
            return {"type": "object", "additionalProperties": _kind(value)}
        case Table():
            return _table(kind)
        case OneOf(kinds=kinds):
            return {"anyOf": [_kind(each) for each in kinds]}
        case _:
            return {}


def _text(kind: Text) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "string"}
    if kind.choices:
        made["enum"] = [*kind.choices, *kind.former_choices]
    if kind.pattern:
        made["pattern"] = f"^(?:{kind.pattern})$"
    return made
