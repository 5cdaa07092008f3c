"""Feeds the configuration's readers with inputs that a coverage-guided fuzzer makes up.

    .venv/bin/pip install atheris
    .venv/bin/python -m fuzz.configuration -max_total_time=300

All other arguments are libFuzzer's, such as a directory of inputs to begin with and to keep new ones in, or a
file with an input that failed, to try that one again. The first byte of an input says which reader gets the
rest. A failure is an exception that is not a configuration error, a result that contradicts the problems
reported with it, a place outside of the file, or a fix that makes things worse.
"""
# ruff: noqa: S101 - to assert is what this is for

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["pywrangler.config", "json", "json5", "tomllib"]):
    import tomllib  # noqa: F401

    import json5  # noqa: F401 - imported here to be instrumented, like the parsers below

    from pywrangler.config import ConfigurationError, check
    from pywrangler.config.dotenv import read_env_files
    from pywrangler.config.problems.records import Problem
    from pywrangler.config.problems.rendering import render
    from pywrangler.config.schema import ROOT
    from pywrangler.config.schema.kinds import Kind, ListOf, MapOf, OneOf, Table, Text
    from pywrangler.config.syntax.edit import fix

READERS = ("wrangler.jsonc", "wrangler.toml", ".env")
ENVIRONMENTS = (None, "staging", "other")
SEEDS = (
    """\0{"name": "w", "main": "index.js", "compatibility_date": "2026-11-01", // why
      "containers": [{"class_name": "Box", "image": "./Dockerfile", "instance_type": "lite"},],
      "durable_objects": {"bindings": [{"name": "BOX", "class_name": "Box"}]},
      "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box"]}],
      "env": {"staging": {"vars": {"A": 1}}}, "minfy": true}""",
    """\1name = "w"
      main = "index.js"
      compatibility_date = "2026-11-01"
      [[containers]]
      class_name = "Box"
      image = "./Dockerfile"
      rollout_step_percentage = [10, 100]
      [[migrations]]
      tag = "v1"
      new_classes = ["Box"]
      [env.staging]
      vars = { A = 1 }
      minfy = true""",
    """\2export A='1' # one
      B="$A ${A:-x}"
      C: `
      `
      D=${B}\\$""",
)


class Fuzzer:
    """Reads inputs in a directory that looks like a project."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name in ("index.js", "Dockerfile"):
            (directory / name).touch()

    def __call__(self, data: bytes) -> None:
        """Read one input. Raises an exception for every failure."""
        first = data[0] if data else 0
        file = self.directory / READERS[first % len(READERS)]
        file.write_bytes(data[1:])
        if file.name == ".env":
            with contextlib.suppress(ConfigurationError):
                read_env_files([file], {"A": "1"})
        else:
            check_and_fix(file, ENVIRONMENTS[first // len(READERS) % len(ENVIRONMENTS)])


def check_and_fix(file: Path, environment: str | None) -> None:
    """Check a configuration, and apply the fixes that are marked as safe."""
    problems, before = problems_of(file, environment), file.read_bytes()
    if any(problem.edits for problem in problems):
        fix(file, lambda: problems_of(file, environment))
        is_readable = "syntax" not in {problem.code for problem in problems_of(file, environment)}
        assert is_readable or file.read_bytes() == before


def problems_of(file: Path, environment: str | None) -> list[Problem]:
    """The problems of a configuration, if they are reported in the required form."""
    configuration, problems = check(file, environment=environment, exported_classes=frozenset({"Box"}))
    assert (configuration is None) == any(problem.severity == "error" for problem in problems)
    lines = file.read_bytes().count(b"\n") + 1
    for problem in problems:
        assert render(problem, file.parent)
        assert problem.place is None or (1 <= problem.place.line <= lines and problem.place.column >= 1)
    return problems


def words(kind: Kind) -> Iterator[str]:
    """Names of fields and choices, which a fuzzer would not guess."""
    match kind:
        case Table(fields=fields):
            for field in fields:
                yield field.name
                yield from words(field.kind)
        case ListOf(item=inner) | MapOf(value=inner):
            yield from words(inner)
        case OneOf(kinds=kinds):
            for each in kinds:
                yield from words(each)
        case Text(choices=choices, former_choices=former):
            yield from (*choices, *former)


def main() -> None:
    """Fuzz until a limit among the arguments is reached, or until something is wrong."""
    with tempfile.TemporaryDirectory(prefix="pywrangler-fuzz-") as name:
        directory = Path(name)
        seeds, dictionary = directory / "seeds", directory / "words.dict"
        seeds.mkdir()
        for number, seed in enumerate(SEEDS):
            (seeds / str(number)).write_text(seed)
        dictionary.write_text("".join(f"{json.dumps(word)}\n" for word in sorted({*words(ROOT)})))
        tries_one_file = any(Path(argument).is_file() for argument in sys.argv[1:])
        more = [] if tries_one_file else [f"-dict={dictionary}", str(seeds)]
        atheris.Setup([*sys.argv, *more], Fuzzer(directory))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
