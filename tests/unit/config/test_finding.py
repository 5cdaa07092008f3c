"""Which file is the configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pywrangler.config import ConfigurationError, find, load
from tests.unit.config.project import Project, fields


def found(start: Path, explicit: Path | None = None) -> Path | None:
    """The file that is found."""
    configuration = find(start, explicit)
    return configuration.file if configuration else None


def test_it_is_found_upwards(project: Project) -> None:
    file = project.configure("{}")
    below = project.directory / "a/b"
    below.mkdir(parents=True)
    assert found(below) == file


def test_the_order_of_names_is_wranglers(project: Project) -> None:
    below = project.directory / "below"
    below.mkdir()
    project.configure("{}", "below/wrangler.toml")
    assert found(below) == below / "wrangler.toml"
    project.configure("{}", "wrangler.jsonc")
    assert found(below) == project.directory / "wrangler.jsonc"
    project.configure("{}", "wrangler.json")
    assert found(below) == project.directory / "wrangler.json"


def test_directories_and_loops_of_links_are_passed_over(project: Project) -> None:
    (project.directory / "wrangler.json").mkdir()
    (project.directory / "wrangler.jsonc").symlink_to("wrangler.jsonc")
    file = project.configure("", "wrangler.toml")
    assert found(project.directory) == file


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert found(tmp_path) is None


def test_an_explicit_file_is_taken_as_it_is(project: Project) -> None:
    assert found(project.directory, project.directory / "x/../other.toml") == project.directory / "other.toml"


def test_a_redirection_is_followed(project: Project) -> None:
    project.configure("{}")
    generated = project.write("dist/wrangler.json", "{}")
    project.write(".wrangler/deploy/config.json", '{"configPath": "../../dist/wrangler.json"}')
    assert found(project.directory) == generated
    assert (
        found(project.directory, project.directory / "wrangler.jsonc") == project.directory / "wrangler.jsonc"
    )


def test_how_a_redirection_was_followed_is_reported(project: Project) -> None:
    original = project.configure("{}")
    generated = project.write("dist/wrangler.json", "{}")
    redirection = project.write(".wrangler/deploy/config.json", '{"configPath": "../../dist/wrangler.json"}')
    os.utime(original, (1000, 1000))
    assert find(project.directory) == (generated, redirection, original)
    is_stale = []
    for built_at in (1000, 1001, 999):
        os.utime(generated, (built_at, built_at))
        configuration = find(project.directory)
        assert configuration is not None
        is_stale.append(configuration.is_stale)
    assert is_stale == [False, False, True]
    original.unlink()
    assert find(project.directory) == (generated, redirection, None)


@pytest.mark.parametrize("content", ["{}", '{"configPath": 3}', '{"configPath": "nowhere"}', "{", "[]"])
def test_a_broken_redirection_is_an_error(project: Project, content: str) -> None:
    project.configure("{}")
    project.write(".wrangler/deploy/config.json", content)
    with pytest.raises(ConfigurationError):
        find(project.directory)


def test_a_redirection_to_a_configuration_with_environments_is_an_error(project: Project) -> None:
    project.configure("{}")
    project.write("dist/wrangler.json", '{"env": {"staging": {}}}')
    project.write(".wrangler/deploy/config.json", '{"configPath": "../../dist/wrangler.json"}')
    with pytest.raises(ConfigurationError) as caught:
        find(project.directory)
    assert "has environments" in caught.value.problems[0].message


def test_a_redirection_to_itself_is_an_error(project: Project) -> None:
    project.configure("{}")
    project.write(".wrangler/deploy/config.json", '{"configPath": "../deploy/config.json"}')
    with pytest.raises(ConfigurationError) as caught:
        find(project.directory)
    assert caught.value.problems[0].message == "This redirection leads to itself"


def test_a_redirection_of_another_project_is_an_error(project: Project) -> None:
    project.configure("{}", "below/wrangler.jsonc")
    project.configure("{}", "generated.json")
    project.write(".wrangler/deploy/config.json", '{"configPath": "../../generated.json"}')
    with pytest.raises(ConfigurationError) as caught:
        find(project.directory / "below")
    assert "does not belong to the project" in caught.value.problems[0].message


def test_what_a_redirection_leads_to_is_for_one_environment(project: Project) -> None:
    project.configure(fields(env={"staging": {}}))
    project.write(".wrangler/deploy/config.json", '{"configPath": "../../dist/wrangler.json"}')
    built = project.configure(
        fields(name="built", main="../src/index.ts", containers=None), "dist/wrangler.json"
    )
    assert found(project.directory) == built
    configuration = load(built, environment="staging")
    assert (configuration.name, [warning.code for warning in configuration.warnings]) == ("built", [])
