"""Advice for a value of the wrong type or form: the value that was probably meant, in the right form."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping

from pywrangler.config.advice.values import Advice, is_number, write
from pywrangler.config.advice.wrong_shapes import list_advice, table_advice
from pywrangler.config.schema.containers import INSTANCE_TYPES
from pywrangler.config.schema.kinds import Flag, Kind, ListOf, MapOf, Number, OneOf, Table, Text
from pywrangler.config.syntax.document import Node, quoted_text

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
_MEMORY_UNITS = {"k": 1 / 1024, "m": 1, "g": 1024, "t": 1024**2}
_DISK_UNITS = {"k": 1 / 1000, "m": 1, "g": 1000, "t": 1000**2}
_SECONDS = {"s": 1, "m": 60, "h": 3600}
SIZES = (
    "By memory: lite 256 MiB, basic 1 GiB, standard-1 4 GiB, standard-2 6 GiB, standard-3 8 GiB, "
    "standard-4 12 GiB."
)


def advice(node: Node, kind: Kind) -> Advice:
    """Advice for a value that is not of this kind."""
    if node.value is None:
        return Advice("null is not the same as a missing field: remove the line.")
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
            return list_advice(node, kind)
        case Table() | MapOf():
            return table_advice(node, kind)
        case _:
            return Advice()


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
        return write(node, value[0])
    if isinstance(value, list) and node.steps[-1] == "image":
        return Advice("A container has one image: write a separate entry for each.")
    if isinstance(value, Mapping):
        texts = [each for each in value.values() if isinstance(each, str)]
        if len(texts) > 1 and node.steps[-1] == "image":
            return Advice(f'Write {quoted_text(texts[0])}; the context is the field "image_build_context".')
        return Advice(f"Write {quoted_text(texts[0])}") if len(texts) == 1 else Advice()
    return Advice()


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


def form_advice(node: Node, pattern: str, value: str) -> Advice:
    """Advice for a text (or a number, as it is written) of the wrong form."""
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
    if node.steps[-1] == "tag":
        return Advice('For example "v1".')
    if node.steps[-1] == "public_key":
        return Advice("Create one with: ssh-keygen -t ed25519")
    return Advice()
