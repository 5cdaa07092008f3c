"""Makes the changes that problems carry, keeping every comment and the layout of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from pywrangler.config.problems.errors import ConfigurationError
from pywrangler.config.problems.records import Edit, Problem
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import SourceText
from pywrangler.config.syntax.reading import parse, read_text
from pywrangler.private_files import write_private

MOST_FIXES = 1000
"""More than this in one file is a bug of pywrangler, and stops."""
MOST_SYNTAX_FIXES = 50
"""A file with more syntax errors than this was not written as a configuration."""


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made. They must not overlap; several at one offset are made in their order."""
    made, at = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        made += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*made, text[at:]])


def fix(file: Path, check: Callable[[], list[Problem]]) -> list[Problem]:
    """Fixes what can be fixed safely in `file`, and returns the problems that are gone with it.

    One at a time, checked again after each: two problems may ask for the same change, and one change may
    bring the next problem to light. What is written is corrected before anything is added, which may be
    needless then: the migration that seems to be missing may only be misspelled. A change after which the
    file could not be read is left out. The file is replaced as a whole, so that it is never half written.
    """
    fixed = _fix_syntax(file)
    refused: set[Problem] = set()
    for _ in range(MOST_FIXES):
        problems = [each for each in check() if each.edits and each not in refused]
        if not problems:
            break
        problem = min(problems, key=_only_adds)
        before = read_text(file)
        after = apply_edits(before, problem.edits)
        if before == after or _syntax_problem(file, after):
            refused.add(problem)
            continue
        replace_file(file, after)
        fixed.append(problem)
    return fixed


def _fix_syntax(file: Path) -> list[Problem]:
    """Corrects mistakes of syntax, one after the other, where the file can be read afterwards; else nothing
    is changed.
    """
    try:
        text = read_text(file)
    except ConfigurationError:
        return []
    fixed: list[Problem] = []
    while (problem := _syntax_problem(file, text)) and problem.edits and len(fixed) < MOST_SYNTAX_FIXES:
        text = apply_edits(text, problem.edits)
        fixed.append(problem)
    if not fixed or problem:
        return []
    replace_file(file, text)
    return fixed


def _only_adds(problem: Problem) -> bool:
    return all(edit.start == edit.end for edit in problem.edits)


def _syntax_problem(file: Path, text: str) -> Problem | None:
    """Why the text cannot be read; None if it can."""
    try:
        parse(SourceText(file, text), Report())
    except ConfigurationError as error:
        return error.problems[-1]
    return None


def replace_file(file: Path, text: str) -> None:
    """Writes beside the file and moves into place, with the file's own mode; a byte order mark is kept."""
    target = file.resolve()
    mark = b"\xef\xbb\xbf" if target.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    write_private(target, mark + text.encode(), mode=target.stat().st_mode & 0o777)
