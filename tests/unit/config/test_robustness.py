"""Whatever the file is: a configuration error, never a traceback; and a quick one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pywrangler import config
from tests.support.runs.effort import examples
from tests.support.runs.quickness import quickly
from tests.unit.config.plausible import plausible
from tests.unit.config.project import CONTAINER, FIELDS, Project, codes, fields

FILES = pytest.mark.parametrize("name", ["wrangler.jsonc", "wrangler.toml"])


@FILES
def test_bytes_that_are_no_text(project: Project, name: str) -> None:
    file = project.directory / name
    file.write_bytes(b'{\n "name": "\xff"}')
    _, (problem,) = config.check(file)
    assert problem.place is not None
    assert (problem.code, problem.place.line, problem.place.column) == ("not-utf-8", 2, 11)
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        file.write_bytes('{"name": "w"}'.encode(encoding))
        _, (problem,) = config.check(file)
        assert problem.code in ("not-utf-8", "not-text")
        assert problem.hint in ("Save it as UTF-8.", "It looks like UTF-16: save the file as UTF-8.")
    file.write_bytes(b'{\n "name": "\0"}')
    _, (problem,) = config.check(file)
    assert problem.place is not None
    assert (problem.code, problem.place.line, problem.place.column) == ("not-text", 2, 11)
    assert problem.place.source == "", "the line of an .env file would show a secret"


@pytest.mark.parametrize("path", ["/", "//", "/..", "/.", ".", "..", "", "./", "src/..", "\\", "~", "a\0b"])
@pytest.mark.parametrize("field", ["main", "tsconfig", "assets", "image", "image_build_context"])
@pytest.mark.parametrize(
    "build", [None, {"command": "make", "cwd": "\0", "watch_dir": "\0"}, {"command": "make"}]
)
def test_paths_of_directories_and_of_nothing(
    project: Project, path: str, field: str, build: dict[str, str] | None
) -> None:
    changes: dict[str, Any] = {field: path}
    if field.startswith("image"):
        changes = {"containers": [{**CONTAINER, field: path}]}
    elif field == "assets":
        changes = {"assets": {"directory": path}}
    if build:
        changes["build"] = build
    _, problems = config.check(project.configure(json.dumps(fields(**changes))))
    assert all(problem.place for problem in problems)


@FILES
def test_a_byte_order_mark_is_no_mistake(project: Project, name: str) -> None:
    file = project.configure(fields(), name)
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert config.load(file).name == "my-worker"


@FILES
def test_windows_line_ends_do_not_move_places(project: Project, name: str) -> None:
    file = project.configure(fields(minify=3), name)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    _, (problem,) = config.check(file)
    assert problem.place is not None
    assert "\r" not in problem.place.source


@FILES
def test_things_that_are_no_files(project: Project, name: str) -> None:
    file = project.directory / name
    assert codes(config.check(file)[1]) == ["no-such-file"]
    file.symlink_to(file.name)
    assert codes(config.check(file)[1]) == ["unreadable"]
    file.unlink()
    file.mkdir()
    assert codes(config.check(file)[1]) == ["is-a-folder"]
    assert codes(config.check(Path(f"{file}\0"))[1]) == ["unreadable"]


@pytest.mark.parametrize(
    ("path", "field"),
    [("src/index.ts", "main"), ("Dockerfile", "containers[0].image"), ("src", "main")],
)
def test_links_out_of_the_project_are_refused(
    project: Project, tmp_path_factory: pytest.TempPathFactory, path: str, field: str
) -> None:
    file = project.configure(fields())
    elsewhere = (tmp_path_factory.mktemp("elsewhere") / "moved").resolve()
    (project.directory / path).rename(elsewhere)
    (project.directory / path).symlink_to(elsewhere)
    _, (problem,) = config.check(file)
    assert problem.code == "link-leaves-project"
    assert problem.message.startswith(f'"{field}" is a link out of the project, to {elsewhere}')
    assert problem.hint is not None
    named = project.directory.resolve() / problem.hint.split('"')[1]
    assert named.resolve().is_relative_to(elsewhere)


def test_other_links_are_followed(project: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    (project.directory / ".git").mkdir()
    shared = project.write("shared/index.ts", "export default {}")
    package = project.directory / "package"
    package.mkdir()
    (package / "index.ts").symlink_to(shared)
    content = fields(main="index.ts", containers=None, durable_objects=None, migrations=None)
    assert config.load(project.configure(content, "package/wrangler.json")).main == package / "index.ts"
    (project.directory / "link").symlink_to(package)
    assert config.load(project.directory / "link" / "wrangler.json").name == "my-worker"
    home = tmp_path_factory.mktemp("home")
    (home / ".git").mkdir()
    (home / "link").symlink_to(package)
    assert config.load(home / "link" / "wrangler.json").name == "my-worker"
    content["main"] = "../shared/index.ts"
    assert config.load(project.configure(content, "package/wrangler.json")).main == shared


def test_devices_and_pipes_are_not_read(project: Project) -> None:
    file = project.directory / "wrangler.json"
    os.mkfifo(file)
    assert codes(config.check(file)[1]) == ["unreadable"]
    assert codes(config.check(Path("/dev/zero"))[1]) == ["unreadable"]


def test_a_file_of_many_megabytes_is_refused(project: Project) -> None:
    file = project.write("wrangler.json", "{}")
    os.truncate(file, 1 << 40)
    assert codes(config.check(file)[1]) == ["too-large"]


@FILES
def test_ten_thousand_lines_are_checked_in_well_under_a_second(project: Project, name: str) -> None:
    variables = {f"KEY_{number}": "value" for number in range(7_000)}
    namespaces = [{"binding": f"KV_{number}", "id": "x", "prview_id": "y"} for number in range(600)]
    content = json.dumps(fields(vars=variables, kv_namespaces=namespaces), indent=2)
    if name.endswith(".toml"):  # by hand, since tomlkit needs half a minute to write it
        content = (project.configure(fields(), name)).read_text()
        content += "\n[vars]\n" + "".join(f'{key} = "{value}"\n' for key, value in variables.items())
        for namespace in namespaces:
            content += "\n[[kv_namespaces]]\n" + "".join(
                f'{key} = "{value}"\n' for key, value in namespace.items()
            )
    file = project.configure(content, name)
    configuration, problems = quickly(lambda: config.check(file))
    assert configuration is not None
    assert len(problems) == 600


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wrangler.toml", "#" * 60 + "\nname = \n"),
        ("wrangler.toml", "# " * 60 + "\nname: x\n"),
        ("wrangler.toml", "a = \n[" + "a b" * 10_000 + "[\n"),
        ("wrangler.toml", f"[a{' ' * 5_000}b{' ' * 5_000}c d[\n"),
        ("wrangler.toml", f"a = 1{' ' * 30_000}x, = \n"),
        ("wrangler.toml", "a." * 50_000 + "b = 1\n"),
        ("wrangler.toml", "a = {" + "a." * 50_000 + "b = 1}\n"),
        ("wrangler.toml", "a = [\n" * 50_000),
        ("wrangler.jsonc", "{a: [" + "1," * 40_000 + "]}"),
        ("wrangler.jsonc", "// " * 60 + "\nname: x\n"),
    ],
    ids=map(str, range(10)),
)
def test_a_mistake_is_explained_at_once(project: Project, name: str, content: str) -> None:
    file = project.write(name, content)
    configuration, problems = quickly(lambda: config.check(file))
    assert configuration is None
    assert problems


@settings(
    max_examples=examples(300),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plausible, st.sampled_from([None, "staging", ""]))
@example({"assets": {}, "build": {"command": "make", "watch_dir": True}}, None)
def test_plausible_nonsense_is_reported_with_places(
    project: Project, content: dict[str, Any], environment: str | None
) -> None:
    file = project.configure(json.dumps({**FIELDS, **content}))
    configuration, problems = config.check(file, environment=environment, exported_classes=frozenset())
    has_errors = any(problem.severity == "error" for problem in problems)
    assert (configuration is None) == has_errors
    assert all(problem.place for problem in problems)


@settings(
    max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_a_damaged_file_is_no_traceback(project: Project, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["wrangler.jsonc", "wrangler.toml"]))
    file = project.configure(fields(containers=[CONTAINER, CONTAINER]), name)
    content = file.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    file.write_bytes(content[:start] + data.draw(st.binary(max_size=4)) + content[end:])
    config.check(file)
