"""The examples are projects that also deploy to Cloudflare, and whose packages install from any registry."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pywrangler.toolchain import Toolchain
from tests.support.cli import run
from tests.support.projects import EXAMPLES
from tests.support.readme import read_steps

PACKAGES = sorted(EXAMPLES.glob("*/package.json"))
DIRECTORIES = [pytest.param(file.parent, id=file.parent.name) for file in PACKAGES]
CONFIGURATIONS = sorted(file for file in EXAMPLES.rglob("wrangler.jsonc") if "node_modules" not in file.parts)


def test_all_of_them_are_in_the_table() -> None:
    listed = re.findall(r"^\| \[([\w-]+)\]\(\1\)", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    assert sorted(listed) == [file.parent.name for file in PACKAGES]
    assert "(examples/README.md)" in (EXAMPLES.parent / "README.md").read_text()


def test_the_lock_file_names_no_registry_and_has_a_hash_for_every_package() -> None:
    lock = json.loads((EXAMPLES / "package-lock.json").read_text())
    packages = {
        name: entry
        for name, entry in lock["packages"].items()
        if name.startswith("node_modules/") and not entry.get("link")
    }
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_it_is_a_project_of_its_own_with_the_packages_of_all(directory: Path) -> None:
    package, first = (
        json.loads((each / "package.json").read_text()) for each in (directory, EXAMPLES / "hello")
    )
    assert package["name"] == directory.name
    assert package["devDependencies"] == first["devDependencies"]
    assert package.get("dependencies") in (None, first["dependencies"])
    assert not (directory / "package-lock.json").exists(), "the workspace has one for all"
    lock = json.loads((EXAMPLES / "package-lock.json").read_text())["packages"][directory.name]
    kinds = ("dependencies", "devDependencies")
    assert [lock.get(kind) for kind in kinds] == [package.get(kind) for kind in kinds]


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_the_read_me_tells_how_to_deploy_to_try_and_to_delete(directory: Path) -> None:
    text = (directory / "README.md").read_text()
    steps = read_steps(text)
    assert text.startswith(f"# {directory.name}: ")
    assert steps[0].command == "npm install"
    assert any(step.command.startswith("pywrangler deploy") for step in steps)
    assert any(step.command.startswith("curl ") and step.output for step in steps)
    assert "## For your own project" in text
    assert "pywrangler delete" in text


@pytest.mark.parametrize("file", CONFIGURATIONS, ids=lambda file: str(file.parent.relative_to(EXAMPLES)))
def test_its_configuration_has_no_mistake(file: Path, toolchain: Toolchain, node_modules: Path) -> None:
    environments = re.findall(r'^    "(\w+)": \{$', file.read_text().partition('"env"')[2], re.MULTILINE)
    assert bool(environments) == (file.parent.name == "environments")
    for choice in ("", *(f"--env {name}" for name in environments)):
        outcome = run(f"check {choice} -c {file}", environment={"PYWRANGLER_ESBUILD": str(toolchain.esbuild)})
        assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "0 errors, 0 warnings\n", "")


@pytest.mark.slow  # the TypeScript compiler
@pytest.mark.parametrize("directory", DIRECTORIES)
def test_its_types_are_right(directory: Path, node_modules: Path) -> None:
    node = shutil.which("node", path=f"{os.environ['PATH']}:{Path(sys.executable).parent}")
    assert node, "pyproject.toml's development tools bring one along"
    compiler = node_modules / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [node, compiler, "--noEmit"], cwd=directory, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_it_has_a_test_written_with_the_plugin(directory: Path) -> None:
    (file,) = directory.glob("test_*.py")
    assert file.stem == f"test_{directory.name.replace('-', '_')}"
    assert "pywrangler_deploy" in file.read_text()
