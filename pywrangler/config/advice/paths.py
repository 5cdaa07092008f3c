"""Files that a configuration names: files with a similar name, and links out of the project."""

from __future__ import annotations

import os
from pathlib import Path

from pywrangler.config.discovery import is_file
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import Node
from pywrangler.spelling import closest

SOURCE_SUFFIXES = (".ts", ".tsx", ".js", ".jsx")


def plain_path(path: Path) -> Path:
    """The path without `.` and `..`; links stay, since a build follows them itself."""
    return Path(os.path.normpath(path))


def with_source_suffix(path: Path) -> Path:
    """The source file that is meant by a path without suffix, as Wrangler finds it; else the path."""
    if path.suffix or not path.name:  # `/` has no name
        return path
    meant = (path.with_name(f"{path.name}{suffix}") for suffix in SOURCE_SUFFIXES)
    return next((file for file in meant if is_file(file)), path)


def is_directory(path: Path) -> bool:
    """Whether it is a directory; anything that cannot be read is not one."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def near_file(path: Path) -> str | None:
    """The name of another file next to `path` that is similar to its own."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.name != path.name]
    except (OSError, ValueError):
        return None
    return closest(path.name, names)


def check_link(node: Node, path: Path, directory: Path, report: Report) -> bool:
    """Reports a path that looks as if it were in the project and is, by a link, somewhere else: whoever
    reads the configuration must see what is uploaded. A path that is written with `..` is not a link.
    False if it was reported, or if no path can be so.
    """
    if "\0" in str(path):
        report.error("path-unusable", f'"{node}" holds a NUL character', node.place, "Remove it.")
        return False
    real_directory, real = Path(os.path.realpath(directory)), Path(os.path.realpath(path))
    root = project_root(
        real_directory
    )  # the directory may itself be reached by a link, which does not matter
    named = plain_path(real_directory / os.path.relpath(path, directory))
    if not named.is_relative_to(root) or real.is_relative_to(root):
        return True
    message = f'"{node}" is a link out of the project, to {real}'
    hint = f'Name what is meant: "{os.path.relpath(real, real_directory)}".'
    report.error("link-leaves-project", message, node.place, hint)
    return False


def project_root(directory: Path) -> Path:
    """The nearest directory upwards that is a Git repository, otherwise the configuration's own."""
    return next(
        (around for around in (directory, *directory.parents) if (around / ".git").exists()), directory
    )
