"""Writes new bindings into a configuration, keeping every comment and the layout of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pywrangler.config.advice.additions import element, field_of
from pywrangler.config.environments import Section, select_section
from pywrangler.config.problems.records import Edit
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import Node
from pywrangler.config.syntax.edit import apply_edits, replace_file
from pywrangler.config.syntax.reading import read, read_text


def add_binding(file: Path, field: str, entry: Mapping[str, str], *, environment: str | None = None) -> bool:
    """Add `entry`, which has a `binding`, to the list `field` of `environment`. An existing entry of this
    binding gets the fields of `entry` if it has none of them.

    False when the file was left as it is, because that entry has some of the fields, or the layout leaves no
    safe place. Raises `ConfigurationError` when the file cannot be parsed.
    """
    report = Report()
    section = select_section(read(file, report).root, environment, report)
    existing = _entry(section, field, entry["binding"])
    if existing is None:
        return _apply(file, element(section.document_table, (field,), entry).edits)
    added = {key: value for key, value in entry.items() if key != "binding"}
    if any(existing.get(key) is not None for key in added):
        return False
    edits = [field_of(existing, key, value) for key, value in added.items()]
    return _apply(file, tuple(edit for each in edits for edit in each) if all(edits) else ())


def add_field(file: Path, field: str, value: Any, *, environment: str | None = None) -> bool:
    """Add a field to `environment`. False when the layout leaves no safe place. Raises `ConfigurationError`
    when the file cannot be parsed.
    """
    report = Report()
    section = select_section(read(file, report).root, environment, report)
    return _apply(file, field_of(section.document_table, field, value))


def _apply(file: Path, edits: tuple[Edit, ...]) -> bool:
    """Change the file; False without edits."""
    if edits:
        replace_file(file, apply_edits(read_text(file), edits))
    return bool(edits)


def _entry(section: Section, field: str, binding: str) -> Node | None:
    entries = section.children(field)
    return next((entry for entry in entries if entry.text("binding") == binding), None)
