"""Named environments: what is inherited, what is not, and the names that follow."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler import config
from tests.unit.config.project import CONTAINER, FIELDS, Project, codes, fields

OWN: dict[str, Any] = {"containers": [CONTAINER], "durable_objects": FIELDS["durable_objects"]}


def with_environment(**own: Any) -> dict[str, Any]:
    return fields(env={"staging": {**OWN, **own}})


def test_names_get_the_environments_suffix(project: Project) -> None:
    configuration = project.load(with_environment(), environment="staging")
    assert configuration.name == "my-worker-staging"
    assert configuration.top_level_name == "my-worker"
    assert configuration.environment == "staging"
    assert configuration.containers[0].name == "my-worker-mycontainer-staging"


def test_an_own_name_is_taken_as_it_is(project: Project) -> None:
    configuration = project.load(with_environment(name="other"), environment="staging")
    assert configuration.name == "other"


def test_some_fields_are_inherited_and_others_are_not(project: Project) -> None:
    content = {**with_environment(vars={"A": "2"}), "vars": {"A": "1"}, "minify": True, "define": {"X": "1"}}
    configuration = project.load(content, environment="staging")
    assert configuration.minify is True
    assert configuration.migrations[0].tag == "v1"
    assert configuration.vars == {"A": "2"}
    assert configuration.define == {}
    assert codes([*configuration.warnings]) == ["not-inherited"]


def test_variables_that_are_not_repeated_are_named(project: Project) -> None:
    content = {**with_environment(vars={"A": "2"}), "vars": {"A": "1", "B": "1"}}
    (warning,) = project.load(content, environment="staging").warnings
    assert warning.message == '"env.staging.vars" lacks "B" of the top level, which are not inherited'


def test_the_top_level_is_used_without_a_name(project: Project) -> None:
    assert project.load(with_environment()).name == "my-worker"


def test_an_unknown_environment_is_an_error_with_a_suggestion(project: Project) -> None:
    (problem,) = project.problems(with_environment(), environment="stagin")
    assert (problem.code, problem.severity) == ("unknown-environment", "error")
    assert problem.hint == 'Did you mean "staging"?'


def test_without_environments_the_top_level_stands_in(project: Project) -> None:
    configuration = project.load(fields(vars={"A": "1"}), environment="staging")
    assert (configuration.name, configuration.vars) == ("my-worker-staging", {"A": "1"})
    assert codes([*configuration.warnings]) == ["unknown-environment"]


def test_mistakes_inside_an_environment_are_placed_there(project: Project) -> None:
    found = project.problems(with_environment(minfy=True), environment="staging")
    assert [problem.message for problem in found] == ['"env.staging.minfy" is not a field']


def test_what_to_add_names_the_environment(project: Project) -> None:
    content = fields(env={"staging": {"containers": [{**CONTAINER, "class_name": "Other"}]}})
    found = project.problems(content, environment="staging")
    (problem,) = [problem for problem in found if problem.severity == "error"]
    assert problem.hint
    assert problem.hint.startswith('Add to "env.staging":\n"durable_objects"')
    assert 'Add to "migrations":' in problem.hint


def test_a_generated_configuration_is_for_one_environment(project: Project) -> None:
    generated = fields(
        name="w", definedEnvironments=["staging"], targetEnvironment="staging", topLevelName="top"
    )
    configuration = project.load(generated, environment="staging")
    assert (configuration.name, configuration.top_level_name) == ("w", "top")
    assert codes(project.problems(generated, environment="production")) == ["other-environment"]
    generated["targetEnvironment"] = ""  # a build with an empty CLOUDFLARE_ENV
    assert codes(project.problems(generated, environment="production")) == []


def test_single_fields_are_read_without_checking_how_they_fit_together(project: Project) -> None:
    file = project.configure(
        {"name": "w", "account_id": "a" * 32, "containers": [CONTAINER], "kv_namespaces": [{"binding": "K"}]}
    )
    found = config.read_fields(file)
    assert (found.get("account_id"), found.get("main"), found.worker_name) == ("a" * 32, None, "w")
    assert [namespace.binding for namespace in found.kv_namespaces] == ["K"]
    assert config.read_fields(file, environment="x").worker_name == "w-x"


@pytest.mark.parametrize(
    ("content", "environment", "code"),
    [
        ({"main": 5}, None, "wrong-type"),
        ({"env": {"staging": {"main": 5}}}, "staging", "wrong-type"),
        ({"env": {"staging": {}}}, "production", "unknown-environment"),
    ],
)
def test_single_fields_are_not_read_from_a_wrong_configuration(
    project: Project, content: dict[str, Any], environment: str | None, code: str
) -> None:
    file = project.configure({"name": "w", "nonsense": 1, **content})
    with pytest.raises(config.ConfigurationError) as caught:
        config.read_fields(file, environment=environment)
    assert codes([*caught.value.problems]) == [code]


def test_a_deploy_is_not_stopped_by_another_environments_mistakes(project: Project) -> None:
    content = fields(env={"staging": {"name": "A B", "main": 3}, "API_KEY": "x"})
    assert project.load(content).name == "my-worker"
    found = config.check_environments(project.directory / "wrangler.jsonc")
    assert {problem.severity for problem in found} == {"error", "warning"}
    assert project.load(fields(env="production")).name == "my-worker"
    (problem,) = config.check_environments(project.directory / "wrangler.jsonc")
    assert (problem.message, problem.hint) == (
        '"env" must be a table, but is "production"',
        'Write { "production": {} }',
    )
