"""Code that bundles and starts and cannot do what it was written for: warnings, each of one known mistake.

A rule speaks only where it is sure: code that it cannot follow causes no warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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


def find_mistakes(configuration: Configuration, inputs: Iterable[Path]) -> list[Problem]:
    """The mistakes in the user's own files among `inputs`, in the order of files and lines."""
    from pywrangler.deploy.code.marks import MARKS

    has_buffer = has_node_compatibility(configuration) or "Buffer" in configuration.define
    marks = {name: is_marked for name, is_marked in MARKS.items() if name != "buffer" or not has_buffer}
    problems: list[Problem] = []
    for path in inputs:
        content = _own_code(path)
        if content is None:
            continue
        if possible := [name for name, is_marked in marks.items() if is_marked(content)]:
            rules = _rules(configuration)
            problems += mistakes_of_file(path, content, [rules[name] for name in possible])
    return problems


def mistakes_of_file(path: Path, content: bytes, rules: Iterable[Rule]) -> list[Problem]:
    """The mistakes in one file."""
    from pywrangler.deploy.code.syntax_tree import parse

    source = parse(path, content)
    found = [problem for rule in rules for problem in rule(source)]
    return sorted(
        found, key=lambda problem: (problem.place.line, problem.place.column) if problem.place else (0, 0)
    )


def _rules(configuration: Configuration) -> dict[str, Rule]:
    """The rules by the names that `MARKS` has for them."""
    from pywrangler.deploy.code import constructors, request_bodies, rules

    return {
        "start_options": rules.start_options_env,
        "constructor": constructors.constructor_calls,
        "request": request_bodies.request_used_twice,
        "autoscale": rules.autoscale,
        "static_handlers": partial(rules.static_handlers, tsconfig=configuration.tsconfig),
        "buffer": rules.buffer,
    }


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
