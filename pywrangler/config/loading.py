"""Reads a file, checks it and makes a `Configuration` of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pywrangler.config.assembly import Given, assemble, worker_name
from pywrangler.config.bindings import read_kv_namespaces as _kv_namespaces
from pywrangler.config.document import Document
from pywrangler.config.environments import select_section
from pywrangler.config.errors import ConfigurationError
from pywrangler.config.reading import read
from pywrangler.config.records import Configuration, KVNamespace, Problem
from pywrangler.config.report import Report
from pywrangler.config.schema import ENVIRONMENT, ROOT
from pywrangler.config.schema.kinds import Table
from pywrangler.config.validation import check_table, check_value


def load(
    file: Path,
    *,
    environment: str | None = None,
    exported_classes: frozenset[str] | None = None,
    name: str | None = None,
    main: Path | None = None,
    compatibility_date: str | None = None,
) -> Configuration:
    """The checked configuration of `environment`, warnings included.

    `name`, `main` and `compatibility_date` stand in for the file's own; `exported_classes` are those of the
    Worker's code, once it is bundled. Raises `ConfigurationError` with every problem when one of them is an
    error.
    """
    configuration, problems = check(
        file,
        environment=environment,
        exported_classes=exported_classes,
        name=name,
        main=main,
        compatibility_date=compatibility_date,
    )
    if configuration is None:
        raise ConfigurationError(problems)
    return configuration


def check(
    file: Path,
    *,
    environment: str | None = None,
    exported_classes: frozenset[str] | None = None,
    name: str | None = None,
    main: Path | None = None,
    compatibility_date: str | None = None,
) -> tuple[Configuration | None, list[Problem]]:
    """The configuration, None where a problem is an error, and all problems in the order of the file.
    Never raises for what a file holds.
    """
    report = Report()
    given = Given(name, main, compatibility_date, exported_classes)
    try:
        document = read(file, report)
    except ConfigurationError as error:
        return None, [*report.sorted(), *error.problems]
    configuration = _check_document(document, environment, given, report)
    problems = report.sorted()
    if configuration is None:
        return None, problems
    return replace(configuration, warnings=tuple(problems)), problems


def read_field(file: Path, name: str, *, environment: str | None = None) -> Any:
    """One field as it holds in `environment`, unchecked, or None: for commands that need nothing else of
    the file.

    `name` has the environment's suffix. Raises `ConfigurationError` only when the file cannot be parsed.
    """
    report = Report()
    section = select_section(read(file, report).root, environment, report)
    node = section.get(name)
    return worker_name(section) if name == "name" else node.value if node else None


def read_kv_namespaces(file: Path, *, environment: str | None = None) -> tuple[KVNamespace, ...]:
    """The entries of `kv_namespaces` in `environment`, with the rest of the file unchecked."""
    report = Report()
    return _kv_namespaces(select_section(read(file, report).root, environment, report))


def environments(file: Path) -> tuple[str, ...]:
    """The names of the environments that the file defines."""
    named = read(file, Report()).root.get("env")
    return tuple(name for name, _ in named.entries()) if named else ()


def _check_document(
    document: Document, environment: str | None, given: Given, report: Report
) -> Configuration | None:
    section = select_section(document.root, environment, report)
    check_table(document.root, ROOT, report)
    if section.own:
        check_value(section.own, _OWN_FIELDS, report)
    return assemble(document, section, given, report)


_OWN_FIELDS = Table(tuple(replace(field, is_required=False) for field in ENVIRONMENT.fields))
"""A named environment inherits what the top level requires."""
