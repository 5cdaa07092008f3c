"""Fields of the top level that are below a TOML heading, and so belong to it: the line's way back up."""

from __future__ import annotations

from typing import NamedTuple

from pywrangler.config.problems.records import Edit, Place
from pywrangler.config.syntax.document import Node


class Heading(NamedTuple):
    """`[table]` or `[[table]]`, as it is written, and where."""

    text: str
    place: Place

    @property
    def hint(self) -> str:
        """The hint for a line below it that belongs to the top level."""
        return (
            "It belongs at the top level. In TOML that ends at the first heading: move the line above"
            f" {self.text} on line {self.place.line}."
        )


def heading_above(table: Node) -> Heading | None:
    """The heading above this table's lines; None in JSON, and for a table in braces."""
    span = table.document.spans.values.get(table.steps)
    if not table.steps or table.document.syntax != "toml" or span is None:
        return None
    text = table.document.source.text[slice(*span)]
    return Heading(text, table.document.source.place(*span)) if text.startswith("[") else None


def move_to_top(node: Node) -> tuple[Edit, ...]:
    """The edits that move the field's line behind the last one above the first heading, or to the start of
    the file; none if that is not one whole line.
    """
    document = node.document
    text = document.source.text
    key, value = document.spans.keys.get(node.steps), document.spans.values.get(node.steps)
    last = max(
        (
            span[1]
            for steps, span in document.spans.values.items()
            if len(steps) == 1 and span[0] >= document.spans.keys[steps][0]  # else a heading around the key
        ),
        default=-1,
    )
    if key is None or value is None:
        return ()
    start = text.rfind("\n", 0, key[0]) + 1
    end = text.find("\n", value[1])
    end = len(text) if end < 0 else end + 1
    if "\n" in text[slice(*value)] or text[start : key[0]].strip():
        return ()
    target = text.find("\n", last) + 1 if last >= 0 else 0
    if target > start:
        return ()
    line = text[start:end].strip()
    return Edit(target, target, f"{line}\n"), Edit(start, end, "")
