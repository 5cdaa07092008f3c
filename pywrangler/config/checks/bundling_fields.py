"""The part of a configuration that says how the Worker's code is bundled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pywrangler.config.checks.validation import is_sound
from pywrangler.config.environments import Section
from pywrangler.config.records import BuildCommand, Configuration, ModuleRule

CODE_FIELDS = (
    "build",
    "compatibility_flags",
    "no_bundle",
    "minify",
    "keep_names",
    "rules",
    "find_additional_modules",
    "base_dir",
    "define",
    "alias",
    "tsconfig",
    "jsx_factory",
    "jsx_fragment",
)
"""The fields that decide how the code is bundled, beside `main` and `compatibility_date`."""


def read_code(
    section: Section,
    name: str | None,
    main: Path | None,
    compatibility_date: str | None,
    *,
    has_code: bool = True,
) -> Configuration | None:
    """A configuration of nothing but the code; None if one of its fields is missing or wrong. It is available
    even if other fields are wrong, so that one run can report mistakes in them and in the code.
    """
    if (
        (main is None and has_code)
        or compatibility_date is None
        or not all(is_sound(section, field) for field in CODE_FIELDS)
    ):
        return None
    file = section.top.document.file
    return Configuration(
        file=file,
        root=file.parent,
        environment=section.environment,
        name=name or (main or file).stem,
        main=main,
        compatibility_date=compatibility_date,
        compatibility_flags=section.texts("compatibility_flags"),
        **_bundling(section, file.parent),
    )


def read_build(section: Section) -> BuildCommand | None:
    """The command that makes the Worker's files; None if nothing is to be run."""
    build = section.get("build")
    command = build.text("command") if build else None
    if build is None or not command or not command.strip():
        return None
    # Asked before the document's shape is known to be right, so of anything else nothing is read.
    one = build.text("watch_dir")
    watch = build.texts("watch_dir") if one is None else (one,)
    return BuildCommand(command.strip(), build.text("cwd"), watch)


def _bundling(section: Section, directory: Path) -> dict[str, Any]:
    tsconfig, base_dir = section.text("tsconfig"), section.text("base_dir")
    no_bundle, finds = section.flag("no_bundle") or False, section.flag("find_additional_modules")
    return {
        "build": read_build(section),
        "no_bundle": no_bundle,
        "find_additional_modules": no_bundle if finds is None else finds,
        "base_dir": directory / base_dir if base_dir else None,
        "minify": section.flag("minify") or False,
        "keep_names": section.flag("keep_names") is not False,
        "rules": tuple(
            ModuleRule(node.value["type"], node.texts("globs"), node.flag("fallthrough") or False)
            for node in section.children("rules")
        ),
        "define": section.table("define"),
        "alias": section.table("alias"),
        "tsconfig": directory / tsconfig if tsconfig else None,
        "jsx_factory": section.text("jsx_factory") or None,
        "jsx_fragment": section.text("jsx_fragment") or None,
    }
