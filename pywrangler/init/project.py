"""The files of a new project, made from the directory `template`, which is a whole project itself."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from pywrangler.config.discovery import NAMES
from pywrangler.config.schema.fields import WORKER_NAME
from pywrangler.config.schema.json_schema import json_schema
from pywrangler.errors import PywranglerError, UsageError

TEMPLATE_NAME = "my-worker"
"""The Worker's name in the template."""
TEMPLATE_FILES = (
    "wrangler.jsonc",
    "package.json",
    "tsconfig.json",
    "README.md",
    "src/index.ts",
    "container/Dockerfile",
    "container/server.py",
)
IGNORE_FILE = "gitignore"
"""Without its dot in the template, where it would hide files of pywrangler from Git and from packaging."""
SCHEMA_FILE = "wrangler.schema.json"


def default_name(directory: Path) -> str | None:
    """The Worker's name made from the directory's; None if it has no character that a name can have."""
    return re.sub(r"[^a-z0-9_]+", "-", directory.name.lower()).strip("-") or None


def checked_name(name: str) -> str:
    """The name, where a Worker may have it. Raises `UsageError` otherwise."""
    if not re.fullmatch(WORKER_NAME.pattern or "", name):
        raise UsageError(
            f'"{name}" cannot be the name of a Worker.', hint=f"Names must be {WORKER_NAME.wanted}."
        )
    return name


def plan_project(name: str) -> dict[str, str]:
    """The texts of the files of a project whose Worker is called `name`, by their paths in its directory."""
    template = files(__package__) / "template"
    texts = {path: template.joinpath(path).read_text("utf-8") for path in TEMPLATE_FILES}
    texts[".gitignore"] = template.joinpath(IGNORE_FILE).read_text("utf-8")
    named = {path: text.replace(TEMPLATE_NAME, name) for path, text in texts.items()}
    return named | {SCHEMA_FILE: json.dumps(json_schema(), indent=1) + "\n"}


def files_in_the_way(directory: Path, project: Mapping[str, str]) -> list[str]:
    """The project's files that `directory` already has, links that lead nowhere included, and every other
    configuration, which would be read in place of the project's own; also a file where a directory must be.
    """
    paths = {path for name in project for path in (name, *map(str, Path(name).parents[:-1]))}
    return sorted(
        path
        for path in paths | {*NAMES}
        if os.path.lexists(directory / path)
        and (path in project or path in NAMES or not (directory / path).is_dir())
    )


def write_project(directory: Path, project: Mapping[str, str]) -> None:
    """Write the files into `directory`, which is made. Raises `UsageError`, and writes nothing, where one of
    them is there already; a `PywranglerError` where the disk refuses.
    """
    if in_the_way := files_in_the_way(directory, project):
        raise UsageError(
            f"`{directory}` already has these files, so nothing was written: {', '.join(in_the_way)}.",
            hint="Choose another directory, `pywrangler init DIRECTORY`, or move the files away.",
        )
    made: list[Path] = []
    try:
        for path, text in project.items():
            file = directory / path
            made += _make_directories(file.parent)
            with file.open("x", encoding="utf-8", newline="\n") as stream:  # x: never an existing file
                made.append(file)
                stream.write(text)
    except OSError as error:
        _remove(made)
        where = f" (`{error.filename}`)" if error.filename and str(directory) != str(error.filename) else ""
        is_no_directory = isinstance(error, FileExistsError | NotADirectoryError)
        reason = "there is a file in its place" if is_no_directory else error.strerror or str(error)
        raise PywranglerError(
            f"The project cannot be written to `{directory}`: {reason}{where}.",
            hint="Choose a directory that you may write to: `pywrangler init DIRECTORY`.",
            code="init-folder",
        ) from error


def _make_directories(directory: Path) -> list[Path]:
    """Make a directory with those above it; those that were made, the outermost first."""
    absent = [each for each in (directory, *directory.parents) if not each.exists()]
    directory.mkdir(parents=True, exist_ok=True)
    return absent[::-1]


def _remove(made: Sequence[Path]) -> None:
    """Remove half of a project, so that the command can be repeated."""
    for place in reversed(made):
        with contextlib.suppress(OSError):
            if place.is_dir():
                place.rmdir()
            else:
                place.unlink()
