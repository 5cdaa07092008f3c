"""What to do about a value of the wrong type or form: what it was probably meant to be, as it has to be
written.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pywrangler.config.document import Node, path_text
from pywrangler.config.problems import Edit
from pywrangler.config.schema.containers import INSTANCE_TYPES, JURISDICTIONS, REGIONS
from pywrangler.config.schema.kinds import Flag, Kind, ListOf, MapOf, Number, OneOf, Table, Text
from pywrangler.config.snippets import example, inline

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_MEMORY_UNITS = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024**2}
_DISK_UNITS = {"k": 1 / 1000, "m": 1, "g": 1000, "t": 1000**2}
_SECONDS = {"s": 1, "m": 60, "h": 3600}
SIZES = (
    "By memory: lite 256 MiB, basic 1 GiB, standard-1 4 GiB, standard-2 6 GiB, standard-3 8 GiB, "
    "standard-4 12 GiB."
)


class Advice(NamedTuple):
    """What to do, and the edits where that is safe."""

    hint: str | None = None
    edits: tuple[Edit, ...] = ()


def advice(node: Node, kind: Kind) -> Advice:
    """What to do about a value that is not of this kind."""
    if node.value is None:
        return Advice("null is not the same as leaving it out: remove the line.")
    match kind:
        case OneOf(kinds=kinds):
            return next((found for each in kinds if (found := advice(node, each)).hint), Advice())
        case Text():
            return _text(node, kind)
        case Number():
            return _number(node)
        case Flag():
            return _flag(node)
        case ListOf():
            return _list(node, kind)
        case Table() | MapOf():
            return _table(node, kind)
        case _:
            return Advice()


def _write(node: Node, value: Any) -> Advice:
    """To write this value in place of the one that is there, which says the same."""
    written = inline(node.document.syntax, value)
    return Advice(f"Write {written}", node.replace(written))


def _text(node: Node, kind: Text) -> Advice:
    value = node.value
    if isinstance(value, (datetime.date, datetime.time)):
        return _quote(node, value.isoformat())
    if is_number(value) or (isinstance(value, bool) and node.steps[:1] == ("define",)):
        written = node.document.source.text[slice(*node.document.spans.values.get(node.steps, (0, 0)))]
        if kind.pattern and not re.fullmatch(kind.pattern, written):
            return form_advice(node, kind.pattern, written)
        return (
            Advice(SIZES if kind.choices == INSTANCE_TYPES else None)
            if kind.choices
            else _quote(node, written)
        )
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return _write(node, value[0])
    if isinstance(value, list) and node.steps[-1] == "image":
        return Advice("A container has one image: write an entry of its own for each.")
    if isinstance(value, Mapping):
        texts = [each for each in value.values() if isinstance(each, str)]
        if len(texts) > 1 and node.steps[-1] == "image":
            return Advice(f'Write {_quoted(texts[0])}; the context is "image_build_context" beside it.')
        return Advice(f"Write {_quoted(texts[0])}") if len(texts) == 1 else Advice()
    return Advice()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _quote(node: Node, text: str) -> Advice:
    return Advice(f'Put it in quotes: "{text}".', node.replace(f'"{text}"'))


def _number(node: Node) -> Advice:
    value = node.value
    if not isinstance(value, str):
        return Advice()
    text = value.strip().replace("_", "")
    if re.fullmatch(r"\d{1,9}", text):
        return Advice(f"Write it without quotes: {text}.", node.replace(text))
    if percent := re.fullmatch(r"(\d{1,3})\s*%", text):
        return Advice(f"Write {percent[1]}, without quotes.", node.replace(percent[1]))
    name = str(node.steps[-1])
    if size := re.fullmatch(r"(\d{1,9}(?:\.\d+)?)\s*([kmgt])i?b?", text.lower()):
        units = _DISK_UNITS if name == "disk_mb" else _MEMORY_UNITS if name == "memory_mib" else {}
        if size[2] in units:
            unit = "MB" if name == "disk_mb" else "MiB"
            return Advice(f"Write a number of {unit}: {round(float(size[1]) * units[size[2]])}.")
    time = re.fullmatch(r"(\d{1,6})\s*([smh])[a-z]*", text.lower())
    if time and name == "rollout_active_grace_period":
        return Advice(f"Write a number of seconds: {int(time[1]) * _SECONDS[time[2]]}.")
    return Advice()


def _flag(node: Node) -> Advice:
    word = str(node.value).lower()
    meant = "true" if word in _TRUE else "false" if word in _FALSE else None
    if meant is None:
        return Advice()
    if isinstance(node.value, str) and word == meant:
        return Advice(f"Write it without quotes: {meant}.", node.replace(meant))
    return Advice(f"Write {meant}.")


def _list(node: Node, kind: ListOf) -> Advice:
    """A single value that has to be a list of one, and what else is no list."""
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
        return _write(node, [*value]) if is_switches else Advice()
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
            return Advice(f"Write [[{path}]] for each of them, in place of [{path}.{first}].")
        return Advice(
            f"Put the tables in a list: [ {{ {_quoted(_key_field(item))}: {_quoted(first)}, ... }} ]."
        )
    return _in_brackets(node)


def _in_brackets(node: Node) -> Advice:
    """A table that has to be the one element of a list."""
    span = node.document.spans.values.get(node.steps, (0, 0))
    written = node.document.source.text[slice(*span)]
    if node.document.syntax == "jsonc":
        return Advice("Put it in brackets: [ { ... } ].", node.replace(f"[{written}]"))
    is_its_own = written.startswith("[") and written[1:-1].strip() == path_text(node.steps)
    edits = (Edit(*span, f"[{written}]"),) if is_its_own else node.replace(f"[{written}]")
    return Advice(f"Write its heading with two brackets: [[{path_text(node.steps)}]].", edits)


def _key_field(table: Table) -> str:
    """The field that tells one entry of a list from another."""
    return next((field.name for field in table.fields if field.is_required), table.fields[0].name)


def _table(node: Node, kind: Table | MapOf) -> Advice:
    value = node.value
    if node.steps[:1] == ("env",) and len(node.steps) == 2:
        return Advice('"env" holds named environments; variables belong into "vars".')
    if isinstance(kind, MapOf):
        return _map(node, kind)
    names = {field.name for field in kind.fields}
    if isinstance(value, bool) and "enabled" in names:
        return _write(node, {"enabled": value})
    if isinstance(value, list):
        return _table_for_list(node, kind)
    return _table_for_text(node, kind) if isinstance(value, str) else Advice()


def _map(node: Node, kind: MapOf) -> Advice:
    value = node.value
    names = [value] if isinstance(value, str) else value
    is_names = isinstance(names, list) and names and all(isinstance(each, str) for each in names)
    if pairs := _pairs(names):
        return _write(node, pairs)
    if is_names and node.steps == ("env",):
        return Advice(_write(node, {name: {} for name in names}).hint)
    if is_names and isinstance(kind.value, Table):
        return Advice(_write(node, {name: example(name, kind.value) for name in names}).hint)
    return Advice()


def _lists(kind: Table) -> list[tuple[str, Kind]]:
    """The table's fields that are lists, with the kind of their items."""
    return [(field.name, field.kind.item) for field in kind.fields if isinstance(field.kind, ListOf)]


def _table_for_list(node: Node, kind: Table) -> Advice:
    """The table stands in a list, or a list stands where the table around it has to."""
    value, names = node.value, {field.name for field in kind.fields}
    if len(value) == 1 and isinstance(value[0], Mapping) and value[0].keys() <= names:
        return Advice(_without_brackets(node))
    for name, item in _lists(kind)[:1]:
        if isinstance(item, Text) and value and all(isinstance(each, str) for each in value):
            return _write(node, {name: value})
        if isinstance(item, Table) and value and all(isinstance(each, Mapping) for each in value):
            return Advice(_into_list(node, name))
    return Advice()


def _table_for_text(node: Node, kind: Table) -> Advice:
    """A text stands where a table has to: the text of its one list, or of the one field that it must have."""
    value, syntax = node.value, node.document.syntax
    names = {field.name for field in kind.fields}
    lists = _lists(kind)
    if names <= {"crons", "events"} and lists:
        return _write(node, {lists[0][0]: [value]})
    if {"image", "class_name"} <= names:
        example = {"class_name": "MyContainer", "image": value}
        return Advice(f"Write a table: {inline(syntax, example)}")
    if {"regions", "jurisdiction"} <= names and value.upper() in REGIONS:
        return _write(node, {"regions": [value.upper()]})
    if {"regions", "jurisdiction"} <= names and value.lower() in JURISDICTIONS:
        return _write(node, {"jurisdiction": value.lower()})
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


def form_advice(node: Node, pattern: str, value: str) -> Advice:
    """What to do about a text (or a number, as it is written) that has not the form it has to have."""
    hyphened = re.sub("[\u2010-\u2015]", "-", value)  # dashes, as word processors make them of hyphens
    if hyphened != value and re.fullmatch(pattern, hyphened, re.DOTALL):
        return Advice(f'Write hyphens: "{hyphened}".', node.replace(f'"{hyphened}"'))
    if date := re.fullmatch(r"\s*(\d{4})[-/. ]?(\d\d?)[-/. ]?(\d\d?)(?:T.*)?\s*", value):
        written = f"{date[1]}-{int(date[2]):02}-{int(date[3]):02}"
        if re.fullmatch(pattern, written):
            return Advice(f'Write "{written}".', node.replace(f'"{written}"'))
    lowered = value.strip().lower()
    if re.fullmatch(pattern, lowered):
        return Advice(f'Write "{lowered}".', node.replace(f'"{lowered}"'))
    plain = re.sub(r"[^a-z0-9_]+", "-", lowered).strip("-")
    if node.steps[-1] == "name" and plain:
        return Advice(f'For example "{plain}".')
    if node.steps[-1] == "compatibility_date":
        return Advice(f'Write a day, such as "{datetime.datetime.now(datetime.UTC).date()}".')
    if node.steps[-1] == "public_key":
        return Advice("Make one with: ssh-keygen -t ed25519")
    return Advice()


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
