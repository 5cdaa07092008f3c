"""A project on a real Podman, on a socket and with a store of its own: `make engines`."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Cli
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import Project, make_project
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.docker,
    pytest.mark.workerd,
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("PYWRANGLER_TEST_ENGINES"), reason="run it with `make engines`"),
    pytest.mark.skipif(shutil.which("podman") is None, reason="podman is not installed"),
]


@pytest.fixture(scope="module")
def podman(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables with which the platform and `podman` use an engine of this module; it has busybox."""
    directory = tmp_path_factory.mktemp("podman")
    limits = [
        f'"{name}={soft}:{soft}"'
        for name, soft in (("nofile", resource.getrlimit(resource.RLIMIT_NOFILE)[0]), ("nproc", 4096))
    ]
    (directory / "containers.conf").write_text(
        f"[containers]\ndefault_ulimits = [{', '.join(limits)}]\n"
        f'[engine]\nruntime = "{_runtime()}"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
        '[network]\nnetwork_backend = "netavark"\n'
    )
    (directory / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\nrunroot = "{directory}/run"\ngraphroot = "{directory}/root"\n'
    )
    socket = directory / "podman.sock"
    own = {
        "CONTAINERS_CONF": str(directory / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(directory / "storage.conf"),
    }
    environment = {**os.environ, **own}
    archive = directory / "busybox.tar"
    subprocess.run(["docker", "save", "busybox:1.35", "-o", str(archive)], check=True)
    loading = ["podman", "load", "-q", "-i", str(archive)]
    loaded = subprocess.run(loading, check=True, env=environment, capture_output=True, text=True).stdout
    named = ["podman", "tag", loaded.split()[-1], "docker.io/library/busybox:1.35"]
    subprocess.run(named, check=True, env=environment)
    command = ["podman", "system", "service", "--time=0", f"unix://{socket}"]
    service = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        eventually(socket.exists, what="Podman's socket")
        yield {**own, "WRANGLER_DOCKER_HOST": f"unix://{socket}"}
    finally:
        subprocess.run(["podman", "rm", "-af"], check=False, env=environment, capture_output=True)
        service.terminate()
        service.wait(20)
        shutil.rmtree(directory / "root", ignore_errors=True)


def _runtime() -> str:
    """crun refuses control groups of both versions at once, which some machines have."""
    is_hybrid = Path("/sys/fs/cgroup/unified").exists()
    return "runc" if is_hybrid and shutil.which("runc") else "crun"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "project")


def test_build_deploy_roll_out_look_stop_and_prune(
    project: Project, platform: Platform, podman: dict[str, str]
) -> None:
    cli = Cli(project.directory, {**podman, "WRANGLER_DOCKER_BIN": "podman"})
    url = cli.run("deploy", "--json").check().json["url"]
    assert request(f"{url}/?name=a").text == "box 1\n"
    done = cli.run("containers", "exec", f"{project.application}/a", "--", "cat", "/www/index.html")
    assert done.check().stdout == "box 1\n"
    rows = cli.run("containers", "instances", project.application, "--json").check().json
    assert {(row["memory_mib"], tuple(row["ports"])) for row in rows} == {(256, (8080,))}
    project.replace("Dockerfile", "box 1", "box 2")
    cli.run("deploy").check()
    assert request(f"{url}/?name=a").text == "box 2\n"
    cli.run("containers", "stop", "--all", project.application).check()
    cli.run("local", "prune").check()
    project.replace("Dockerfile", "RUN mkdir", "RUN false && mkdir")
    refused = cli.run("deploy")
    assert (refused.status, "could not be built" in refused.stderr) == (1, True), refused.stderr
