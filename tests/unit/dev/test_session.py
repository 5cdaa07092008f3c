"""`dev` on a platform in this process: what is saved comes in, mistakes are waited out, the end puts back."""

from __future__ import annotations

import io
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pywrangler.commands.dev.session import _watch_pipe
from pywrangler.errors import ExitStatus
from tests.support.cli import run
from tests.support.http import request
from tests.support.servers.inner_platform import InnerPlatform, inner_platform
from tests.support.waiting import eventually
from tests.unit.dev.developing import Dev, develop

CODE = "export default {{ {} }};\n"
BOX = "export class Box {}\n"


@pytest.fixture(scope="module")
def shared(short_directory: Path) -> Iterator[InnerPlatform]:
    with inner_platform(short_directory / "dev") as platform:
        yield platform


@pytest.fixture
def platform(shared: InnerPlatform, monkeypatch: pytest.MonkeyPatch) -> Iterator[InnerPlatform]:
    """A platform without Workers."""
    for name, value in shared.environment.items():
        monkeypatch.setenv(name, value)
    yield shared
    for each in workers():
        run(f"delete --name {each['name']} -y")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Worker without containers."""
    directory = tmp_path / "web"
    directory.mkdir()
    fields = {"name": "web", "main": "src/index.js", "compatibility_date": "2026-01-01"}
    (directory / "wrangler.jsonc").write_text(json.dumps(fields))
    (directory / "src").mkdir()
    (directory / "src/index.js").write_text(CODE.format("one"))
    return directory


def containers(**fields: Any) -> dict[str, Any]:
    """A configuration's fields for a class `Box`."""
    return {
        "containers": [{"class_name": "Box", "image": "./Dockerfile", **fields}],
        "durable_objects": {"bindings": [{"name": "BOX", "class_name": "Box"}]},
        "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box"]}],
    }


def workers() -> list[dict[str, Any]]:
    """What the platform runs."""
    found: list[dict[str, Any]] = run("local status --json").json["workers"]
    return found


def test_what_is_saved_comes_in_and_mistakes_are_waited_out(project: Path, platform: InnerPlatform) -> None:
    def script(dev: Dev) -> None:
        dev.answers("one")
        dev.write("src/index.js", CODE.format("two"))
        dev.answers("two")
        assert "web is updated" in dev.shows("is updated")
        dev.write("src/index.js", "export default {;\n")
        dev.shows("src/index.js:1:17")
        dev.write("src/index.js", CODE.format("two"))
        dev.shows("The mistake is corrected. web is what it was before.")
        dev.write("src/index.js", CODE.format("throw three"))
        dev.shows("threw an error while it was loaded")
        dev.answers("two")
        dev.configure(compatibility_date=7)
        dev.shows("compatibility_date")
        dev.configure(compatibility_date="2026-01-01")
        dev.write("src/index.js", CODE.format("three"))
        dev.answers("three")

    ended = develop(project, script)
    assert (ended.status, "Traceback" in ended.stdout + ended.stderr) == (0, False)
    assert ended.stdout.splitlines()[-1].endswith("Stopping.")
    assert workers() == []


def test_a_project_that_is_broken_at_first_waits_and_ctrl_c_ends_it(
    project: Path, platform: InnerPlatform
) -> None:
    (project / "src/index.js").unlink()

    def script(dev: Dev) -> None:
        dev.shows("which is not a file")
        dev.shows("Waiting for a change.")
        dev.write("src/index.js", CODE.format("one"))
        dev.answers("one")

    assert develop(project, script, end="").status == 130
    assert workers() == []


def test_the_build_command_runs_when_what_it_reads_changes(project: Path, platform: InnerPlatform) -> None:
    (project / "in").mkdir()
    (project / "in/word").write_text("one")
    build = {"command": 'echo "export default { $(cat in/word) }" > src/index.js', "watch_dir": "in"}
    fields = json.loads((project / "wrangler.jsonc").read_text())
    (project / "wrangler.jsonc").write_text(json.dumps({**fields, "build": build}))

    def script(dev: Dev) -> None:
        dev.answers("{ one }")
        dev.write("in/word", "two")
        dev.answers("{ two }")

    assert develop(project, script).status == 0


def test_another_name_takes_the_place_of_the_former_one(project: Path, platform: InnerPlatform) -> None:
    def script(dev: Dev) -> None:
        dev.answers("one")
        dev.configure(name="shop")
        eventually(lambda: [each["name"] for each in workers()] == ["shop"], what="the other Worker")

    assert develop(project, script).status == 0
    assert workers() == []


@pytest.mark.slow
def test_what_was_deployed_before_is_put_back(project: Path, platform: InnerPlatform) -> None:
    before = run("deploy --json", directory=project).json
    (project / "src/index.js").write_text(CODE.format("two"))

    def script(dev: Dev) -> None:
        dev.shows("answers at")
        assert "two" in request(before["url"]).text
        request(f"{before['url']}/log")
        dev.shows("from the Worker")

    ended = develop(project, script, "--json")
    assert ended.status == 0
    events = [json.loads(line) for line in ended.stdout.splitlines()]
    (ready,) = [event for event in events if event["type"] == "ready"]
    assert (ready["url"], ready["version"] != before["version"]) == (before["url"], True)
    assert [event["source"] for event in events if "from the Worker" in event["text"]] == ["web"]
    (after,) = workers()
    assert (after["version_id"], after["url"]) == (before["version"], before["url"])
    assert "one" in request(before["url"]).text


@pytest.mark.slow
def test_with_keep_the_worker_stays(project: Path, platform: InnerPlatform) -> None:
    assert develop(project, lambda dev: dev.answers("one"), "--keep").status == 0
    (kept,) = workers()
    assert "one" in request(kept["url"]).text


def test_keys(project: Path, platform: InnerPlatform, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)

    def script(dev: Dev) -> None:
        dev.shows("Keys: r rebuild")
        url = dev.url()
        dev.press("h")
        dev.shows("Keys: r rebuild", times=2)
        dev.press("x")
        dev.shows("There are no containers.")
        dev.press("c")
        dev.press("o")
        eventually(lambda: opened == [url], what="the Worker's page")
        dev.press("d")
        link = dev.shows("Dashboard: ").partition("Dashboard: ")[2]
        eventually(lambda: opened == [url, link], what="the dashboard")
        dev.press("R")
        dev.shows("Rebuilding everything.")

    assert develop(project, script).status == 0


def test_images_are_built_beside_the_code(project: Path, platform: InnerPlatform) -> None:
    dockerfile = "FROM scratch\nCMD {}\n"
    (project / "src/index.js").write_text(BOX + CODE.format("one"))
    (project / "Dockerfile").write_text(dockerfile.format("first"))
    fields = json.loads((project / "wrangler.jsonc").read_text())
    (project / "wrangler.jsonc").write_text(json.dumps({**fields, **containers(max_instances=2)}))

    def image() -> str:
        (application,) = run("containers list --json").json
        return str(run(f"containers info {application['id']} --json").json["configuration"]["image"])

    def script(dev: Dev) -> None:
        dev.answers("one")
        first = image()
        assert first.startswith("pywrangler.local/web-box@sha256:")
        dev.write("Dockerfile", dockerfile.format("first") + "RUN exit 7\n")
        dev.shows("exit code: 7")
        assert image() == first
        dev.write("src/index.js", BOX + CODE.format("two"))
        dev.answers("two")
        dev.write("Dockerfile", dockerfile.format("second"))
        eventually(lambda: image() != first, what="the other image")
        dev.press("x")
        dev.shows("Restarting containers.")

    ended = develop(project, script)
    assert ended.status == 0, ended.stdout
    assert run("containers list --json").json == []


def test_an_image_that_takes_long_is_given_up_for_a_newer_one(project: Path, platform: InnerPlatform) -> None:
    (project / "src/index.js").write_text(BOX + CODE.format("one"))
    (project / "Dockerfile").write_text("FROM scratch\nRUN hang\n")
    fields = json.loads((project / "wrangler.jsonc").read_text())
    (project / "wrangler.jsonc").write_text(json.dumps({**fields, **containers()}))

    def script(dev: Dev) -> None:
        dev.shows("] RUN hang")
        dev.write("Dockerfile", "FROM scratch\n")
        dev.answers("one")
        dev.write("Dockerfile", "FROM scratch\nRUN hang\n")
        dev.shows("] RUN hang", times=2)

    assert develop(project, script).status == 0


def test_a_port_of_another_program_is_refused(project: Path, platform: InnerPlatform) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(f"dev --port {port}", directory=project)
    assert (refused.status, f"Port {port} is already in use" in refused.stderr) == (1, True)
    assert workers() == []


def test_it_is_of_the_local_platform_only(project: Path) -> None:
    refused = run("dev --remote", directory=project)
    assert (refused.status, "local platform only" in refused.stderr) == (ExitStatus.USAGE, True)


def test_a_reader_that_closes_its_pipe_is_noticed() -> None:
    reading, writing = os.pipe()
    lost = threading.Event()
    with os.fdopen(writing, "w") as stdout:
        _watch_pipe(stdout, lost.set)
        assert not lost.wait(0.05), "it is read"
        os.close(reading)
        assert lost.wait(20)


def test_output_that_is_no_pipe_is_not_watched(tmp_path: Path) -> None:
    before = threading.active_count()
    with (tmp_path / "out").open("w") as file:
        for stream in (io.StringIO(), file):
            _watch_pipe(stream, lambda: None)
    assert threading.active_count() == before
