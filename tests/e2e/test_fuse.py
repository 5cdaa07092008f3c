"""FUSE on the local platform: decided once for each application, and in effect at the next start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.command import Cli
from tests.support.containers import docker
from tests.support.platform import Platform
from tests.support.projects import DOCKERFILE, make_project
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

MOUNTS = DOCKERFILE.replace("RUN", "RUN echo s3fs &&")


def test_it_is_asked_for_once_and_takes_effect_without_a_restart(tmp_path: Path, platform: Platform) -> None:
    project = make_project(tmp_path / "project", dockerfile=MOUNTS)
    cli, name = Cli(project.directory), project.application

    def running() -> list[str]:
        return docker("ps", "--quiet", "--filter", f"label=pywrangler.application-name={name}").split()

    def has_fuse() -> bool:
        # The instance of the version before may still be in its grace.
        eventually(lambda: len(running()) == 1, what="one instance")
        (inspected,) = json.loads(docker("inspect", *running()))
        return "SYS_ADMIN" in str(inspected["HostConfig"]["CapAdd"])

    refused = cli.run("deploy")
    assert (refused.status, f"--allow-fuse {name}" in refused.stderr) == (2, True)
    assert cli.run("deploy", "--allow-fuse", "other").status == 2
    asked = run("deploy", on_terminal=True, stdin="n\n", directory=project.directory)
    assert (asked.status, f"The image of {name} mounts" in asked.stderr) == (0, True), asked.stderr
    assert not has_fuse()
    project.write("Dockerfile", MOUNTS + "ENV X=1\n")
    cli.run("deploy", "--allow-fuse", name).check()
    assert has_fuse()
    assert platform.call("local/fuse") == {"applications": {name: True}}
    cli.run("delete", "-y").check()
    assert platform.call("local/fuse") == {"applications": {}}
