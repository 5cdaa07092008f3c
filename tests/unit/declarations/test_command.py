"""`pywrangler types` with a small esbuild: what is written, checked and refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pywrangler.declarations.runtime import generate_runtime
from pywrangler.errors import MissingError
from tests.differential.type_projects import PROJECTS
from tests.support.cli import Outcome, run
from tests.support.servers.inner_platform import programs

FILE = "worker-configuration.d.ts"
RUNTIME = r"""
import socket, sys

listener = socket.socket(fileno=int(sys.argv[-1].rpartition("=")[2]))
text = open(sys.argv[2]).read()
assert "embed \"worker.mjs\"" in text
print("some words", file=sys.stderr, flush=True)
connection, _ = listener.accept()
path = connection.recv(65536).decode().split()[1]
if "unknown" in path:
    answer = "400 Bad\r\n\r\nNo such flag.\nmore"
elif "crash" in path:
    sys.exit(3)
else:
    answer = f"200 OK\r\n\r\n// the types of {path}"
connection.sendall(f"HTTP/1.1 {answer}".encode())
"""


@pytest.fixture(autouse=True)
def small_programs(short_directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in programs(short_directory / "types").items():
        monkeypatch.setenv(name, value)


def types(name: str, directory: Path, options: str = "") -> Outcome:
    """Write the types of one of the projects that are compared with Wrangler."""
    next(project for project in PROJECTS if project.name == name).write(directory)
    return run(f"types --include-runtime=false {options}", directory=directory)


def test_the_environment_is_written_and_checked(tmp_path: Path) -> None:
    written = types("all", tmp_path)
    assert (written.status, written.stdout) == (0, "")
    text = (tmp_path / FILE).read_text()
    assert '\tROOM: DurableObjectNamespace<import("./src/index").Room>;\n' in text
    assert "\tGONE: DurableObjectNamespace /* Gone */;\n" in text
    assert "declare abstract class DurableObjectNamespace<" not in text
    assert run("types --check", directory=tmp_path).status == 0
    configuration = json.loads((tmp_path / "wrangler.jsonc").read_text())
    configuration["vars"]["NEW"] = "x"
    (tmp_path / "wrangler.jsonc").write_text(json.dumps(configuration))
    outdated = run("types --check", directory=tmp_path)
    assert (outdated.status, outdated.stderr.splitlines()[0]) == (1, f"Error: `{FILE}` is out of date.")
    assert types("all", tmp_path, "--strict-vars=false").status == 0
    assert '"x"' not in (tmp_path / FILE).read_text()


def test_environments_have_interfaces_of_their_own_and_a_check_goes_by_the_file(tmp_path: Path) -> None:
    assert types("environments", tmp_path).status == 0
    assert "interface StagingEnv" in (tmp_path / FILE).read_text()
    options = "--env-interface Mine --env staging --strict-vars=false env.d.ts"
    assert run(f"types --include-runtime=false {options}", directory=tmp_path).status == 0
    assert "interface Mine" in (tmp_path / "env.d.ts").read_text()
    assert run("types env.d.ts --check", directory=tmp_path).status == 0
    assert run("types env.d.ts --check --env-interface Other", directory=tmp_path).status == 1
    unknown = run("types --include-runtime=false --env nowhere", directory=tmp_path)
    assert (unknown.status, "nowhere" in unknown.stderr) == (1, True)


def test_bindings_to_other_workers_get_the_types_of_their_code(tmp_path: Path) -> None:
    assert types("others", tmp_path, "-c wrangler.jsonc -c other/wrangler.json").status == 0
    text = (tmp_path / FILE).read_text()
    assert 'import("./other/' in text
    (tmp_path / "other/wrangler.json").write_text('{"name": "elsewhere"}')
    refused = types("all", tmp_path, "-c wrangler.jsonc -c other/wrangler.json")
    assert (refused.status, "names no Worker with code" in refused.stderr) == (2, True)


def test_secrets_of_files_and_of_the_configuration_are_members(tmp_path: Path) -> None:
    assert types("required", tmp_path).status == 0
    text = (tmp_path / FILE).read_text()
    assert "\tB: string;\n" in text
    assert "\tKEY: string;\n" in text


def test_code_that_cannot_be_read_gives_general_types(tmp_path: Path) -> None:
    project = next(project for project in PROJECTS if project.name == "all")
    project.write(tmp_path)
    for code in ("export default {;\n", None):
        main = tmp_path / "src/index.ts"
        main.unlink() if code is None else main.write_text(code)
        outcome = run("types --include-runtime=false", directory=tmp_path)
        assert (outcome.status, "have general types" in outcome.stderr) == (0, True)
        assert "\tROOM: DurableObjectNamespace /* Room */;\n" in (tmp_path / FILE).read_text()


def test_a_service_worker_has_its_bindings_as_globals(tmp_path: Path) -> None:
    assert types("service-worker", tmp_path).status == 0
    text = (tmp_path / FILE).read_text()
    assert "interface Env" not in text, text
    assert "KV: KVNamespace;\n" in text


def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    next(project for project in PROJECTS if project.name == "nothing").write(tmp_path)
    (tmp_path / "mine.d.ts").write_text("interface Env {}\n")
    (tmp_path / "directory.d.ts").mkdir()
    for words, message in {
        "mine.d.ts": "`mine.d.ts` was not written by this command, and is left as it is.",
        "env.ts": "`env.ts` is not a file of declarations.",
        "--env-interface 1x": "--env-interface is `1x`, which cannot be the name of an interface.",
        "--check": f"`{FILE}` does not exist.",
        "--include-env=false --include-runtime=false": "Without the types of the environment and of the"
        " runtime there is nothing to write.",
        "-c wrangler.jsonc -c absent.json": "The configuration absent.json has an error",
        "none/env.d.ts --include-runtime=false": "`none/env.d.ts` cannot be written: No such file or"
        " directory.",
        "directory.d.ts": f"`{tmp_path / 'directory.d.ts'}` cannot be read: Is a directory.",
    }.items():
        outcome = run(f"types {words}", directory=tmp_path)
        assert outcome.stderr.splitlines()[0] == f"Error: {message}"
        assert outcome.status in (1, 2)
    assert (tmp_path / "mine.d.ts").read_text() == "interface Env {}\n"
    assert sorted(path.name for path in tmp_path.glob("*.d.ts")) == ["directory.d.ts", "mine.d.ts"]


@pytest.fixture
def workerd(tmp_path: Path) -> Path:
    """A program that describes types as `workerd` does, or not."""
    (tmp_path / "types.mjs").write_text("")
    file = tmp_path / "describing-workerd"
    file.write_text(f"#!{sys.executable} -ISB\n{RUNTIME}")
    file.chmod(0o755)
    return file


def test_the_runtime_describes_its_types(workerd: Path, tmp_path: Path) -> None:
    text = generate_runtime(workerd, tmp_path / "types.mjs", "2026-01-01", ["nodejs_compat", "one"])
    assert text == "// the types of /2026-01-01+one"


@pytest.mark.parametrize(("flag", "reason"), [("unknown", "No such flag."), ("crash", "")])
def test_a_runtime_that_does_not_describe_them_says_why(
    workerd: Path, tmp_path: Path, flag: str, reason: str
) -> None:
    with pytest.raises(MissingError) as caught:
        generate_runtime(workerd, tmp_path / "types.mjs", "2026-01-01", [flag])
    assert "workerd does not describe its types of 2026-01-01" in caught.value.message
    assert reason in caught.value.message
    assert caught.value.detail == "some words"
