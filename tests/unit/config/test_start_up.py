"""Start-up: what importing the package and reading a file may cost."""

from __future__ import annotations

import subprocess
import sys

from tests.unit.config.project import Project, fields

PARSERS = {"json5", "tomlkit", "tomllib"}


def loaded_after(statement: str) -> set[str]:
    program = f"import sys\n{statement}\nprint(*(name for name in {sorted(PARSERS)} if name in sys.modules))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_the_package_loads_no_parser() -> None:
    assert loaded_after("import pywrangler.config") == set()


def test_a_file_loads_only_the_parser_of_its_syntax(project: Project) -> None:
    for name, expected in (("wrangler.jsonc", set()), ("wrangler.toml", {"tomllib"})):
        file = project.configure(fields(), name)
        statement = (
            f"from pathlib import Path; from pywrangler import config; config.load(Path({str(file)!r}))"
        )
        assert loaded_after(statement) == expected
