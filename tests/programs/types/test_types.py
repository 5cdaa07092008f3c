"""`pywrangler types` with the real esbuild and workerd, and beside Wrangler itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pywrangler.declarations.header import read_header
from tests.differential.type_projects import PROJECTS, TypeProject
from tests.differential.types import compare
from tests.support.cli import run

pytestmark = pytest.mark.workerd

FILE = "worker-configuration.d.ts"
COMPARED = ("all", "environments-secrets", "environment", "others", "rules-4-found", "all-runtime")


def project(name: str, directory: Path) -> TypeProject:
    """The project of that name, written to the directory."""
    found = next(project for project in PROJECTS if project.name == name)
    found.write(directory)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", COMPARED)
def test_the_file_is_that_of_wrangler(name: str) -> None:
    assert compare(next(project for project in PROJECTS if project.name == name)) == []


def test_types_of_environment_and_runtime_are_written_and_checked(tmp_path: Path) -> None:
    project("all", tmp_path)
    written = run("types", directory=tmp_path)
    assert (written.status, written.stdout) == (0, "")
    text = (tmp_path / FILE).read_text()
    assert '\tROOM: DurableObjectNamespace<import("./src/index").Room>;\n' in text
    assert "\tGONE: DurableObjectNamespace /* Gone */;\n" in text
    assert "declare abstract class DurableObjectNamespace<" in text
    assert run("types --check", directory=tmp_path).status == 0

    # The runtime's part is kept as it is while it fits.
    (tmp_path / FILE).write_text(
        text.replace("// Begin runtime types\n", "// Begin runtime types\n// kept\n")
    )
    configuration = json.loads((tmp_path / "wrangler.jsonc").read_text())
    configuration["vars"]["NEW"] = "x"
    (tmp_path / "wrangler.jsonc").write_text(json.dumps(configuration))
    outdated = run("types --check", directory=tmp_path)
    assert (outdated.status, outdated.stderr.splitlines()[0]) == (1, f"Error: `{FILE}` is out of date.")
    assert run("types", directory=tmp_path).status == 0
    again = (tmp_path / FILE).read_text()
    assert "// kept" in again
    assert '\tNEW: "x";\n' in again


def test_a_check_goes_by_the_options_in_the_file(tmp_path: Path) -> None:
    project("environments", tmp_path)
    options = "--include-runtime=false --env-interface Mine --env staging --strict-vars=false env.d.ts"
    assert run(f"types {options}", directory=tmp_path).status == 0
    assert read_header((tmp_path / "env.d.ts").read_text()).command.interface == "Mine"
    assert run("types env.d.ts --check", directory=tmp_path).status == 0
    assert run("types env.d.ts --check --env-interface Other", directory=tmp_path).status == 1


def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    project("nothing", tmp_path)
    (tmp_path / "mine.d.ts").write_text("interface Env {}\n")
    refused = {
        "types mine.d.ts": "Error: `mine.d.ts` was not written by this command, and is left as it is.",
        "types env.ts": "Error: `env.ts` is not a file of declarations.",
        "types --env-interface 1x": "Error: --env-interface is `1x`, which cannot be the name of an"
        " interface.",
        "types --check": f"Error: `{FILE}` does not exist.",
        "types --include-env=false --include-runtime=false": "Error: Without the types of the environment"
        " and of the runtime there is nothing to write.",
        "types -c wrangler.jsonc -c absent.json": "Error: The configuration absent.json has an error",
        "types none/env.d.ts --include-runtime=false": "Error: `none/env.d.ts` cannot be written: No such"
        " file or directory.",
    }
    for command, message in refused.items():
        outcome = run(command, directory=tmp_path)
        assert outcome.stderr.splitlines()[0] == message
        assert outcome.status in (1, 2)
    assert (tmp_path / "mine.d.ts").read_text() == "interface Env {}\n"
    assert sorted(path.name for path in tmp_path.glob("*.d.ts")) == ["mine.d.ts"]


def test_flags_that_workerd_does_not_know_are_refused(tmp_path: Path) -> None:
    fields = {"name": "one", "compatibility_date": "2026-11-01", "compatibility_flags": ["no_such_flag"]}
    (tmp_path / "wrangler.jsonc").write_text(json.dumps(fields))
    outcome = run("types --include-env=false", directory=tmp_path)
    assert outcome.status == 1
    assert "workerd does not describe its types of 2026-11-01" in outcome.stderr
    assert not (tmp_path / FILE).exists()
