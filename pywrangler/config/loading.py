"""Reads a file, checks it and makes a `Configuration` of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pywrangler.config.advice.missing_fields import report_wrapped
from pywrangler.config.assembly import assemble
from pywrangler.config.checks.validation import check_section, check_value
from pywrangler.config.environments import Section, is_generated, select_section
from pywrangler.config.given import Given, Lacks, ReadExports, SeeContainers
from pywrangler.config.parts import read_parts
from pywrangler.config.previews import as_preview
from pywrangler.config.problems.errors import ConfigurationError
from pywrangler.config.problems.records import Problem
from pywrangler.config.problems.report import Report
from pywrangler.config.records import Configuration
from pywrangler.config.rules import check_rules
from pywrangler.config.schema.kinds import Anything, MapOf
from pywrangler.config.syntax.document import Document, Node
from pywrangler.config.syntax.reading import read


def load(
    file: Path,
    *,
    environment: str | None = None,
    exported_classes: frozenset[str] | None = None,
    name: str | None = None,
    main: Path | None = None,
    compatibility_date: str | None = None,
    assets: Path | None = None,
    lacks: Lacks | None = None,
    is_preview: bool = False,
) -> Configuration:
    """The checked configuration of `environment`, warnings included, also about what the target `lacks`. That
    of its previews, if `is_preview`.

    `name`, `main`, `compatibility_date` and `assets` (the directory) stand in for the file's own;
    `exported_classes` are those of the Worker's code, once it is bundled. Raises `ConfigurationError` with
    every problem when one of them is an error.
    """
    configuration, problems = check(
        file,
        environment=environment,
        exported_classes=exported_classes,
        name=name,
        main=main,
        compatibility_date=compatibility_date,
        assets=assets,
        lacks=lacks,
        is_preview=is_preview,
    )
    if configuration is None:
        raise ConfigurationError(problems)
    return configuration


def check(
    file: Path,
    *,
    environment: str | None = None,
    exported_classes: frozenset[str] | None = None,
    read_exports: ReadExports | None = None,
    see_containers: SeeContainers | None = None,
    name: str | None = None,
    main: Path | None = None,
    compatibility_date: str | None = None,
    assets: Path | None = None,
    lacks: Lacks | None = None,
    is_preview: bool = False,
) -> tuple[Configuration | None, list[Problem]]:
    """The configuration, None if a problem is an error, and all problems in the order of the file.
    Never raises for what a file holds.

    In place of `exported_classes`, `read_exports` may find them out: it is asked as soon as `main` and the
    fields for bundling are known to be right, even where others are not.
    """
    report = Report()
    given = Given(
        name, main, compatibility_date, assets, exported_classes, read_exports, see_containers, lacks
    )
    try:
        document = read(file, report)
    except ConfigurationError as error:
        return None, [*report.sorted(), *error.problems]
    configuration = _check_document(document, environment, given, report, is_preview=is_preview)
    problems = report.sorted()
    if configuration is None:
        return None, problems
    return replace(configuration, warnings=tuple(problems)), problems


def check_environments(
    file: Path,
    *,
    read_exports: ReadExports | None = None,
    see_containers: SeeContainers | None = None,
    lacks: Lacks | None = None,
) -> list[Problem]:
    """The problems of the top level and of every named environment, in the order of the file and each once;
    those that only environments have say which. Never raises for what a file holds.
    """
    report = Report()
    try:
        document = read(file, report)
    except ConfigurationError as error:
        return [*report.sorted(), *error.problems]
    given = Given(read_exports=read_exports, see_containers=see_containers, lacks=lacks)
    if (environments := document.root.get("env")) is not None:
        check_value(environments, MapOf(Anything()), report)
    _check_document(document, None, given, report)
    of_environments: dict[Problem, list[str]] = {}
    for environment in _environment_names(document.root):
        of_this = Report()
        _check_document(document, environment, given, of_this)
        for problem in of_this.sorted():
            of_environments.setdefault(problem, []).append(environment)
    of_top_level = set(report.sorted())
    report.extend(
        replace(problem, environments=tuple(names))
        for problem, names in of_environments.items()
        if problem not in of_top_level
    )
    return report.sorted()


def _environment_names(root: Node) -> list[str]:
    environments = root.get("env")
    if environments is None or is_generated(root):
        return []
    return [name for name, _ in environments.entries()]


def _check_document(
    document: Document, environment: str | None, given: Given, report: Report, *, is_preview: bool = False
) -> Configuration | None:
    """The stages of a document: its shape, its parts, how they fit together, the record."""
    section = _check_shape(document, environment, report, is_preview=is_preview)
    if section is None:
        return None
    parts = read_parts(section, given, report)
    check_rules(section, parts, given, report)
    return None if report.has_errors else assemble(section, parts)


def _check_shape(
    document: Document, environment: str | None, report: Report, *, is_preview: bool
) -> Section | None:
    """The environment's fields, checked against the schema; None if there is nothing to read them from."""
    if report_wrapped(document.root, report):
        return None
    section = select_section(document.root, environment, report)
    if is_preview:
        preview = as_preview(section, report)
        if preview is None:
            return None
        section = preview
    check_section(section, report)
    return None if section.own and not isinstance(section.own.value, Mapping) else section
