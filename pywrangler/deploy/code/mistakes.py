"""Code that bundles and starts and cannot do what it was written for: warnings, each of one known mistake.

A rule speaks only where it is sure: code that it cannot follow is no reason for a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
MARKS = (b"startAndWaitForPorts", b".start", b"monitor", b"Buffer", b"autoscale", b"outbound")
"""A file that has none of them, and reads no body, has none of the mistakes and is not parsed."""
READS = (b".json(", b".text(", b".formData(", b".arrayBuffer(", b".blob(", b".bytes(")


def find_mistakes(configuration: Configuration, inputs: Iterable[Path]) -> list[Problem]:
    """The mistakes in the user's own files among `inputs`, in the order of files and lines."""
    problems: list[Problem] = []
    rules: list[Rule] | None = None
    for path in inputs:
        content = _own_code(path)
        if content is None:
            continue
        if rules is None:
            rules = _rules(configuration)
        problems += mistakes_of_file(path, content, rules)
    return problems


def mistakes_of_file(path: Path, content: bytes, rules: Iterable[Rule]) -> list[Problem]:
    """The mistakes in one file."""
    from pywrangler.deploy.code.syntax_tree import parse

    source = parse(path, content)
    found = [problem for rule in rules for problem in rule(source)]
    return sorted(
        found, key=lambda problem: (problem.place.line, problem.place.column) if problem.place else (0, 0)
    )


def _rules(configuration: Configuration) -> list[Rule]:
    from pywrangler.deploy.code import rules

    node = [] if has_node_compatibility(configuration) or "Buffer" in configuration.define else [rules.buffer]
    return [
        rules.start_options_env,
        rules.constructor_calls,
        rules.request_used_twice,
        rules.autoscale,
        rules.static_handlers,
        *node,
    ]


def _own_code(path: Path) -> bytes | None:
    """The content of a file that may have one of the mistakes."""
    if path.suffix not in SUFFIXES or "node_modules" in path.parts:
        return None
    try:
        content = path.read_bytes()
    except OSError:
        return None
    may_err = any(mark in content for mark in MARKS) or any(read in content for read in READS)
    if not may_err or len(content) > MAX_BYTES or max(map(len, content.split(b"\n"))) > MAX_LINE_BYTES:
        return None
    return content
