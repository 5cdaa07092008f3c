"""The configuration's readers.

The first byte of an input says which reader gets the rest. A fault is an exception that is not a
configuration error, a result that contradicts the problems reported with it, a place outside of the file, or
a fix that makes things worse.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from pywrangler.config import ConfigurationError, check
from pywrangler.config.dotenv import read_env_files
from pywrangler.config.problems.records import Problem
from pywrangler.config.problems.rendering import render
from pywrangler.config.schema import ROOT
from pywrangler.config.schema.kinds import Kind, ListOf, MapOf, OneOf, Table, Text
from pywrangler.config.syntax.edit import fix
from tests.fuzz.records import Target

READERS = ("wrangler.jsonc", "wrangler.toml", ".env")
LARGEST_FIXED_BYTES = 4096
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
    """\1########################
      [[ containers ]
      class_name = "Box" "a"
      [a b c.d]
      vars = { A = 1
      key: 'value // x
      name = = "w" ;
      x = 2026-13-01T00:00
      t = \"\"\" a \\e """,
    """\0{ // {{ a }}
      "name": "w" 'x', "a": "b "c" d", key = 1; # no
      "long": "value
      "list": [yes, None, 0x1, .5, “a”], "t": `x` }""",
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
    # Each of the fixes reads the file again.
    if len(before) <= LARGEST_FIXED_BYTES and any(problem.edits for problem in problems):
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


CONFIGURATION = Target(
    "configuration",
    Fuzzer,
    tuple(seed.encode() for seed in SEEDS),
    words=tuple(sorted({*words(ROOT)})),
)
