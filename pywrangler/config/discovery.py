"""Finds the configuration file that a command is about.

The order is Wrangler's: wrangler.json anywhere upwards, otherwise wrangler.jsonc, otherwise wrangler.toml; a
file `.wrangler/deploy/config.json` that a build tool wrote redirects to a generated configuration. Source:
Wrangler's `findWranglerConfig`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pywrangler.config.problems.errors import ConfigurationError
    from pywrangler.config.syntax.document import Document

NAMES = ("wrangler.json", "wrangler.jsonc", "wrangler.toml")
REDIRECTION = Path(".wrangler", "deploy", "config.json")


class Found(NamedTuple):
    """The configuration that a command is about, an absolute path."""

    file: Path
    redirection: Path | None = None
    """The file of a build tool that leads to it."""
    original: Path | None = None
    """The configuration of the user that a build tool made it of, if there is one."""

    @property
    def is_stale(self) -> bool:
        """Whether the user's configuration changed after the build."""
        try:
            return bool(self.original and self.original.stat().st_mtime > self.file.stat().st_mtime)
        except OSError:
            return False


def find(start: Path, explicit: Path | None = None) -> Found | None:
    """The configuration for the directory `start`, or None.

    An `explicit` file is taken as it is, redirections are followed otherwise. Raises `ConfigurationError` for
    a redirection that leads nowhere or belongs to another project.
    """
    if explicit is not None:
        return Found(_absolute(explicit))
    start = _absolute(start)
    found = next((file for name in NAMES if (file := _find_upwards(start, Path(name)))), None)
    if redirection := _find_upwards(start, REDIRECTION):
        return Found(_follow(redirection, found), redirection, found)
    return Found(found) if found else None


def find_broken(start: Path) -> Path | None:
    """A path with the name of a configuration, in the directory `start` or above, that is not a file."""
    start = _absolute(start)
    places = (directory / name for directory in (start, *start.parents) for name in NAMES)
    return next((place for place in places if os.path.lexists(place) and not is_file(place)), None)


def is_redirected_to(file: Path) -> bool:
    """Whether a build tool's redirection above this file leads to it."""
    from pywrangler.config.problems.errors import ConfigurationError
    from pywrangler.config.problems.report import Report
    from pywrangler.config.syntax.reading import read

    redirection = _find_upwards(file.parent, REDIRECTION)
    if redirection is None:
        return False
    try:
        written = read(redirection, Report()).root.text("configPath")
    except ConfigurationError:
        return False  # the code that follows it reports what is wrong with it
    return written is not None and _absolute(redirection.parent / written) == file


def _absolute(path: Path) -> Path:
    """Without following links, and without the `..` that would lead elsewhere behind one."""
    return Path(os.path.normpath(path if path.is_absolute() else Path.cwd() / path))


def _find_upwards(start: Path, name: Path) -> Path | None:
    for directory in (start, *start.parents):
        file = directory / name
        if is_file(file):
            return file
    return None


def is_file(path: Path) -> bool:
    """Whether it is a file; anything that cannot be read (a loop of links, a NUL, no permission) is not
    one.
    """
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _follow(redirection: Path, found: Path | None) -> Path:
    from pywrangler.config.problems.report import Report
    from pywrangler.config.syntax.reading import read

    document = read(redirection, Report())
    node = document.root.get("configPath")
    if node is None or not isinstance(node.value, str) or not node.value:
        raise _redirection_error(document, 'This redirection has no "configPath"')
    target = _absolute(redirection.parent / node.value)
    if not is_file(target):
        raise _redirection_error(document, f"This redirection leads to {target}, which is not a file")
    if target.samefile(redirection):
        raise _redirection_error(document, "This redirection leads to itself")
    if found and found.parent != redirection.parents[2]:
        raise _redirection_error(document, f"This redirection does not belong to the project of {found}")
    if environments := read(target, Report()).root.get("env"):
        raise _redirection_error(
            document,
            f"This redirection leads to {target}, which has environments"
            f" ({environments.place}), but a generated configuration is for one",
        )
    return target


def _redirection_error(document: Document, message: str) -> ConfigurationError:
    from pywrangler.config.problems.errors import ConfigurationError
    from pywrangler.config.problems.records import Problem

    hint = "A build tool wrote this file. Build the project again, or delete the file."
    return ConfigurationError([Problem("error", "redirection", message, document.place("configPath"), hint)])
