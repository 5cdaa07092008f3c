"""Finds out from TypeScript's settings whether the bundler defines the fields of a class or assigns them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")
ASSIGNING = frozenset(
    "es3 es5 es6 es2015 es2016 es2017 es2018 es2019 es2020 es2021".split()  # noqa: SIM905 - a list to read
)
"""Targets for which esbuild assigns."""


def are_fields_defined(path: Path, tsconfig: Path | None = None) -> bool:
    """Whether `name = value` in a class of this file defines a field; False if it is not certain.

    `tsconfig` is the file that the configuration names; without one the nearest above the file counts.
    """
    if path.suffix not in TYPESCRIPT:
        return True
    above = (directory / "tsconfig.json" for directory in path.absolute().parents)
    settings = tsconfig or next((file for file in above if file.is_file()), None)
    if settings is None:
        return True
    options = _compiler_options(settings)
    return options is not None and decide(options)


def decide(options: Mapping[str, object]) -> bool:
    """What `compilerOptions` say about the fields of classes."""
    chosen = options.get("useDefineForClassFields")
    if isinstance(chosen, bool):
        return chosen
    return str(options.get("target", "esnext")).lower() not in ASSIGNING


def _compiler_options(file: Path) -> Mapping[str, object] | None:
    """The options of a file; None if another one has a part of them, or it cannot be read."""
    from pywrangler.config.problems.errors import ConfigurationError
    from pywrangler.config.problems.report import Report
    from pywrangler.config.syntax.document import SourceText
    from pywrangler.config.syntax.jsonc import parse

    try:
        value = parse(SourceText(file, file.read_text()), Report()).root.value
    except (OSError, ValueError, ConfigurationError):
        return None
    options = value.get("compilerOptions", {}) if isinstance(value, Mapping) else None
    if not isinstance(value, Mapping) or not isinstance(options, Mapping):
        return None
    is_whole = "extends" not in value or "useDefineForClassFields" in options
    return options if is_whole else None
