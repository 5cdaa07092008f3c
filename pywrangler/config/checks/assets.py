"""Checks what the schema cannot say about `assets`, and makes its record.

Rules are those of Wrangler 4.164.0 (`validateAssetsOptions`, `parseStaticRouting`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pywrangler.config.advice.paths import check_link, is_directory, near_file, plain_path
from pywrangler.config.advice.snippets import snippet
from pywrangler.config.checks.asset_files import check_rule_files
from pywrangler.config.checks.bundling_fields import read_build
from pywrangler.config.discovery import is_file
from pywrangler.config.environments import Section
from pywrangler.config.problems.report import Report
from pywrangler.config.records import Assets
from pywrangler.config.syntax.document import Node

SERVING = ("html_handling", "not_found_handling", "base_path", "run_worker_first")
"""Fields that say how the files are served; the API takes them as they are."""
IGNORE_FILE = ".assetsignore"
MAX_RULES = 100
MAX_RULE_LENGTH = 100


def read_assets(section: Section, given: Path | None, report: Report) -> Assets | None:
    """The Worker's assets; None if it has none, and where their directory was reported as missing.

    `given` is the directory that the command line names in place of the file's.
    """
    node = section.get("assets")
    if node is None or not isinstance(node.value, Mapping):
        if given is None:
            return None
        check_rule_files(given, None, report, is_final=read_build(section) is None)
        return Assets(given)
    _check_routing(node, report)
    directory = given or _directory(node, report, may_be_made=read_build(section) is not None)
    if directory is None:
        return None
    _check_extent(node, directory, report)
    is_final = read_build(section) is None
    check_rule_files(directory, node.text("html_handling"), report, is_final=is_final)
    serving = {name: field.value for name in SERVING if (field := node.get(name)) is not None}
    return Assets(directory, node.text("binding") or None, serving)


def _directory(node: Node, report: Report, *, may_be_made: bool) -> Path | None:
    """The directory, which must be there unless the build command may make it."""
    field = node.get("directory")
    if field is None or field.value == "":
        hint = "Add:\n" + snippet(node.document.syntax, {"assets": {"directory": "./public"}})
        place = field.place if field else node.key_place
        report.error("assets-directory-missing", f'"{node}" names no "directory"', place, hint)
        return None
    if not isinstance(field.value, str):
        return None  # reported by the schema
    base = node.document.file.parent
    directory = plain_path(base / field.value)
    if not is_directory(directory) and (is_file(directory) or not may_be_made):
        message = f'"{field}" is {directory}, which is not a directory'
        report.error("assets-directory-missing", message, field.place, _hint(directory, base))
        return None
    return directory if check_link(field, directory, base, report) else None


def _check_extent(node: Node, directory: Path, report: Report) -> None:
    """A directory that holds the project has files in it that must not be public."""
    file = node.document.file
    if plain_path(file).is_relative_to(plain_path(directory)) and not (directory / IGNORE_FILE).is_file():
        field = node.get("directory") or node
        message = f'"{field}" holds the whole project, which would be public, including {file.name}'
        hint = f"Name a directory for the public files, or exclude the others in {directory / IGNORE_FILE}."
        report.warning("assets-are-the-project", message, field.place, hint)


def _hint(directory: Path, base: Path) -> str:
    near = near_file(directory)
    if near:
        return f'Did you mean "{near}"?'
    return f"If a build of the front end makes it, run that first. Paths are relative to {base}."


def _check_routing(node: Node, report: Report) -> None:
    field = node.get("run_worker_first")
    if field is None:
        return
    if field.value is True and node.get("binding") is None:
        message = f'"{field}" sends every request to the Worker, which has no "binding" to the assets'
        report.warning("assets-out-of-reach", message, field.place, 'Add "binding": "ASSETS" to "assets".')
    if isinstance(field.value, list):
        _check_rules(field, report)


def _check_rules(field: Node, report: Report) -> None:
    nodes = [rule for rule in field.elements() if isinstance(rule.value, str)]
    rules = [rule.value for rule in nodes]
    if len(rules) > MAX_RULES:
        message = f'"{field}" has {len(rules)} rules; at most {MAX_RULES} are allowed'
        report.error("too-many-rules", message, field.place, "Combine several in one that ends in *.")
    if not any(not rule.startswith("!") for rule in rules):
        message = f'"{field}" has no rule that sends requests to the Worker'
        report.error(
            "no-positive-rule", message, field.place, 'Add one such as "/api/*", or remove the field.'
        )
    for number, rule in enumerate(nodes):
        for complaint in _complaints(number, rules):
            report.error("wrong-rule", f'"{rule}" is "{rule.value}", and {complaint}', rule.place)


def _complaints(number: int, rules: Sequence[str]) -> Iterator[str]:
    """The problems of one of the rules. A rule that others of its sign cover is an error, too."""
    rule = rules[number]
    if not rule.startswith(("/", "!/")):
        yield "must begin with / or !/"
        return
    if len(rule) > MAX_RULE_LENGTH:
        yield f"must have at most {MAX_RULE_LENGTH} characters"
    if rule in rules[:number]:
        yield "is listed twice"
    covering = next(
        (other for other in rules if other != rule and other.endswith("*") and rule.startswith(other[:-1])),
        None,
    )
    if covering is not None:
        yield f'"{covering}" already covers it'
