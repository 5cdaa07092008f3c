"""What outlives the end of each part: storage, alarms, secrets, containers, and what is known about them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pywrangler.engine.address import find_engine
from pywrangler.local import processes
from pywrangler.local.protocol import Status
from tests.local.operations.conftest import SERVES, MakeSite, Site
from tests.support.containers import docker
from tests.support.engine_front import engine_running
from tests.support.http import request
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

WORKER = """\
import { Container, getContainer } from "@cloudflare/containers";
import { DurableObject } from "cloudflare:workers";

export class Box extends Container { defaultPort = 8080; sleepAfter = "5m"; }

export class Memory extends DurableObject {
  async add(text) {
    const texts = [...((await this.ctx.storage.get("texts")) ?? []), text];
    await this.ctx.storage.put("texts", texts);
    return texts;
  }
  wake(milliseconds) { return this.ctx.storage.setAlarm(Date.now() + milliseconds); }
  async alarm() { await this.add("alarm"); }
  all() { return this.ctx.storage.get("texts"); }
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const memory = env.MEMORY.getByName("one");
    switch (url.pathname) {
      case "/add": return Response.json(await memory.add(url.searchParams.get("text")));
      case "/wake": return Response.json(await memory.wake(Number(url.searchParams.get("in"))) ?? null);
      case "/all": return Response.json(await memory.all());
      case "/secret": return new Response(env.TOKEN);
    }
    return getContainer(env.BOX, url.searchParams.get("name") ?? undefined).fetch(request);
  },
};
"""
CONFIG: dict[str, Any] = {
    "durable_objects": {
        "bindings": [{"name": "BOX", "class_name": "Box"}, {"name": "MEMORY", "class_name": "Memory"}]
    },
    "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box", "Memory"]}],
}


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    """A deployed Worker with a secret, something in storage, and containers of `kept` and `lost`."""
    site = make_site(f"trap 'echo bye; exit 0' TERM; {SERVES}", worker=WORKER, config=CONFIG)
    secrets = site.project.directory / "secrets.json"
    secrets.write_text('{"TOKEN": "s3cret"}')
    site.deploy("--no-wait", "--secrets-file", str(secrets))
    assert get(site, "/add?text=before").json == ["before"]
    for name in ("kept", "lost"):
        assert site.ask(name).text == "box 1\n"
    return site


def get(site: Site, path: str) -> Any:
    return request(f"{site.platform.worker_url(site.project.name)}{path}")


def container_of(site: Site, name: str) -> str:
    """The id of the container of a Durable Object, by the object's name."""
    (instance,) = [i for i in site.platform.instances(site.project.application) if i["name"] == name]
    found = docker("ps", "--quiet", "--no-trunc", "--filter", f"label=pywrangler.instance={instance['id']}")
    assert found, f"{name} has no running container"
    return found


def states(site: Site) -> dict[str, str]:
    """The states of instances by their Durable Objects' names, as the command shows them."""
    listed = site.cli.run("containers", "instances", site.project.application, "--json").check().json
    return {entry["name"]: entry["state"] for entry in listed}


def check_everything_is_there(site: Site) -> None:
    eventually(lambda: get(site, "/all").json == ["before", "alarm"], what="what the alarm wrote")
    assert get(site, "/secret").text == "s3cret"
    assert {site.ask(name).text for name in ("kept", "lost")} == {"box 1\n"}
    assert states(site) == {"kept": "running", "lost": "running"}
    assert len(site.running()) == 2
    assert len(site.platform.containers()) == 2, "no container is left unowned"


def workerd_pid(site: Site) -> int:
    return int((site.platform.home / "workers" / site.project.name / "workerd.pid").read_text())


def test_a_killed_workerd(site: Site) -> None:
    before = site.running()
    get(site, "/wake?in=300")
    os.kill(workerd_pid(site), signal.SIGKILL)
    check_everything_is_there(site)
    assert site.running() == before


def test_a_killed_platform(site: Site) -> None:
    kept, lost = container_of(site, "kept"), container_of(site, "lost")
    get(site, "/wake?in=300")
    site.platform.kill()
    docker("stop", "--time", "5", lost)
    site.cli.run("local", "start").check()
    eventually(lambda: states(site) == {"kept": "running", "lost": "stopped"}, what="the lost one's end")
    check_everything_is_there(site)
    assert kept in site.running()


def test_a_machine_that_was_booted_again(site: Site) -> None:
    """Nothing runs any more, another process may have any of the ids, and all files are unchanged."""
    workerd = workerd_pid(site)
    get(site, "/wake?in=300")
    site.platform.kill()
    os.kill(workerd, signal.SIGKILL)
    docker("kill", *site.running())
    status = Status.read(site.platform.home)
    assert status is not None
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        Status(stranger.pid, status.url, status.token, status.account_id, status.version).write(
            site.platform.home
        )
        pid_file = site.platform.home / "workers" / site.project.name / "workerd.pid"
        pid_file.write_text(str(stranger.pid))
        site.cli.run("local", "start").check()
        assert stranger.poll() is None, "a process that is not ours is left alone"
    finally:
        stranger.kill()
        stranger.wait()
    assert states(site) == {"kept": "stopped", "lost": "stopped"}
    assert site.platform.containers() == []
    check_everything_is_there(site)


def test_a_platform_whose_directory_was_removed_is_cleared_up_by_another(
    site: Site, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, workerd = site.running(), workerd_pid(site)
    site.platform.kill()
    shutil.rmtree(site.platform.home)
    another = short_directory / os.urandom(3).hex()
    monkeypatch.setenv("PYWRANGLER_HOME", str(another))
    try:
        removed = site.cli.run("local", "prune", "--json").check().json
        assert {each["id"] for each in removed["containers"]} >= left
        assert str(workerd) in {each["id"] for each in removed["processes"]}
        assert removed["networks"]
        assert site.platform.containers() == []
    finally:
        site.cli.run("local", "stop").check()


def test_what_a_killed_platform_left_is_ended_by_stop(site: Site) -> None:
    site.platform.kill()
    said = site.cli.run("local", "stop").check().stderr
    assert "killed platform left behind: 1 process and 2 containers." in said
    assert site.platform.containers() == []
    assert networks_of(site) == []
    check_everything_is_there_after_a_start(site)


def check_everything_is_there_after_a_start(site: Site) -> None:
    site.cli.run("local", "start").check()
    assert get(site, "/all").json == ["before"]
    assert {site.ask(name).text for name in ("kept", "lost")} == {"box 1\n"}


def networks_of(site: Site) -> list[str]:
    return docker(
        "network", "ls", "--quiet", "--filter", f"label=pywrangler.home={site.platform.home}"
    ).split()


def test_a_platform_whose_directory_was_removed_leaves_nothing_on_the_engine(site: Site) -> None:
    status = site.platform.status
    assert networks_of(site)
    shutil.rmtree(site.platform.home)
    eventually(lambda: not processes.is_alive(status.pid), what="the end of the platform")
    assert site.platform.containers() == []
    assert networks_of(site) == []


def test_a_copied_directory_leaves_the_containers_of_the_original_alone(
    site: Site, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, copy = site.running(), short_directory / os.urandom(3).hex()
    shutil.copytree(site.platform.home, copy, ignore=shutil.ignore_patterns("run"))
    with monkeypatch.context() as copied:
        copied.setenv("PYWRANGLER_HOME", str(copy))
        site.cli.run("local", "start").check()
        assert site.running() == before
        assert site.cli.run("local", "prune", "--json").check().json["containers"] == []
        site.cli.run("local", "stop").check()
    assert site.running() == before
    assert states(site) == {"kept": "running", "lost": "running"}
    assert {site.ask(name).text for name in ("kept", "lost")} == {"box 1\n"}


def test_prune_removes_what_the_directory_before_had_on_the_engine(site: Site) -> None:
    left = site.running()
    site.platform.kill()
    shutil.rmtree(site.platform.home)
    removed = site.cli.run("local", "prune", "--json").check().json
    assert {each["id"] for each in removed["containers"]} >= left
    assert site.platform.containers() == []


def test_a_restarted_engine(
    make_site: MakeSite, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    front, engine = short_directory / f"{os.urandom(3).hex()}.sock", find_engine(os.environ)
    monkeypatch.setenv("WRANGLER_DOCKER_HOST", f"unix://{front}")
    counts = f"trap 'exit 0' TERM; (i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done) & {SERVES}"
    with engine_running(front, engine):
        site = make_site(counts, worker=WORKER, config=CONFIG)
        site.deploy("--no-wait")
        for name in ("kept", "lost"):
            assert site.ask(name).text == "box 1\n"
        kept, lost = container_of(site, "kept"), container_of(site, "lost")
    docker("kill", lost)
    assert get(site, "/add?text=meanwhile").json == ["meanwhile"], "the Worker itself continues"
    with engine_running(front, engine):
        eventually(lambda: states(site) == {"kept": "running", "lost": "failed"}, what="the lost one's end")
        assert {site.ask(name).text for name in ("kept", "lost")} == {"box 1\n"}
        assert kept in site.running()
        assert len(site.platform.containers()) == 2
        read = site.cli.run(
            "containers", "logs", site.project.application, "--instance", "kept", "--since", "1h"
        )
        numbers = [int(line.split()[-1]) for line in read.check().stdout.splitlines()]
        assert numbers == list(range(1, len(numbers) + 1)), "the log has neither gap nor repetition"
        site.platform.end()
