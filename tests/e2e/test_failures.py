"""When things go wrong: a clear paragraph, an exit status, and nothing that stops the next deploy."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.command import Cli, Result
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import DOCKERFILE, Project
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

NEVER_LISTENS = 'FROM busybox:1.35\nCMD ["sh", "-c", "trap \'exit 0\' TERM; sleep 1000 & wait"]\n'

WITHOUT_ROOTS_RIGHTS = ("setpriv", "--bounding-set", "-dac_override") if os.geteuid() == 0 else ()
"""Lets file permissions hold for root too."""
WITHOUT_BUILDX = """\
#!/bin/sh
[ "$1" = buildx ] && {{ echo "docker: 'buildx' is not a docker command." >&2; exit 1; }}
exec {docker} "$@"
"""


def explained(result: Result, *words: str) -> str:
    """What a failed command said; it must be short, name the facts, and be no traceback."""
    assert result.status not in (0, -9), str(result)
    assert "Traceback" not in result.stderr, str(result)
    assert "bug in pywrangler" not in result.stderr, str(result)
    for word in words:
        assert word in result.stderr, f"{word!r} is not in\n{result}"
    return result.stderr


@pytest.fixture
def repaired(cli: Cli, project: Project) -> Iterator[None]:
    """After the failure: the same project, repaired, deploys and answers."""
    yield
    project.write("Dockerfile", DOCKERFILE)
    url = cli.run("deploy", "--json").check().json["url"]
    assert request(url).text == "box 1\n"


def builds_of(project: Project) -> list[str]:
    """The command lines of the builds of a project's images that run."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            found.append((directory / "cmdline").read_text().replace("\0", " "))
    return [line for line in found if "buildx build" in line and str(project.directory) in line]


@pytest.mark.usefixtures("repaired")
class TestDocker:
    def test_no_docker_command(self, cli: Cli) -> None:
        explained(cli.run("deploy", WRANGLER_DOCKER_BIN="/nowhere/docker"), "/nowhere/docker")

    def test_no_docker_command_in_the_path(self, cli: Cli, tmp_path: Path) -> None:
        directory = tmp_path / "bin"
        directory.mkdir()
        for program in ("sh", "env"):
            (directory / program).symlink_to(shutil.which(program) or "")
        explained(cli.run("deploy", PATH=str(directory)), "docker")

    def test_an_engine_that_does_not_run(self, cli: Cli) -> None:
        explained(cli.run("deploy", DOCKER_HOST="unix:///tmp/nobody.sock"), "/tmp/nobody.sock")

    def test_an_engine_that_this_user_may_not_use(self, cli: Cli, short_directory: Path) -> None:
        address = short_directory / "forbidden.sock"
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(address))
            server.listen()
            address.chmod(0)
            result = replace(cli, prefix=WITHOUT_ROOTS_RIGHTS).run("deploy", DOCKER_HOST=f"unix://{address}")
        explained(result, str(address), "permission")

    def test_no_buildx(self, cli: Cli, tmp_path: Path) -> None:
        docker = tmp_path / "docker"
        docker.write_text(WITHOUT_BUILDX.format(docker=shutil.which("docker")))
        docker.chmod(0o755)
        explained(cli.run("deploy", WRANGLER_DOCKER_BIN=str(docker)), "buildx")


@pytest.mark.usefixtures("repaired")
class TestImages:
    def test_a_dockerfile_that_is_missing(self, cli: Cli, project: Project) -> None:
        (project.directory / "Dockerfile").unlink()
        explained(cli.run("deploy"), "Dockerfile", "wrangler.jsonc")

    def test_a_class_that_the_code_lacks_ends_it_before_anything_is_built(
        self, cli: Cli, project: Project
    ) -> None:
        good = (project.directory / "src/index.js").read_text()
        project.write("src/index.js", good.replace("class Box ", "class Bax "))
        project.write("Dockerfile", "FROM busybox:1.35\nRUN exit 1\n")
        said = explained(cli.run("deploy"), "class-not-exported", 'Did you mean "Bax"?', "wrangler.jsonc")
        assert "exit 1" not in said
        project.write("src/index.js", good)

    def test_a_build_that_fails_shows_its_step(self, cli: Cli, project: Project) -> None:
        project.write("Dockerfile", "FROM busybox:1.35\nRUN echo before && ls /no-such-folder\n")
        explained(cli.run("deploy"), "ls /no-such-folder", "No such file or directory")


@pytest.mark.usefixtures("repaired")
class TestBringUp:
    def test_an_image_that_exits_at_once_shows_its_exit_code_and_last_words(
        self, cli: Cli, project: Project
    ) -> None:
        project.write("Dockerfile", 'FROM busybox:1.35\nCMD ["sh", "-c", "echo no database >&2; exit 42"]\n')
        result = cli.run("deploy")
        explained(result, "42", "no database")
        assert result.status == 3

    @pytest.mark.slow
    def test_a_port_that_never_opens_names_what_is_open_instead(self, cli: Cli, project: Project) -> None:
        project.write("Dockerfile", DOCKERFILE.replace("8080", "9090"))
        result = cli.run("deploy")
        explained(result, "8080", "9090")
        assert result.status == 3

    @pytest.mark.slow
    def test_a_container_that_never_listens(self, cli: Cli, project: Project) -> None:
        project.write("Dockerfile", NEVER_LISTENS)
        result = cli.run("deploy")
        explained(result, "8080")
        assert result.status == 3

    def test_the_worker_cannot_start(self, cli: Cli, project: Project) -> None:
        good = (project.directory / "src/index.js").read_text()
        project.write("src/index.js", good + "\nthrow new Error('no configuration');\n")
        explained(cli.run("deploy"), "no configuration")
        project.write("src/index.js", good)


@pytest.mark.usefixtures("repaired")
class TestInterruptions:
    def test_ctrl_c_during_a_build(self, cli: Cli, project: Project) -> None:
        project.write("Dockerfile", "FROM busybox:1.35\nRUN sleep 300\n")
        running = cli.start("deploy")
        eventually(lambda: builds_of(project), what="a build")
        running.interrupt()
        result = running.wait(timeout_seconds=20)
        assert result.status == 130
        assert "Interrupted." in result.stderr
        assert builds_of(project) == []

    def test_ctrl_c_during_bring_up(self, cli: Cli, project: Project, platform: Platform) -> None:
        project.write("Dockerfile", NEVER_LISTENS)
        running = cli.start("deploy")
        eventually(lambda: platform.containers(running_only=True), what="an instance", timeout_seconds=60)
        running.interrupt()
        assert running.wait(timeout_seconds=20).status == 130

    def test_the_platform_is_killed_during_a_deploy(
        self, cli: Cli, project: Project, platform: Platform
    ) -> None:
        project.write("Dockerfile", NEVER_LISTENS)
        running = cli.start("deploy")
        eventually(lambda: platform.containers(running_only=True), what="an instance", timeout_seconds=60)
        platform.kill()
        explained(running.wait())


class TestPlaces:
    def test_a_port_that_another_program_has_taken(self, cli: Cli, platform: Platform) -> None:
        port = int(os.environ["PYWRANGLER_WORKER_PORT"])
        with socket.create_server(("127.0.0.1", port)):
            url = cli.run("deploy", "--json").check().json["url"]
            assert url != f"http://localhost:{port}"
            assert request(url).text == "box 1\n"

    @pytest.mark.parametrize("place", ["/sys/pywrangler", "/dev/null/pywrangler"])
    def test_a_directory_that_cannot_be_written(self, cli: Cli, place: str) -> None:
        explained(cli.run("deploy", PYWRANGLER_HOME=place), place)
