"""The fields without which there is no Worker: `name`, `main` and `compatibility_date`."""

from __future__ import annotations

import os
from pathlib import Path

from pywrangler.config.advice.missing_fields import find_misplaced, report_missing, stand_in
from pywrangler.config.advice.paths import check_link, near_file, plain_path, with_source_suffix
from pywrangler.config.advice.snippets import snippet
from pywrangler.config.checks.assets_only import code_fields, is_assets_only
from pywrangler.config.checks.bundling_fields import read_build
from pywrangler.config.checks.names import check_worker_name
from pywrangler.config.checks.validation import is_sound
from pywrangler.config.discovery import is_file
from pywrangler.config.environments import Section, worker_name
from pywrangler.config.given import Given
from pywrangler.config.problems.report import Report
from pywrangler.config.schema import ROOT
from pywrangler.config.syntax.document import Node, path_text
from pywrangler.dataclass import dataclass


@dataclass(frozen=True)
class RequiredFields:
    """The required fields; None for one that is missing or wrong, which was reported then."""

    name: str | None
    main: Path | None
    compatibility_date: str | None
    is_nameable: bool
    """Whether what is named after the Worker can get its name."""
    has_code: bool = True
    """Whether the Worker is more than static assets."""


def read_required_fields(section: Section, given: Given, report: Report) -> RequiredFields:
    """The required fields of this environment. Reports those that are missing."""
    name = given.name or worker_name(section)
    has_code = not is_assets_only(section, given)
    main = _main(section, given, report) if has_code else None
    compatibility_date = _required("compatibility_date", given.compatibility_date, section, report)
    _required("name", name, section, report)
    return RequiredFields(name, main, compatibility_date, check_worker_name(section, name, report), has_code)


def _required(name: str, value: str | None, section: Section, report: Report) -> str | None:
    """The value given, otherwise the field's. Reports it if both are missing."""
    node = section.get(name)
    if value is None and node is not None and isinstance(node.value, str):
        value = node.value
    is_reported = not is_sound(section, name) or any(
        table.value[name] is None for table in (section.own, section.top) if table and table.get(name)
    )
    if not value and not is_reported:
        _report_required(name, node, section, report)
    return value or None


def _report_required(name: str, node: Node | None, section: Section, report: Report) -> None:
    """Reports the missing field at its wrong level or misspelled name; otherwise at the beginning of the
    file.
    """
    code = f"{name.replace('_', '-')}-missing"
    if node is None and (misplaced := find_misplaced(section.top, ROOT, name)):
        there, explanation = misplaced
        message = f'The configuration has no "{name}": it is in "{path_text(there.steps[:-1])}" instead'
        report.error(code, message, there.key_place, explanation.hint, explanation.edits)
        return
    hint = "Add:\n" + snippet(section.top.document.syntax, {name: _EXAMPLES[name]})
    if name == "main" and section.get("assets"):
        hint = f"A Worker of static assets only has no {', '.join(code_fields(section))}. {hint}"
    table = next((each for each in (section.own, section.top) if each and stand_in(each, ROOT, name)), None)
    report_missing(
        table or section.top,
        ROOT,
        name,
        report,
        code=code,
        message=f'The configuration has no "{name}"',
        place=node.place if node else section.top.document.source.place(0, 1),
        hint=hint,
    )


_EXAMPLES = {"name": "my-worker", "main": "src/index.ts", "compatibility_date": "2026-01-10"}


def _main(section: Section, given: Given, report: Report) -> Path | None:
    """The entry file's path; where the configuration names it and has no command that makes it, it must be
    there.
    """
    if given.main is not None:
        return given.main
    value = _required("main", None, section, report)
    node = section.get("main")
    if value is None or node is None:
        return None
    directory = node.document.file.parent
    file = with_source_suffix(plain_path(directory / value))
    if not is_file(file) and read_build(section) is None:
        report.error(
            "main-missing",
            f'"{node}" is {file}, which is not a file',
            node.place,
            _main_hint(file, directory),
        )
        return None
    return file if check_link(node, file, directory, report) else None


def _main_hint(file: Path, directory: Path) -> str:
    """The file that is probably meant: of the same name in `src` or beside the configuration, of a like name,
    or the one in the directory that is named.
    """
    others = [directory / name for name in (f"src/{file.name}", file.name)]
    others += [
        file / f"{stem}.{suffix}" for stem in ("index", "worker") for suffix in ("ts", "js", "mjs", "py")
    ]
    near = near_file(file)
    found = next(filter(is_file, others), file.with_name(near) if near else None)
    return (
        f'Did you mean "{os.path.relpath(found, directory)}"?'
        if found
        else f"Paths are relative to {directory}."
    )
