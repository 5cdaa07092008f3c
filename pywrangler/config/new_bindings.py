"""Writes new bindings into a configuration, keeping every comment and the layout of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pywrangler.config.advice.additions import element, field_of
from pywrangler.config.environments import Section, select_section
from pywrangler.config.problems.records import Edit
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import Node
from pywrangler.config.syntax.edit import apply_edits, replace_file
from pywrangler.config.syntax.reading import read, read_text


def add_kv_namespace(
    file: Path,
    binding: str,
    identifier: str,
    *,
    field: Literal["id", "preview_id"] = "id",
    environment: str | None = None,
) -> bool:
    """Bind the namespace in `environment`; an entry of this binding gets `field` where it lacks it.

    False when the file was left as it is, because the entry has the field already, or its layout leaves no
    safe place. Raises `ConfigurationError` when the file cannot be parsed.
    """
    report = Report()
    section = select_section(read(file, report).root, environment, report)
    entry = _entry(section, binding)
    if entry is not None and entry.get(field) is not None:
        return False
    edits: tuple[Edit, ...]
    if entry is not None:
        edits = field_of(entry, field, identifier)
    else:
        new = {"binding": binding, field: identifier}
        edits = element(section.document_table, ("kv_namespaces",), new).edits
    return _apply(file, edits)


def add_binding(file: Path, field: str, entry: Mapping[str, str], *, environment: str | None = None) -> bool:
    """Add `entry`, which has a `binding`, to the list `field` of `environment`.

    False when the file was left as it is, because the list has this binding already, or the layout leaves no
    safe place. Raises `ConfigurationError` when the file cannot be parsed.
    """
    report = Report()
    section = select_section(read(file, report).root, environment, report)
    if _entry(section, entry["binding"], field) is not None:
        return False
    edits = element(section.document_table, (field,), entry).edits
    return _apply(file, edits)


def _apply(file: Path, edits: tuple[Edit, ...]) -> bool:
    """Change the file; False without edits."""
    if edits:
        replace_file(file, apply_edits(read_text(file), edits))
    return bool(edits)


def _entry(section: Section, binding: str, field: str = "kv_namespaces") -> Node | None:
    entries = section.children(field)
    return next((entry for entry in entries if entry.text("binding") == binding), None)
