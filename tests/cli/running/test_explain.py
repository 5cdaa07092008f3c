"""`pywrangler explain`."""

from __future__ import annotations

import json

import pytest

from pywrangler.explanations.table import explanations
from tests.support.cli import run


def test_a_code_is_explained() -> None:
    shown = run("explain engine-not-running").stdout
    assert shown.startswith("engine-not-running (The Docker Engine)\n\nNo program answers at the address")
    assert "\n    Error: The Docker Engine is not running: cannot connect to " in shown
    assert "`sudo systemctl start docker`" in shown


def test_brackets_as_in_a_problem_are_accepted() -> None:
    assert run("explain [wrong-cron]").stdout == run("explain wrong-cron").stdout


def test_links_are_words_on_a_terminal() -> None:
    shown = run("explain not-ready").stdout
    assert "Debugging a container that does not start goes through the reasons." in " ".join(shown.split())
    assert ".md" not in shown


def test_json_has_the_parts() -> None:
    found = json.loads(run("explain port-taken --json").stdout)
    assert list(found) == ["code", "topic", "meaning", "example", "cure"]
    assert found["example"] == explanations()["port-taken"].example


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("engine-not-runing", "Did you mean `engine-not-running`?"),
        ("qqq", "An error shows its code with `--json`."),
    ],
)
def test_an_unknown_code_is_an_error(code: str, hint: str) -> None:
    done = run(f"explain {code}")
    assert done.status == 2
    assert done.stderr == f"Error: There is no error code `{code}`.\n\n{hint}\n"
