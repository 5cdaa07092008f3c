"""Checks the files of rules in a directory of static assets: `_headers` and `_redirects`."""

from __future__ import annotations

from pathlib import Path

from pywrangler.asset_rules import HEADERS_FILE, REDIRECTS_FILE, Complaint, complaints_about
from pywrangler.config.problems.records import Place, Problem, Severity
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.reading import LARGEST_FILE

CODES = {HEADERS_FILE: "wrong-header", REDIRECTS_FILE: "wrong-redirect"}
_SINGLE_PAGE = (
    "For a single-page application, remove the line and set `assets.not_found_handling` to"
    " `single-page-application`."
)
_FORMS = {
    HEADERS_FILE: "Write a path on a separate line, with lines `NAME: VALUE` below it.",
    REDIRECTS_FILE: "Write a line as `FROM TO [STATUS]`, such as `/old /new 301`.",
}


def check_rule_files(directory: Path, html_handling: str | None, report: Report, *, is_final: bool) -> None:
    """Reports lines that Cloudflare refuses. They are errors where the directory is as it will be deployed
    (`is_final`), and not made by a build that is still to come.
    """
    problems = rule_problems(directory, read_rule_files(directory), html_handling)
    for problem in problems:
        tell = report.error if is_final and problem.severity == "error" else report.warning
        tell(problem.code, problem.message, problem.place, problem.hint)


def read_rule_files(directory: Path) -> dict[str, str]:
    """The texts of those files that exist; an unreadable one is reported when it is uploaded."""
    texts = {}
    for name in CODES:
        try:
            with (directory / name).open("rb") as stream:
                texts[name] = stream.read(LARGEST_FILE).decode("utf-8-sig")
        except (OSError, ValueError):
            continue
    return texts


def rule_problems(directory: Path, texts: dict[str, str], html_handling: str | None) -> list[Problem]:
    """The problems of these files in the directory."""
    return [
        _problem(directory / name, texts[name], complaint)
        for name, complaint in complaints_about(texts, html_handling)
    ]


def _problem(file: Path, text: str, complaint: Complaint) -> Problem:
    source = text.split("\n")[complaint.line - 1].rstrip("\r")
    line = source.strip()
    place = Place(file, complaint.line, source.index(line) + 1, max(len(line), 1), source)
    severity: Severity = "error" if complaint.is_error else "warning"
    hint = _SINGLE_PAGE if "for ever" in complaint.text else _FORMS[file.name]
    shown = line if len(line) <= 60 else line[:59] + "…"
    return Problem(severity, CODES[file.name], f"`{shown}`: {complaint.text}", place, hint)
