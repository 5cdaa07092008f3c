"""`pywrangler init`: what it writes, what it asks, and that it changes no existing file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pywrangler.errors import ExitStatus
from pywrangler.init.project import IGNORE_FILE, TEMPLATE_FILES, default_name
from tests.support.cli import Outcome, run
from tests.support.projects import EXAMPLES

TEMPLATE = Path(__file__).resolve().parents[2] / "pywrangler" / "init" / "template"


def files_in(directory: Path) -> dict[str, str]:
    """The texts of all files, by their paths in the directory."""
    return {
        str(file.relative_to(directory)): file.read_text()
        for file in directory.rglob("*")
        if not file.is_dir()
    }


def init(directory: Path, arguments: str = "", **more: Any) -> Outcome:
    """`pywrangler init` in the directory; `more` goes to `run`."""
    return run(f"init {arguments}", directory=directory, **more)


def test_a_project_is_made_in_a_directory_of_its_name(tmp_path: Path) -> None:
    outcome = init(tmp_path, "my-app --json")
    assert outcome.status == 0, outcome.stderr
    made = files_in(tmp_path / "my-app")
    assert outcome.json == {"folder": str(tmp_path / "my-app"), "files": sorted(made), "installed": False}
    assert '"name": "my-app"' in made["wrangler.jsonc"]
    assert json.loads(made["package.json"])["name"] == "my-app"
    assert not any("my-worker" in text for text in made.values())


def test_its_configuration_has_no_mistake(tmp_path: Path) -> None:
    assert init(tmp_path, "my-app").status == 0
    assert run("check --json", directory=tmp_path / "my-app").json == []


def test_its_schema_is_the_one_that_check_prints(tmp_path: Path) -> None:
    init(tmp_path)
    printed = run("check --schema", directory=tmp_path)
    assert json.loads((tmp_path / "wrangler.schema.json").read_text()) == printed.json


def test_its_packages_are_those_of_the_examples() -> None:
    ours = json.loads((TEMPLATE / "package.json").read_text())
    tried = json.loads((EXAMPLES / "hello" / "package.json").read_text())
    kinds = ("dependencies", "devDependencies")
    assert {kind: ours[kind] for kind in kinds} == {kind: tried[kind] for kind in kinds}


def test_every_file_of_the_template_is_used() -> None:
    there = {str(file.relative_to(TEMPLATE)) for file in TEMPLATE.rglob("*") if file.is_file()}
    assert {path for path in there if "__pycache__" not in path} == {*TEMPLATE_FILES, IGNORE_FILE}


@pytest.mark.parametrize(
    ("directory", "name"), [("My App", "my-app"), ("1.2_x", "1-2_x"), ("Ünï-code", "n-code"), ("-a-", "a")]
)
def test_the_worker_is_named_after_the_directory(tmp_path: Path, directory: str, name: str) -> None:
    assert run(["init", "--", directory], directory=tmp_path).status == 0
    assert f'"name": "{name}"' in (tmp_path / directory / "wrangler.jsonc").read_text()


def test_a_name_that_no_worker_can_have_is_refused(tmp_path: Path) -> None:
    for arguments in ("日本", "app --name A.B", 'app --name ""'):
        outcome = init(tmp_path, arguments)
        assert outcome.status == 2, arguments
        assert "name" in outcome.stderr
    assert files_in(tmp_path) == {}


@pytest.mark.parametrize("path", ["README.md", "src/index.ts", "wrangler.toml", "src", "container"])
def test_nothing_is_written_where_something_is_in_the_way(tmp_path: Path, path: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine")
    outcome = init(tmp_path, "--json")
    assert outcome.status == 2
    assert outcome.error["message"].endswith(f"nothing was written: {path}.")
    assert files_in(tmp_path) == {path: "mine"}


def test_every_file_in_the_way_is_listed(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "package.json").symlink_to("nowhere")
    (tmp_path / "src").mkdir()
    (tmp_path / "kept.txt").write_text("mine")
    assert "nothing was written: README.md, package.json." in init(tmp_path).stderr


def test_other_files_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "other.ts").write_text("mine")
    assert init(tmp_path).status == 0
    assert (tmp_path / "src" / "other.ts").read_text() == "mine"


def test_a_directory_that_is_a_file_is_an_error_without_traceback(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    outcome = init(tmp_path, "taken --json")
    assert outcome.status == 1
    assert (outcome.error["code"], "taken" in outcome.error["message"]) == ("init-folder", True)


def test_on_a_terminal_it_asks_for_what_was_left_open(tmp_path: Path) -> None:
    outcome = init(tmp_path, stdin="chosen\nn\n", on_terminal=True)
    assert outcome.status == 0, outcome.stderr
    assert outcome.stderr.startswith(f"Name of the Worker [{default_name(tmp_path)}]: ")
    assert "Install its npm packages now? [Y/n]" in outcome.stderr
    assert '"name": "chosen"' in (tmp_path / "wrangler.jsonc").read_text()


def test_with_its_options_it_asks_nothing(tmp_path: Path) -> None:
    outcome = init(tmp_path, "app --name chosen --no-install", on_terminal=True)
    assert outcome.status == 0
    assert "?" not in outcome.stderr
    assert outcome.stderr.endswith("Next:\n  cd app\n  npm install\n  pywrangler deploy\n")


def test_with_yes_it_takes_the_default_name_and_installs(tmp_path: Path) -> None:
    assert "?" not in init(tmp_path, "app -y --no-install", on_terminal=True).stderr
    unreachable = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}
    installing = init(tmp_path, "-y", on_terminal=True, environment=unreachable)
    assert "?" not in installing.stderr
    assert installing.status == ExitStatus.FAILURE, "npm was called"


def test_packages_that_cannot_be_installed_leave_the_project_and_say_why(tmp_path: Path) -> None:
    environment = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}
    environment["npm_config_cache"] = str(tmp_path / "cache")
    outcome = init(tmp_path, "app --install --json", environment=environment)
    assert outcome.status == 1
    assert outcome.error["code"] == "npm-install"
    assert "127.0.0.1:9" in outcome.error["detail"]
    assert (tmp_path / "app" / "wrangler.jsonc").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("place", ["home", "project", "variables"])
def test_settings_of_npm_do_not_keep_packages_away(tmp_path: Path, place: str) -> None:
    """npm would say that it installed them (dry-run), or install them elsewhere (global)."""
    settings = {"dry-run": "true", "global": "true", "package-lock-only": "true", "omit": "dev"}
    text = "".join(f"{name}={value}\n" for name, value in settings.items())
    environment = {"npm_config_registry": "http://127.0.0.1:9", "npm_config_fetch_retries": "0"}
    environment |= {"npm_config_cache": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    directory = tmp_path if place == "home" else tmp_path / "app"
    if place == "variables":
        environment |= {f"NPM_config_{name.replace('-', '_')}": value for name, value in settings.items()}
    else:
        directory.mkdir(exist_ok=True)
        (directory / ".npmrc").write_text(text)
    outcome = init(tmp_path, "app --install --json", environment=environment)
    assert outcome.status == 1, "npm asked for the packages"
    assert "npm could not install its packages" in outcome.error["message"]
    assert "reason: connect ECONNREFUSED 127.0.0.1:9" in outcome.error["message"]
