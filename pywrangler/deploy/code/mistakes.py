"""Code that bundles and starts and cannot do what it was written for: warnings, each of one known mistake.

A rule speaks only where it is sure: code that it cannot follow is no reason for a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.config.problems.records import Problem
from pywrangler.config.records import Configuration
from pywrangler.deploy.bundle.bundler_args import has_node_compatibility

if TYPE_CHECKING:
    from pywrangler.deploy.code.syntax_tree import SourceFile

SUFFIXES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
MAX_BYTES = 1_000_000
MAX_LINE_BYTES = 2_000
"""Files with longer lines were made by a program."""

Rule = Callable[["SourceFile"], Iterator[Problem]]


@dataclass(frozen=True)
class Check:
    """A rule, and whether a file may break it, which is asked of its text first."""

    rule: Rule
    may_break: Callable[[bytes], bool]


def find_mistakes(configuration: Configuration, inputs: Iterable[Path]) -> list[Problem]:
    """The mistakes in the user's own files among `inputs`, in the order of files and lines."""
    problems: list[Problem] = []
    checks = _checks(configuration)
    for path in inputs:
        content = _own_code(path)
        if content is not None:
            rules = [check.rule for check in checks if check.may_break(content)]
            problems += mistakes_of_file(path, content, rules) if rules else []
    return problems


def mistakes_of_file(path: Path, content: bytes, rules: Iterable[Rule]) -> list[Problem]:
    """The mistakes in one file."""
    from pywrangler.deploy.code.syntax_tree import parse

    source = parse(path, content)
    found = [problem for rule in rules for problem in rule(source)]
    return sorted(
        found, key=lambda problem: (problem.place.line, problem.place.column) if problem.place else (0, 0)
    )


def _checks(configuration: Configuration) -> list[Check]:
    from pywrangler.deploy.code import constructors, marks, request_bodies, rules

    static_handlers = partial(rules.static_handlers, tsconfig=configuration.tsconfig)
    has_buffer = has_node_compatibility(configuration) or "Buffer" in configuration.define
    return [
        Check(rules.start_options_env, marks.may_use_start_options),
        Check(constructors.constructor_calls, marks.may_call_in_constructor),
        Check(request_bodies.request_used_twice, marks.may_use_request_twice),
        Check(rules.autoscale, marks.may_autoscale),
        Check(static_handlers, marks.may_have_static_handlers),
        *([] if has_buffer else [Check(rules.buffer, marks.may_use_buffer)]),
    ]


def _own_code(path: Path) -> bytes | None:
    """The content of a file that a person wrote."""
    if path.suffix not in SUFFIXES or "node_modules" in path.parts:
        return None
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if len(content) > MAX_BYTES or max(map(len, content.split(b"\n"))) > MAX_LINE_BYTES:
        return None
    return content
