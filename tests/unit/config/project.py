"""A project on disk whose configuration is checked, in either syntax."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tomlkit

from pywrangler import config
from pywrangler.config.problems.records import Problem
from pywrangler.config.records import Configuration

CONTAINER: dict[str, Any] = {"class_name": "MyContainer", "image": "./Dockerfile", "max_instances": 10}
FIELDS: dict[str, Any] = {
    "name": "my-worker",
    "main": "src/index.ts",
    "compatibility_date": "2026-01-10",
    "containers": [CONTAINER],
    "durable_objects": {"bindings": [{"name": "MY_CONTAINER", "class_name": "MyContainer"}]},
    "migrations": [{"tag": "v1", "new_sqlite_classes": ["MyContainer"]}],
}


def fields(**changes: Any) -> dict[str, Any]:
    """A working configuration with changes at the top level; None removes a field."""
    return {key: value for key, value in {**FIELDS, **changes}.items() if value is not None}


def container(**changes: Any) -> dict[str, Any]:
    """A working configuration with changes in its container; None removes a field."""
    changed = {key: value for key, value in {**CONTAINER, **changes}.items() if value is not None}
    return fields(containers=[changed])


class Project:
    """A directory with a Worker, a Dockerfile and a configuration file."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.write("src/index.ts", "export default {}")
        self.write("Dockerfile", "FROM scratch")

    def write(self, name: str, text: str) -> Path:
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def configure(self, content: dict[str, Any] | str, name: str = "wrangler.jsonc") -> Path:
        if isinstance(content, str):
            return self.write(name, content)
        is_toml = name.endswith(".toml")
        return self.write(
            name, tomlkit.dumps(content) if is_toml else json.dumps(content, indent=2, ensure_ascii=False)
        )

    def load(
        self, content: dict[str, Any] | str, name: str = "wrangler.jsonc", **options: Any
    ) -> Configuration:
        return config.load(self.configure(content, name), **options)

    def problems(
        self, content: dict[str, Any] | str, name: str = "wrangler.jsonc", **options: Any
    ) -> list[Problem]:
        return config.check(self.configure(content, name), **options)[1]


def underlined(problem: Problem) -> str:
    """The text that a problem points at."""
    assert problem.place is not None
    start = problem.place.column - 1
    return problem.place.source[start : start + problem.place.length]


def codes(problems: list[Problem], severity: str | None = None) -> list[str]:
    return [problem.code for problem in problems if severity in (None, problem.severity)]
