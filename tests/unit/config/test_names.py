"""Names that are put together: the Worker's in an environment, and the image's after the application."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler import config
from pywrangler.config.problems.errors import ConfigurationError
from pywrangler.image_names import is_repository, repository_of
from tests.unit.config.project import FIELDS, Project, codes, container, fields, underlined


def in_environment(environment: str, **own: Any) -> dict[str, Any]:
    """A configuration whose environment of this name repeats what it needs."""
    repeated = {name: FIELDS[name] for name in ("containers", "durable_objects")}
    return fields(env={environment: {**repeated, **own}})


@pytest.mark.parametrize("environment", ["Prod", "qa 2", "eu.west", "größe", "a/b", "x!", "STAGING_1"])
def test_an_environment_must_make_a_name_that_can_be(project: Project, environment: str) -> None:
    content = in_environment(environment)
    (problem,) = project.problems(content, environment=environment)
    assert (problem.code, problem.severity) == ("wrong-worker-name", "error")
    assert f"`my-worker-{environment}`" in problem.message
    assert underlined(problem) == f'"{environment}"'
    with pytest.raises(ConfigurationError, match="has an error"):
        config.read_fields(project.configure(content), environment=environment)
    assert codes(config.check_environments(project.configure(content))) == ["wrong-worker-name"]


@pytest.mark.parametrize("environment", ["prod", "qa-2", "eu_west", "2"])
def test_other_environments_are_fine(project: Project, environment: str) -> None:
    assert project.problems(in_environment(environment), environment=environment) == []


def test_an_environment_may_have_a_name_of_its_own(project: Project) -> None:
    content = in_environment("Prod", name="my-prod")
    assert project.problems(content, environment="Prod") == []
    content = in_environment("Prod", name="My-Prod")
    assert codes(project.problems(content, environment="Prod")) == ["wrong-form"]


def test_a_name_of_the_command_line_is_checked(project: Project) -> None:
    file = project.configure(fields())
    assert config.load(file, name="other").name == "other"
    _, (problem,) = config.check(file, name="My Worker")
    assert problem.code == "wrong-worker-name"
    assert "`My Worker`" in problem.message


@pytest.mark.parametrize("name", ["My-App", "A.B_C", "team/App", "app--1", "X__y", "APP"])
def test_the_image_of_an_application_has_its_name_in_lower_case(project: Project, name: str) -> None:
    (made,) = project.load(container(name=name)).containers
    assert made.name == name
    assert is_repository(repository_of(made.name))


@pytest.mark.parametrize(
    "name", ["my app", "app!", "-app", "app-", "a_-b", "a..b", "/app", "Ünder", "a:b", "a\tb", "x" * 256]
)
def test_a_name_that_no_image_can_have_is_refused(project: Project, name: str) -> None:
    (problem,) = project.problems(container(name=name))
    assert problem.code == "wrong-application-name"
    assert '"name": ' in (problem.hint or "")
    image = "docker.io/library/busybox:1.35"
    assert project.problems(container(name=name, image=image)) == []


@pytest.mark.parametrize(
    ("name", "possible"), [("Ünder", "under"), ("Größe", "grosse"), ("café!", "cafe"), ("名前", "my-name")]
)
def test_the_name_that_is_proposed_keeps_what_can_be_read(project: Project, name: str, possible: str) -> None:
    (problem,) = project.problems(container(name=name))
    assert f'"name": "{possible}"' in (problem.hint or "")


@pytest.mark.parametrize("class_name", ["_Box", "Box$", "Größe"])
def test_so_is_one_that_is_put_together(project: Project, class_name: str) -> None:
    content = fields(
        containers=[{"class_name": class_name, "image": "./Dockerfile"}],
        durable_objects={"bindings": [{"name": "B", "class_name": class_name}]},
        migrations=[{"tag": "v1", "new_sqlite_classes": [class_name]}],
    )
    (problem,) = project.problems(content)
    assert problem.code == "wrong-application-name"
    assert f"`my-worker-{class_name.lower()}`" in problem.message
