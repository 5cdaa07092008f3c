"""Whatever the file is: a configuration error, never a traceback; and a quick one."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pywrangler import config
from tests.unit.config.plausible import plausible
from tests.unit.config.project import CONTAINER, FIELDS, Project, codes, fields

FILES = pytest.mark.parametrize("name", ["wrangler.jsonc", "wrangler.toml"])


@FILES
def test_bytes_that_are_no_text(project: Project, name: str) -> None:
    file = project.folder / name
    file.write_bytes(b'{\n "name": "\xff"}')
    _, (problem,) = config.check(file)
    assert problem.place is not None
    assert (problem.code, problem.place.line, problem.place.column) == ("not-utf-8", 2, 11)
    file.write_bytes(b'{\n "name": "\0"}')
    assert codes(config.check(file)[1]) == ["not-text"]


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
    file = project.folder / name
    assert codes(config.check(file)[1]) == ["no-such-file"]
    file.symlink_to(file.name)
    assert codes(config.check(file)[1]) == ["unreadable"]
    file.unlink()
    file.mkdir()
    assert codes(config.check(file)[1]) == ["is-a-folder"]
    assert codes(config.check(Path(f"{file}\0"))[1]) == ["unreadable"]


def test_devices_and_pipes_are_not_read(project: Project) -> None:
    file = project.folder / "wrangler.json"
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
    start = time.process_time()
    configuration, problems = config.check(file)
    assert time.process_time() - start < 0.95
    assert configuration is not None
    assert len(problems) == 600


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plausible, st.sampled_from([None, "staging", ""]))
def test_plausible_nonsense_is_reported_with_places(
    project: Project, content: dict[str, Any], environment: str | None
) -> None:
    file = project.configure(json.dumps({**FIELDS, **content}))
    configuration, problems = config.check(file, environment=environment, exported_classes=frozenset())
    has_errors = any(problem.severity == "error" for problem in problems)
    assert (configuration is None) == has_errors
    assert all(problem.place for problem in problems)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_no_traceback(project: Project, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["wrangler.jsonc", "wrangler.toml"]))
    file = project.configure(fields(containers=[CONTAINER, CONTAINER]), name)
    content = file.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    file.write_bytes(content[:start] + data.draw(st.binary(max_size=4)) + content[end:])
    config.check(file)
