"""The migrations of a project: their files, their order, and the name of the next one.

The rules are those of Wrangler (4.164): `migrations_pattern` is a glob that begins with `migrations_dir`.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError
from pywrangler.path_steps import DIRECTORIES, STEP, StepMatcher, TooManyGlobsError, without_braces

DEFAULT_DIRECTORY, DEFAULT_TABLE = "migrations", "d1_migrations"
LEADING_NUMBER = re.compile(r"\s*([+-]?[0-9]+)")
HIDING_DOT = "\0"
"""No path has it."""


@dataclass(frozen=True)
class MigrationSettings:
    """The settings of migrations. `directory` and `pattern` are relative to the configuration."""

    directory: str = DEFAULT_DIRECTORY
    pattern: str = f"{DEFAULT_DIRECTORY}/*.sql"
    table: str = DEFAULT_TABLE

    @property
    def inner_pattern(self) -> str:
        """The pattern as seen from the directory."""
        return self.pattern if self.directory == "." else self.pattern.removeprefix(f"{self.directory}/")


def read_settings(entry: Mapping[str, Any]) -> MigrationSettings:
    """The settings in an entry of `d1_databases`. Raises `UsageError`."""
    written, pattern = entry.get("migrations_dir"), entry.get("migrations_pattern")
    directory = _normal(written or DEFAULT_DIRECTORY)
    table = entry.get("migrations_table") or DEFAULT_TABLE
    if pattern is None:
        return MigrationSettings(directory, _normal(f"{directory}/*.sql"), table)
    if written is None:
        raise UsageError(
            f"`migrations_pattern` is `{pattern}`, but there is no `migrations_dir`.",
            hint='Add the directory that the pattern begins with, such as `"migrations_dir": "migrations"`.',
        )
    if directory != "." and not _normal(pattern).startswith(f"{directory}/"):
        raise UsageError(
            f"`migrations_pattern` is `{pattern}`, not below `migrations_dir`, `{directory}/`.",
            hint=f'Write it like `"migrations_pattern": "{directory}/*.sql"`.',
        )
    return MigrationSettings(directory, _normal(pattern), table)


def find_migrations(directory: Path, pattern: str) -> list[str]:
    """The migrations below `directory`, as paths with slashes, in the order in which they are applied."""
    return sorted(filter(matcher(pattern), _files(directory)), key=migration_order)


def migration_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """The sort key of migrations: the number at the beginning of each part of the path, then by the text."""
    parts = [(leading_number(part), part) for part in name.split("/")]
    return tuple((0, number, part) if number is not None else (1, 0, part) for number, part in parts)


def leading_number(name: str) -> int | None:
    """The number that the name of a migration begins with, or None."""
    found = LEADING_NUMBER.match(name.split("/", maxsplit=1)[0].split("_", maxsplit=1)[0])
    return int(found[1]) if found else None


def new_migration(message: str, names: Iterable[str]) -> str:
    """The name of a further migration. Raises `UsageError` for a message that no file can be named by."""
    text = message.replace(" ", "_")
    if not text or "/" in text or "\\" in text or "\0" in text:
        what = "is empty" if not text else "has a slash, a backslash or a NUL character"
        raise UsageError(f"The message of the migration {what}.", hint="Describe the change in a few words.")
    numbers = [number for name in names if (number := leading_number(name)) is not None]
    return f"{max([0, *numbers]) + 1:04}_{text}.sql"


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a glob matches a path as with `minimatch`: `*`, `**`, `?`, `[...]` and `{a,b}`; a name that
    begins with a dot is matched by a dot alone. Raises `UsageError`.
    """
    try:
        expressions = [_expression(each) for each in without_braces(pattern)]
        matchers = [StepMatcher(STEP.findall(re.compile(each).pattern)) for each in expressions]
    except (TooManyGlobsError, re.error) as error:
        raise UsageError(
            f"`migrations_pattern` cannot be read: {error}.", hint="Write a simpler glob."
        ) from None
    return lambda path: any(matches(_with_hiding_dots(path)) for matches in matchers)


def _with_hiding_dots(path: str) -> str:
    """The path with another sign for each dot that begins a name: what a glob can only match with a dot."""
    return re.sub(r"(?:^|(?<=/))\.", HIDING_DOT, path)


def _expression(pattern: str) -> str:
    parts = pattern.split("/")
    made = ""
    for index, part in enumerate(parts):
        is_last = index + 1 == len(parts)
        if part == "**":
            made += f"[^{HIDING_DOT}]*" if is_last else DIRECTORIES
        else:
            made += _part_expression(part) + ("" if is_last else "/")
    return made


def _part_expression(part: str) -> str:
    made = ""
    rest = re.sub(r"^\\?\.", HIDING_DOT, part)
    while rest:
        character, rest = rest[0], rest[1:]
        closing = rest.find("]", 1)
        if character == "*":
            made += f"[^/{HIDING_DOT}]*"
        elif character == "?":
            made += f"[^/{HIDING_DOT}]"
        elif character == "\\" and rest:
            made, rest = made + re.escape(rest[0]), rest[1:]
        elif character == "[" and closing > 0:
            inner, rest = rest[:closing], rest[closing + 1 :]
            negated = inner[0] in "!^"
            members = re.sub(r"([\\\[\]&~|^])", r"\\\1", inner[1:] if negated else inner)
            made += f"[^/{HIDING_DOT}{members}]" if negated else f"[{members}]"
        else:
            made += re.escape(character)
    return made


def _files(directory: Path) -> Iterator[str]:
    """The plain files below the directory, links left out as Wrangler (4.164) does."""
    for place, directories, names in os.walk(directory):
        directories[:] = [name for name in directories if not (Path(place) / name).is_symlink()]
        for name in names:
            path = Path(place) / name
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(directory).as_posix()


def _normal(path: str) -> str:
    return posixpath.normpath(path.replace("\\", "/"))
