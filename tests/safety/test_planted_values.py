"""Secrets that a run was given do not come to light: not in output, not in logs, not in what the engine
shows, not in the arguments or the environment of a process that they are not for, and in files only where
they must be, for their owner alone.

Every kind of secret is planted as a distinctive value. Representative commands then succeed and fail, with
debug output, and everything that they left is searched.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.local.processes import is_alive
from tests.safety.watch import Arguments, files_below, files_holding, is_private, watched_arguments
from tests.support.api import Call, Says, refusal, result, serve
from tests.support.command import Cli, Result
from tests.support.containers import docker, remove_images
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import WORKER, Project, make_project
from tests.support.waiting import eventually

DEBUG = ("--log-level", "debug")
KINDS = (
    "api token",
    "global key",
    "stored token",
    "Worker secret",
    "secret of a bulk",
    "secret of a file",
    "Secrets Store value",
    "ECR secret key",
    "registry password",
    "build secret",
)
OF_THE_WORKER = ("Worker secret", "secret of a bulk", "secret of a file")
FAILING_STEP = "RUN --mount=type=secret,id=s test ! -s /run/secrets/s && mkdir"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ECR_KEY = "AKIAIOSFODNN7EXAMPLE"


class Planted(dict[str, str]):
    """A distinctive value for each kind of secret."""

    def __init__(self) -> None:
        super().__init__({kind: f"planted-{secrets.token_hex(12)}" for kind in KINDS})

    def shown_in(self, results: list[Result]) -> list[str]:
        """Which values stand in what commands wrote."""
        return [
            f"{kind} in {' '.join(each.arguments)}"
            for kind, value in self.items()
            for each in results
            if value in each.stdout + each.stderr
        ]


@pytest.fixture
def planted() -> Planted:
    """The values of this test."""
    return Planted()


@pytest.fixture
def arguments() -> Iterator[Arguments]:
    """The command lines of all processes during the test."""
    with watched_arguments() as arguments:
        yield arguments


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, ...]:
    """Directories for everything that a command may write besides the platform's own: home, caches,
    temporary.
    """
    monkeypatch.setenv("DOCKER_CONFIG", str(Path.home() / ".docker"))  # its plugins are not looked for
    places = {name: tmp_path / name.lower() for name in ("HOME", "PYWRANGLER_CACHE", "TMPDIR")}
    for name, directory in places.items():
        directory.mkdir()
        monkeypatch.setenv(name, str(directory))
    return tuple(places.values())


@pytest.mark.docker
@pytest.mark.workerd
@pytest.mark.slow
def test_on_the_local_platform(
    planted: Planted, platform: Platform, places: tuple[Path, ...], arguments: Arguments, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "project", worker=WORKER.replace("worker 1", "$" + "{env.A}"))
    given = tmp_path / "given"
    given.mkdir()
    (given / "secrets.json").write_text(json.dumps({"A": planted["secret of a file"]}))
    (given / "build").write_text(planted["build secret"])
    cli = Cli(project.directory)
    try:
        results = local_commands(cli, project, planted, given)
        planted["platform token"] = platform.status.token
        shown = shown_by_engine(platform, project)
    finally:
        remove_images(f"pywrangler.local/{project.name}*")
    results += after_a_crash(cli, platform)
    arguments.look()
    platform.end()
    assert planted.shown_in(results) == []
    assert [kind for kind, value in planted.items() if value in shown] == []
    assert arguments.holding(planted) == []
    # What a Worker may know is in the environment of its own process, which only the user can read.
    assert arguments.in_environments(planted) == {kind: {"workerd"} for kind in OF_THE_WORKER}
    home = platform.home
    files = list(files_below(home, *places, project.directory))
    for kind, value in planted.items():
        allowed = {"api.json"} if kind == "platform token" else set()
        assert {file.name for file in files_holding(value, files)} == allowed, kind
    assert home.stat().st_mode & 0o777 == 0o700
    assert [file for file in home.iterdir() if file.is_file() and not is_private(file)] == []
    assert [file for file in (home / "registry").rglob("*") if not is_private(file)] == []


def shown_by_engine(platform: Platform, project: Project) -> str:
    """What the engine shows of a container that runs, and of the project's images."""
    assert request(f"{platform.worker_url(project.name)}/").status == 200
    (container,) = platform.containers()
    images = docker("images", "-q", "--no-trunc", f"pywrangler.local/{project.name}*").split()
    assert images
    history = [docker("history", "--no-trunc", each) for each in images]
    return json.dumps(container) + docker("inspect", *images) + "".join(history)


def after_a_crash(cli: Cli, platform: Platform) -> list[Result]:
    """What is said after the platform's process has crashed."""
    pid = platform.status.pid
    os.kill(pid, signal.SIGABRT)
    eventually(lambda: not is_alive(pid), what="the end of the platform's process")
    return [cli.run("local", "status", *DEBUG), cli.run("local", "start", *DEBUG), cli.run("local", "logs")]


def local_commands(cli: Cli, project: Project, planted: Planted, given: Path) -> list[Result]:
    """What the commands came to, of which some have to fail."""

    def run(*words: str, stdin: str = "", fails: bool = False) -> Result:
        done = cli.run(*words, *DEBUG, stdin=stdin)
        assert (done.status != 0) is fails, str(done)
        return done

    results = [run("deploy", "--secrets-file", str(given / "secrets.json"))]
    results += [
        run("secret", "put", "B", stdin=planted["Worker secret"]),
        run("secret", "bulk", stdin=json.dumps({"C": planted["secret of a bulk"], "A": None})),
        run("secret", "bulk", stdin=f'{{"C": "{planted["secret of a bulk"]}", "D": [', fails=True),
        run("secret", "put", "B", "--name", "nobody", "--local", stdin=planted["Worker secret"], fails=False),
        run("secret", "list"),
        run("containers", "images", "list", "--long"),
        run("containers", "images", "delete", "none:v1", "-y", fails=True),
    ]
    store = cli.run("secrets-store", "store", "list", "--json").check().json
    store_id = store[0]["id"] if store else None
    if store_id is None:
        cli.run("secrets-store", "store", "create", "shop").check()
        store_id = cli.run("secrets-store", "store", "list", "--json").check().json[0]["id"]
    create = ("secrets-store", "secret", "create", store_id, "--scopes", "workers,containers", "--name")
    configure = ("containers", "registries", "configure")
    kept = ("--secret-store-id", store_id, "--secret-name")
    ecr = (ECR, "--aws-access-key-id", ECR_KEY, *kept, "ECR", "--no-verify")
    results += [
        run(*create, "VALUE", stdin=planted["Secrets Store value"]),
        run(*create, "VALUE", stdin=planted["Secrets Store value"], fails=True),
        run(*configure, *ecr, stdin=planted["ECR secret key"]),
        run(
            *configure,
            "docker.io",
            "--dockerhub-username",
            "me",
            *kept,
            "HUB",
            stdin=planted["registry password"],
        ),
        run("containers", "registries", "list", "--json"),
    ]
    project.replace("Dockerfile", "RUN mkdir", FAILING_STEP)
    build = ("containers", "build", ".", "-t", f"pywrangler.local/{project.name}:s")
    results.append(run(*build, "--secret", f"id=s,src={given / 'build'}", fails=True))
    project.replace("Dockerfile", FAILING_STEP, "RUN mkdir")
    project.write("src/index.js", "export default {")
    results.append(run("deploy", "--secrets-file", str(given / "secrets.json"), "--dry-run", fails=True))
    results += [run("local", "status"), run("local", "logs")]
    return results


@pytest.mark.slow
def test_at_cloudflare(
    planted: Planted, places: tuple[Path, ...], home: Path, arguments: Arguments, tmp_path: Path
) -> None:
    cli = Cli(tmp_path)
    (tmp_path / "secrets.json").write_text(json.dumps({"C": planted["secret of a bulk"]}))
    results = []
    with serve(echo) as api:
        token = api.environment | {"CLOUDFLARE_API_TOKEN": planted["api token"]}
        key = token | {"CLOUDFLARE_API_KEY": planted["global key"], "CLOUDFLARE_EMAIL": "me@example.com"}
        for environment in (token, key):
            for command in (
                ("whoami",),
                ("containers", "list"),
                ("secret", "put", "B", "--name", "works"),
                ("secret", "put", "B", "--name", "fails"),
                ("secret", "bulk", "secrets.json", "--name", "works"),
                ("secret", "bulk", "secrets.json", "--name", "fails"),
                ("containers", "images", "list"),
            ):
                done = cli.run(*command, *DEBUG, stdin=planted["Worker secret"], **environment)
                results.append(done)
        stored = {"CLOUDFLARE_API_BASE_URL": api.url}
        results.append(cli.run("login", *DEBUG, stdin=planted["stored token"], **stored))
        results.append(cli.run("whoami", *DEBUG, **stored))
    assert {0, 1} <= {each.status for each in results}
    assert all("Traceback" not in each.stderr for each in results), "nothing here is a bug"
    assert planted.shown_in(results) == []
    assert arguments.holding(planted) == []
    (tmp_path / "secrets.json").unlink()
    files = list(files_below(home, *places, tmp_path))
    for kind, value in planted.items():
        found = files_holding(value, files)
        assert {file.name for file in found} == ({"logins.json"} if kind == "stored token" else set()), kind
        assert all(is_private(file) for file in found)


def echo(call: Call) -> Says:
    """An API that does what is asked, or says in an error what it was sent, as servers do."""
    if "/fails/" in call.path:
        return refusal(400, 10021, f"not valid: {call.path}")
    if call.path.endswith("/credentials"):
        return result({"password": "p", "username": "v1", "registry_host": "127.0.0.1:1"})
    if call.path in ("/accounts", "/containers/dash/applications"):
        return result([])
    return result({"id": "7" * 32, "status": "active", "email": "me@example.com"})


def test_the_watch_sees_what_it_is_there_for(arguments: Arguments, tmp_path: Path) -> None:
    value = f"planted-{secrets.token_hex(12)}"
    Cli(tmp_path).run("whoami", "--profile", value)
    assert arguments.holding({"x": value}) == ["x"]
    Cli(tmp_path).run("whoami", PLANTED=value)
    assert list(arguments.in_environments({"x": value})) == ["x"]
    (tmp_path / "open").write_text(f"a {value} b")
    assert tmp_path / "open" in files_holding(value, files_below(tmp_path))
    (tmp_path / "open").chmod(0o644)
    assert not is_private(tmp_path / "open")
    assert os.access(tmp_path / "open", os.R_OK)
