"""One project on each engine that people have and this machine can run: `make engines`.

What an engine lacks is refused in one sentence, or limited as docs/platform.md says.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pywrangler.engine import labels
from pywrangler.local.gateway.outbound.egress_networks import NEEDS
from tests.engines.engines import TriedEngine, missing, podman, rootless_docker
from tests.support.command import Cli
from tests.support.http import request
from tests.support.ports import free_port
from tests.support.projects import Project, make_project

pytestmark = [
    pytest.mark.docker,
    pytest.mark.workerd,
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("PYWRANGLER_TEST_ENGINES"), reason="run it with `make engines`"),
]
WORKER = (Path(__file__).parent / "worker.js").read_text()
DOCKERFILE = """\
FROM python:3.11-slim
RUN mkdir /www && echo "box 1" > /www/index.html
CMD ["sh", "-c", "trap 'exit 0' TERM; echo started; python3 -m http.server --directory /www 8080 & wait"]
"""
ROOTLESS = ("newuidmap", "rootlesskit", "slirp4netns", "runuser")


@dataclass(frozen=True)
class Case:
    """An engine, and with which command images are built."""

    engine: AbstractContextManager[TriedEngine]
    programs: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    is_podman: bool = True
    is_rootless: bool = False
    """Then a start with handlers of outgoing traffic is refused."""


CASES = {
    "rootless Docker": partial(Case, programs=("dockerd", *ROOTLESS), is_podman=False, is_rootless=True),
    "Podman": partial(Case, programs=("podman",)),
    "Podman with its own command": partial(
        Case, programs=("podman",), variables={"WRANGLER_DOCKER_BIN": "podman"}
    ),
    "rootless Podman": partial(
        Case,
        programs=("podman", *ROOTLESS),
        variables={"WRANGLER_DOCKER_BIN": "podman"},
        is_rootless=True,
    ),
}
ENGINES = {
    "rootless Docker": rootless_docker,
    "Podman": podman,
    "Podman with its own command": podman,
    "rootless Podman": partial(podman, is_rootless=True),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    made: Case = CASES[request.param](engine=ENGINES[request.param]())
    if absent := missing(*made.programs):
        pytest.skip(f"not installed: {', '.join(absent)}")
    return made


@contextmanager
def machine() -> Iterator[str]:
    """The URL of a server on this machine's own address."""

    class Here(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"here\n")

        def log_message(self, *_: object) -> None:
            pass

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("192.0.2.1", 9))
        address = asking.getsockname()[0]
    with ThreadingHTTPServer((address, 0), Here) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://{address}:{server.server_address[1]}/"
        finally:
            server.shutdown()


@dataclass(frozen=True)
class Deployed:
    """The project on an engine."""

    cli: Cli
    project: Project
    url: str

    def did(self, path: str, **query: str) -> Any:
        """What the Worker says of one of its paths."""
        found = self.tried(path, **query)
        assert not isinstance(found, dict) or "failed" not in found, found
        return found

    def refused(self, path: str, **query: str) -> str:
        """The reason why it cannot do it."""
        return str(self.tried(path, **query)["failed"])

    def tried(self, path: str, **query: str) -> Any:
        """Either of them."""
        words = "&".join(f"{name}={quote(value)}" for name, value in query.items())
        return request(f"{self.url}{path}?{words}", timeout_seconds=60).json


def test_a_project(case: Case) -> None:
    with case.engine as engine:
        home = engine.directory / "home"
        cli_variables = {
            **engine.environment,
            **case.variables,
            "PYWRANGLER_HOME": str(home),
            "PYWRANGLER_WORKER_PORT": str(free_port()),
            "PYWRANGLER_TARGET": "local",
        }
        project = make_project(
            engine.directory / "project",
            worker=WORKER,
            dockerfile=DOCKERFILE,
            container={"max_instances": 10},
        )
        engine.give(project.directory)
        cli = Cli(project.directory, cli_variables, engine.prefix)
        try:
            url = cli.run("deploy", "--json").check().json["url"]
            try_everything(Deployed(cli, project, url), case, engine)
        finally:
            stopped = cli.run("local", "stop")
        assert engine.docker("ps", "--all", "--quiet") == ""
        stopped.check()


def try_everything(box: Deployed, case: Case, engine: TriedEngine) -> None:
    """All that docs/platform.md has a row for."""
    cli, application = box.cli, box.project.application
    assert box.did("/") == "box 1\n"

    exec_ = box.did("/exec")
    assert exec_["said"] == {"out": "of-the-start eins", "code": 7}
    assert (exec_["typed"], exec_["killed"], exec_["size"]) == ("typed", 137, "33 101")
    assert exec_["missing"] == 127 or "no-such-program" in exec_["missing"]

    rows = cli.run("containers", "instances", application, "--json").check().json
    (row,) = [row for row in rows if row["name"] != "cf-singleton-container"]
    # Rootless engines limit nothing where control groups are of version 1.
    assert row["memory_mib"] in ((256, None) if case.is_rootless else (256,))
    there = f"{application}/{row['id']}"
    for words in (("exec", there, "--", "cat", "/www/index.html"), ("ssh", there, "--", "cat /www/*")):
        assert cli.run("containers", *words).check().stdout == "box 1\n"

    with machine() as url:
        assert box.did("/reach", name="open", internet="yes", url=url) == {"out": "here", "code": 0}
        assert box.did("/reach", name="closed", url=url)["code"] != 0
    for path, name in (("/handled", "handled"), ("/late", "late")):
        if case.is_rootless:
            assert NEEDS in box.refused(path, name=name, internet="yes")
        else:
            assert box.did(path, name=name, internet="yes") == {"out": "handled handled.test", "code": 0}

    found = {each["name"]: each for each in cli.run("doctor", "--json").json}
    assert ("Podman" in found["engine"]["message"]) == case.is_podman
    assert found["buildx"]["status"] in ("ok", "warn")

    snapshot = box.did("/snapshot", name="kept")
    assert (snapshot["name"], snapshot["size"] > 0) == ("first", True), snapshot
    assert box.did("/restored", name="other", id=snapshot["id"])["out"] == "kept\nsecret="
    assert snapshot["id"] in cli.run("local", "snapshots").check().stdout

    # A rollout: the instance that runs is replaced.
    box.project.replace("Dockerfile", "box 1", "box 2")
    cli.run("deploy").check()
    assert box.did("/") == "box 2\n"
    rollout = cli.run("containers", "info", application, "--json", "--long").check().json["rollout"]
    assert rollout["status"] == "completed", rollout
    assert "started" in cli.run("containers", "logs", application).check().stdout

    cli.run("containers", "stop", "--all", application).check()
    rows = cli.run("containers", "instances", application, "--json").check().json
    assert not [row for row in rows if row["state"] in ("running", "starting", "stopping")], rows
    assert engine.docker("ps", "--quiet") == ""

    account = cli.run("local", "status", "--json").check().json["account_id"]
    left = engine.docker("create", "--label", f"{labels.PLATFORM}={account}", "busybox:1.35")
    cli.run("local", "prune").check()
    assert left not in engine.docker("ps", "--all", "--quiet", "--no-trunc")

    box.project.replace("Dockerfile", "RUN mkdir", "RUN false && mkdir")
    refused = cli.run("deploy")
    assert (refused.status, "could not be built" in refused.stderr) == (1, True), refused.stderr
