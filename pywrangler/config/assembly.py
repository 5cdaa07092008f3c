"""Puts the checked fields of one environment together into a `Configuration`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pywrangler.config.advice.missing_fields import find_misplaced, report_missing, stand_in
from pywrangler.config.advice.paths import check_link, near_file, plain_path, with_source_suffix
from pywrangler.config.advice.snippets import snippet
from pywrangler.config.bindings import check_binding_names, read_bindings
from pywrangler.config.checks.assets import read_assets
from pywrangler.config.checks.bundling_fields import read_build, read_code
from pywrangler.config.checks.cautions import check_cautions
from pywrangler.config.checks.combinations import check_combinations
from pywrangler.config.checks.compatibility import check_compatibility
from pywrangler.config.checks.containers import read_container
from pywrangler.config.checks.crons import check_crons
from pywrangler.config.checks.names import check_worker_name
from pywrangler.config.checks.placeholders import check_placeholders
from pywrangler.config.checks.routes import check_routes
from pywrangler.config.checks.validation import is_sound
from pywrangler.config.checks.variables import check_variables
from pywrangler.config.classes.checks import check_classes
from pywrangler.config.classes.container_classes import Link, link_containers
from pywrangler.config.classes.declarations import export_entries, read_classes
from pywrangler.config.discovery import is_file
from pywrangler.config.environments import Section, worker_name
from pywrangler.config.local_address import read_local_address
from pywrangler.config.problems.report import Report
from pywrangler.config.records import Configuration, Container
from pywrangler.config.schema import ROOT
from pywrangler.config.schema.other_products import says_nothing
from pywrangler.config.syntax.document import Node, path_text

ReadExports = Callable[[Configuration], frozenset[str] | None]
"""What the Worker's code exports, or None; of the configuration it gets what bundling needs, and no more."""

SeeContainers = Callable[[tuple[Container, ...]], None]
"""Notified of the containers of an environment, also where other parts of it are wrong."""


@dataclass(frozen=True)
class Given:
    """What the command line says in place of the file; None leaves the file's value."""

    name: str | None = None
    main: Path | None = None
    compatibility_date: str | None = None
    assets: Path | None = None
    """The folder of the static files."""
    exported_classes: frozenset[str] | None = None
    """The classes that the Worker's code exports, once it is bundled."""
    read_exports: ReadExports | None = None
    """Finds them out, where they are not given."""
    see_containers: SeeContainers | None = None


def assemble(section: Section, given: Given, report: Report) -> Configuration | None:
    """The configuration of this environment. Reports what is missing or does not fit together, and is None
    then.
    """
    name = given.name or worker_name(section)
    main = _main(section, given, report)
    compatibility_date = _required("compatibility_date", given.compatibility_date, section, report)
    _required("name", name, section, report)
    is_nameable = check_worker_name(section, name, report)
    classes = read_classes(section, name)
    links = link_containers(section, name, report)
    code = read_code(section, name, main, compatibility_date)
    exported = given.exported_classes
    if exported is None and given.read_exports and code:
        exported = given.read_exports(code)
    check_classes(section, links, classes, exported, report)
    containers = _containers(links, report, has_names=is_nameable)
    if given.see_containers:
        given.see_containers(containers)
    assets = read_assets(section, given.assets, report)
    unused = _unused(section, report)
    check_binding_names(section, report)
    for each in (section, *([Section(section.top, None, None)] if section.own else [])):
        check_combinations(each, report)  # Wrangler refuses what is wrong at the top level in any environment
        check_routes(each, report)
    check_compatibility(section, report)
    check_placeholders(section, report)
    check_variables(section, report)
    check_cautions(section, report)
    check_crons(section.children("triggers", "crons"), report)
    if report.has_errors or name is None or code is None:
        return None
    return replace(
        code,
        containers=containers,
        assets=assets,
        mentions_containers=section.get("containers") is not None,
        cloudflare=_for_cloudflare(section),
        unused=unused,
        target_environment=section.top.text("targetEnvironment"),
        has_environments=any(
            node and node.value for node in map(section.top.get, ("env", "definedEnvironments"))
        ),
        top_level_name=section.top.text("topLevelName") or section.top.text("name") or name,
        **read_bindings(section),
        **_settings(section),
    )


def _required(name: str, value: str | None, section: Section, report: Report) -> str | None:
    """The value given, else the field's. Reports it where there is neither."""
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
    """Where it stands, at the wrong level or misspelled; else at the beginning of the file."""
    code = f"{name.replace('_', '-')}-missing"
    if node is None and (misplaced := find_misplaced(section.top, ROOT, name)):
        there, explanation = misplaced
        message = f'The configuration has no "{name}", which stands in "{path_text(there.steps[:-1])}"'
        report.error(code, message, there.key_place, explanation.hint, explanation.edits)
        return
    hint = "Add:\n" + snippet(section.top.document.syntax, {name: _EXAMPLES[name]})
    if name == "main" and section.get("assets"):
        hint = f"A Worker of static assets only is deployed by Wrangler, not by pywrangler. {hint}"
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
    folder = node.document.file.parent
    file = with_source_suffix(plain_path(folder / value))
    if not is_file(file) and read_build(section) is None:
        report.error(
            "main-missing", f'"{node}" is {file}, which is not a file', node.place, _main_hint(file, folder)
        )
        return None
    return file if check_link(node, file, folder, report) else None


def _main_hint(file: Path, folder: Path) -> str:
    """The file that is probably meant: of the same name in `src` or beside the configuration, of a like name,
    or the one in the folder that is named.
    """
    others = [folder / name for name in (f"src/{file.name}", file.name)]
    others += [
        file / f"{stem}.{suffix}" for stem in ("index", "worker") for suffix in ("ts", "js", "mjs", "py")
    ]
    near = near_file(file)
    found = next(filter(is_file, others), file.with_name(near) if near else None)
    return (
        f'Did you mean "{os.path.relpath(found, folder)}"?' if found else f"Paths are relative to {folder}."
    )


def _containers(links: list[Link], report: Report, *, has_names: bool) -> tuple[Container, ...]:
    """The records of the containers; without `has_names`, those that are named after the Worker have none."""
    made = (
        read_container(
            link.node,
            (link.name if has_names else link.node.text("name")) or "",
            link.class_name or "",
            report,
        )
        for link in links
        if isinstance(link.node.value, Mapping)
    )
    return tuple(container for container in made if container is not None)


def _settings(section: Section) -> dict[str, Any]:
    crons = section.at("triggers", "crons")
    engine = section.at("dev", "container_engine")
    socket = section.at("dev", "container_engine", "localDocker", "socketPath") or engine
    observability = section.get("observability")
    return {
        "crons": tuple(node.value for node in crons.elements()) if crons else None,
        "account_id": section.text("account_id") or None,
        "workers_dev": section.flag("workers_dev"),
        "observability": dict(observability.value) if observability else None,
        "keep_vars": section.flag("keep_vars") or False,
        "container_engine": socket.value if socket else None,
        "dev": read_local_address(section),
    }


def _for_cloudflare(section: Section) -> dict[str, Any]:
    nodes = {field.name: section.get(field.name) for field in ROOT.fields if field.use == "cloudflare"}
    if nodes["routes"] is not None:
        nodes["route"] = None  # one of the two is inherited; `routes` wins, as with Wrangler
    nodes["code_update_strategy"] = section.at("durable_objects", "code_update_strategy")
    return {name: node.value for name, node in nodes.items() if node is not None}


def _unused(section: Section, report: Report) -> tuple[str, ...]:
    """The fields of other products in this environment, listed in one warning."""
    fields = ((field.name, section.get(field.name)) for field in ROOT.fields if field.use == "unused")
    nodes = {name: node for name, node in fields if node and not says_nothing(name, node.value)}
    for _, entry in export_entries(section):
        if entry.text("type") == "workflow":
            nodes.setdefault("exports.workflow", entry)
    names = tuple(nodes)
    if nodes:
        listed = ", ".join(f'"{name}"' for name in names)
        message = f"Not used by pywrangler: {listed}"
        first = next(iter(nodes.values()))
        report.warning("unused-fields", message, first.key_place, "The Worker is deployed without them.")
    return names
