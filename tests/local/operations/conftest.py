"""A deployed project whose containers' command a test writes itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import Cli
from tests.support.containers import remove_images
from tests.support.http import Answer, request
from tests.support.platform import Platform
from tests.support.projects import Project, make_project

SERVES = "httpd -f -p 8080 -h /www & wait"


def dockerfile(page: str, command: str = f"trap 'exit 0' TERM; {SERVES}") -> str:
    """An image with a page to serve, that runs a shell command."""
    return f"""\
FROM busybox:1.35
RUN mkdir /www && echo "{page}" > /www/index.html
COPY <<"EOT" /run.sh
{command}
EOT
CMD ["sh", "/run.sh"]
"""


class Site:
    """A project on a platform of its own."""

    def __init__(self, project: Project, platform: Platform) -> None:
        self.project = project
        self.platform = platform
        self.cli = Cli(project.directory)

    def deploy(self, *arguments: str) -> str:
        """Deploy, which has to work; the Worker's address."""
        return str(self.cli.run("deploy", "--json", *arguments).check().json["url"])

    def ask(self, name: str) -> Answer:
        """Ask one Durable Object's container."""
        return request(f"{self.platform.worker_url(self.project.name)}?name={name}")

    def running(self) -> set[str]:
        """Ids of the containers that run, as the engine tells."""
        return {container["Id"] for container in self.platform.containers(running_only=True)}

    def application_id(self) -> str:
        """The id of the only application."""
        (application,) = self.platform.call("containers/applications")
        return str(application["id"])

    def rollout(self) -> Any:
        """The newest rollout."""
        return self.platform.call(f"containers/applications/{self.application_id()}/rollouts")[0]


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path, platform: Platform) -> Iterator[MakeSite]:
    """Writes a project whose container runs a shell command; its images go when the test ends."""
    made: list[Project] = []

    def make(
        command: str = f"trap 'exit 0' TERM; {SERVES}",
        *,
        container: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Site:
        project = make_project(
            tmp_path / f"project-{len(made)}",
            dockerfile=dockerfile("box 1", command),
            container={"max_instances": 3, **(container or {})},
            **options,
        )
        made.append(project)
        return Site(project, platform)

    yield make
    for project in made:
        remove_images(f"pywrangler.local/{project.name}-*")
