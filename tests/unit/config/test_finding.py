"""Which file is the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.config import ConfigurationError, find, load
from tests.unit.config.project import Project, fields


def test_it_is_found_upwards(project: Project) -> None:
    file = project.configure("{}")
    below = project.folder / "a/b"
    below.mkdir(parents=True)
    assert find(below) == file


def test_the_order_of_names_is_wranglers(project: Project) -> None:
    below = project.folder / "below"
    below.mkdir()
    project.configure("{}", "below/wrangler.toml")
    assert find(below) == below / "wrangler.toml"
    project.configure("{}", "wrangler.jsonc")
    assert find(below) == project.folder / "wrangler.jsonc"
    project.configure("{}", "wrangler.json")
    assert find(below) == project.folder / "wrangler.json"


def test_folders_and_loops_of_links_are_passed_over(project: Project) -> None:
    (project.folder / "wrangler.json").mkdir()
    (project.folder / "wrangler.jsonc").symlink_to("wrangler.jsonc")
    file = project.configure("", "wrangler.toml")
    assert find(project.folder) == file


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert find(tmp_path) is None


def test_an_explicit_file_is_taken_as_it_is(project: Project) -> None:
    assert find(project.folder, project.folder / "x/../other.toml") == project.folder / "other.toml"


def test_a_redirection_is_followed(project: Project) -> None:
    project.configure("{}")
    generated = project.write("dist/wrangler.json", "{}")
    project.write(".wrangler/deploy/config.json", '{"configPath": "../../dist/wrangler.json"}')
    assert find(project.folder) == generated
    assert find(project.folder, project.folder / "wrangler.jsonc") == project.folder / "wrangler.jsonc"


@pytest.mark.parametrize("content", ["{}", '{"configPath": 3}', '{"configPath": "nowhere"}', "{", "[]"])
def test_a_broken_redirection_is_an_error(project: Project, content: str) -> None:
    project.configure("{}")
    project.write(".wrangler/deploy/config.json", content)
    with pytest.raises(ConfigurationError):
        find(project.folder)


def test_a_redirection_to_a_configuration_with_environments_is_an_error(project: Project) -> None:
    project.configure("{}")
    project.write("dist/wrangler.json", '{"env": {"staging": {}}}')
    project.write(".wrangler/deploy/config.json", '{"configPath": "../../dist/wrangler.json"}')
    with pytest.raises(ConfigurationError) as caught:
        find(project.folder)
    assert "has environments" in caught.value.problems[0].message


def test_a_redirection_to_itself_is_an_error(project: Project) -> None:
    project.configure("{}")
    project.write(".wrangler/deploy/config.json", '{"configPath": "../deploy/config.json"}')
    with pytest.raises(ConfigurationError) as caught:
        find(project.folder)
    assert caught.value.problems[0].message == "This redirection leads to itself"


def test_a_redirection_of_another_project_is_an_error(project: Project) -> None:
    project.configure("{}", "below/wrangler.jsonc")
    project.configure("{}", "generated.json")
    project.write(".wrangler/deploy/config.json", '{"configPath": "../../generated.json"}')
    with pytest.raises(ConfigurationError) as caught:
        find(project.folder / "below")
    assert "does not belong to the project" in caught.value.problems[0].message


def test_what_a_redirection_leads_to_is_for_one_environment(project: Project) -> None:
    project.configure(fields(env={"staging": {}}))
    project.write(".wrangler/deploy/config.json", '{"configPath": "../../dist/wrangler.json"}')
    built = project.configure(
        fields(name="built", main="../src/index.ts", containers=None), "dist/wrangler.json"
    )
    assert find(project.folder) == built
    configuration = load(built, environment="staging")
    assert (configuration.name, [warning.code for warning in configuration.warnings]) == ("built", [])
