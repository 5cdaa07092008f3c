"""The manual's reference page of the configuration, made from the definitions that validation uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pywrangler.config.checks.validation import describe
from pywrangler.config.schema import ROOT
from pywrangler.config.schema.kinds import Field, Kind, ListOf, MapOf, OneOf, Table, Text

_SCOPES = {
    "inherited": "inherited by named environments",
    "environment": "repeated in each named environment",
    "top-level": "top level only",
}

_HEAD = """# Configuration

pywrangler reads `wrangler.json`, `wrangler.jsonc` (JSON with comments and trailing commas) and
`wrangler.toml`, the same files as Wrangler. `pywrangler check` shows every mistake in them, and
`pywrangler check --fix` repairs the simple ones. For editors there is a JSON Schema:
`"$schema": "<path>/docs/wrangler.schema.json"`.

This page is made by `python -m scripts.reference`, from the definitions that the program itself checks with.
"""


def reference_page() -> str:
    """The page as Markdown: the fields that pywrangler acts on with those inside them, then the others by
    name.
    """
    used = [field for field in ROOT.fields if field.use == "used"]
    parts = [_HEAD, "## Fields\n", *_table_of(used, with_scope=True)]
    for field in used:
        parts += _sections(field.name, field.kind)
    parts += ["\n## Sent to Cloudflare; without effect on the local platform, unless it is said here\n"]
    parts += _names(ROOT.fields, "cloudflare")
    parts += ["\n## Accepted and not used\n", *_names(ROOT.fields, "unused")]
    parts += ["\n## Accepted, without effect on what pywrangler does\n", *_names(ROOT.fields, "harmless")]
    return "\n".join(parts) + "\n"


def _sections(path: str, kind: Kind) -> Iterator[str]:
    """A section for each table inside the field, outermost first."""
    for suffix, table in _tables(kind):
        yield f"\n### `{path}{suffix}`\n"
        shown = [field for field in table.fields if not field.is_hidden and field.use == "used"]
        yield from _table_of(shown, with_scope=False)
        for field in shown:
            yield from _sections(f"{path}{suffix}.{field.name}", field.kind)


def _tables(kind: Kind) -> list[tuple[str, Table]]:
    """The tables that a value of this kind is or holds, with what their path adds."""
    match kind:
        case Table():
            return [("", kind)]
        case ListOf(item=item):
            return [(f"[]{suffix}", table) for suffix, table in _tables(item)]
        case MapOf(value=value):
            return [(f".<name>{suffix}", table) for suffix, table in _tables(value)]
        case OneOf(kinds=kinds):
            return [found for each in kinds for found in _tables(each)]
        case _:
            return []


def _table_of(fields: Iterable[Field], *, with_scope: bool) -> Iterator[str]:
    scope = " Where |" if with_scope else ""
    yield f"| Field | Value | Default |{scope} Meaning |"
    yield f"|---|---|---|{'---|' if with_scope else ''}---|"
    for field in fields:
        default = "required" if field.is_required else field.default or ""
        cells = [f"`{field.name}`", _describe(field.kind), default]
        cells += [_SCOPES[field.scope]] if with_scope else []
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in (*cells, field.text)) + " |"


def _describe(kind: Kind) -> str:
    """The kind in words, choices as code."""
    match kind:
        case Text(choices=choices) if choices:
            return ", ".join(f"`{choice}`" for choice in choices)
        case ListOf(item=item):
            return f"list of: {_describe(item)}"
        case MapOf(value=value):
            return f"table of: {_describe(value)}"
        case OneOf(kinds=kinds):
            return " or ".join(_describe(each) for each in kinds)
        case _:
            return describe(kind)


def _names(fields: Iterable[Field], use: str) -> Iterator[str]:
    for field in fields:
        if field.use == use:
            yield f"- `{field.name}`: {field.text}"
