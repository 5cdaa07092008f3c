"""Values of a configuration as JavaScript sees them: their types, and their JSON as it writes it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

_IDENTIFIER = re.compile(r"[a-zA-Z_$][\w$]*", re.ASCII)
_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
_LARGEST_INDEX = 2**32 - 2


def type_name(value: Any) -> str:
    """What `typeof` says of the value; of a list, its elements' types as TypeScript writes them."""
    if isinstance(value, list):
        names = sorted({_typeof(element) for element in value})
        return f"{names[0]}[]" if len(names) == 1 else f"({'|'.join(names)})[]" if names else "unknown[]"
    return _typeof(value)


def _typeof(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "object"


def as_json(value: Any) -> str:
    """The value as `JSON.stringify` writes it; it is a literal type, too."""
    if isinstance(value, Mapping):
        members = (f"{as_json(key)}:{as_json(value[key])}" for key in in_order(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(as_json, value)) + "]"
    if isinstance(value, bool | str) or value is None:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return _number(value)
    return json.dumps(_instant(value))


def in_order(keys: Iterable[str]) -> list[str]:
    """The keys of an object in the order of JavaScript: indexes first, by size, then the others."""
    given = list(dict.fromkeys(keys))
    indexes = [key for key in given if _INDEX.fullmatch(key) and int(key) <= _LARGEST_INDEX]
    return sorted(indexes, key=int) + [key for key in given if key not in indexes]


def member_name(name: str) -> str:
    """The name of a member of an interface, in quotes where it needs them."""
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def union(types: Sequence[str]) -> str:
    """A union of types, each of them once."""
    return " | ".join(dict.fromkeys(types))


def _number(value: int | float) -> str:
    """The number as JavaScript writes it: the shortest digits that mean it, from 1e21 on with an exponent."""
    number = float(value)
    if not math.isfinite(number):
        return "null"
    _, digits, exponent = Decimal(repr(abs(number))).normalize().as_tuple()
    sign = "-" if number < 0 else ""
    return sign + _placed("".join(map(str, digits)), len(digits) - 1 + int(exponent))


def _placed(digits: str, exponent: int) -> str:
    count, point = len(digits), exponent + 1
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if count > 1 else ""
    return f"{digits[0]}{fraction}e{'+' if exponent > 0 else ''}{exponent}"


def _instant(value: date | time) -> str:
    """A date of TOML as JavaScript writes it in JSON."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value.isoformat(timespec="milliseconds")
        moment = value.astimezone(UTC).replace(tzinfo=None)
        return moment.isoformat(timespec="milliseconds") + "Z"
    return value.isoformat(timespec="milliseconds") if isinstance(value, time) else value.isoformat()
