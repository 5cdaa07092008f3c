"""Reads `.env` and `.dev.vars` files with the rules of the npm packages dotenv and dotenv-expand, which
Wrangler uses.

`.dev.vars` holds variables of the Worker and is never expanded. `.env` files may refer to variables that
are above (`${NAME}`, `$NAME`, `${NAME:-default}`); `\\$` is a dollar sign. Values are secrets, and are kept
as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pywrangler.config.problems.errors import ConfigurationError
from pywrangler.config.syntax.reading import read_text
from pywrangler.sensitive import Sensitive

DEV_VARS = ".dev.vars"

_ASSIGNMENT = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z0-9_.-]+)   # a name, as a shell script may write it
        (?:[ \t]*=|:[ \t]+)                         # `=`, or a colon as in YAML
        [ \t]*
        (?:
            '(?P<single>(?:\\'|[^'])*)'             # quoted values go over several lines
          | "(?P<double>(?:\\"|[^"])*)"
          | `(?P<back>(?:\\`|[^`])*)`
          | (?P<bare>[^\#\n]*)
        )
        [ \t]*(?:\#[^\n]*)?$""",
    re.MULTILINE | re.VERBOSE,
)
_REFERENCE = re.compile(
    r"(?<!\\)\$(?:\{(?P<braced>[A-Za-z_]\w*)(?:(?P<operator>:?[-+])(?P<other>[^{}]*))?\}|(?P<plain>[A-Za-z_]\w*))"
)


def parse_dotenv(text: str) -> dict[str, str]:
    """Names and values, unexpanded; the last one of a repeated name. Lines without content are
    skipped.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return {match["name"]: _value(match) for match in _ASSIGNMENT.finditer(lines)}


def parse_expanded(text: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The same, with references replaced; `variables` (the environment) win over what is in the text."""
    return _expand_all(parse_dotenv(text), variables)


def _text(file: Path) -> str:
    """The text of a file of variables. Raises `ConfigurationError`."""
    try:
        return read_text(file)
    except ConfigurationError as error:
        error.message = error.message.replace("The configuration", "The file of variables", 1)
        raise


def default_env_files(environment: str | None) -> tuple[str, ...]:
    """The names of the `.env` files that are read if none is given, the weakest first."""
    named = (f".env.{environment}", f".env.{environment}.local") if environment else ()
    return (".env", ".env.local", *named)


def read_env_files(files: Iterable[Path], variables: Mapping[str, str]) -> dict[str, Sensitive[str]]:
    """The variables of these files, later files over earlier ones, expanded; `variables` (the environment)
    win over all.

    Missing files are skipped, as in Wrangler. Raises `ConfigurationError` for unreadable
    ones.
    """
    written: dict[str, str] = {}
    for file in files:
        if file.exists():
            written |= parse_dotenv(_text(file))
    return {name: Sensitive(value) for name, value in _expand_all(written, variables).items()}


def read_worker_variables(
    directory: Path,
    environment: str | None,
    env_files: Iterable[str | Path] = (),
    *,
    uses_env_files: bool = True,
) -> dict[str, Sensitive[str]]:
    """The secrets that a Worker gets in local development: `.dev.vars.<environment>`, otherwise `.dev.vars`,
    else, with `uses_env_files`, the `.env` files. Given `env_files`, paths from `directory`, are read in
    place of all of them.
    """
    env_files = tuple(env_files)
    names = [f"{DEV_VARS}.{environment}", DEV_VARS] if environment else [DEV_VARS]
    for name in () if env_files else names:
        if (directory / name).exists():
            return {key: Sensitive(value) for key, value in parse_dotenv(_text(directory / name)).items()}
    if not uses_env_files:
        return {}
    return read_env_files([directory / name for name in env_files or default_env_files(environment)], {})


def _value(match: re.Match[str]) -> str:
    if match["double"] is not None:
        return match["double"].replace("\\n", "\n").replace("\\r", "\r")
    quoted = match["single"] if match["single"] is not None else match["back"]
    return match["bare"].strip() if quoted is None else quoted


def _expand_all(written: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """Each value with its references replaced by what is above it, or in `variables`, which also win
    as a whole.
    """
    expanded: dict[str, str] = {}
    for name, value in written.items():
        known = {**expanded, **variables}
        expanded[name] = variables[name] if name in variables else _expand(value, known).replace("\\$", "$")
    return expanded


def _expand(value: str, known: Mapping[str, str]) -> str:
    """References replaced once: what they bring in is not expanded again."""

    def replacement(match: re.Match[str]) -> str:
        name, operator, other = match["braced"] or match["plain"], match["operator"], match["other"]
        found = known.get(name)
        is_there = bool(found) if operator and operator.startswith(":") else found is not None
        if operator and operator.endswith("+"):
            return str(other) if is_there else ""
        return found if is_there and found is not None else (other or "")

    return _REFERENCE.sub(replacement, value)
