"""`pywrangler check`: mistakes on standard output, exit status, JSON and fixes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import run

WORKING = {"name": "w", "main": "index.js", "compatibility_date": "2026-01-10"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "index.js").write_text("export default {}")
    (tmp_path / "wrangler.json").write_text(json.dumps(WORKING))
    return tmp_path


def test_a_working_configuration_passes(project: Path) -> None:
    outcome = run("check", folder=project)
    assert (outcome.status, outcome.stdout) == (0, "0 errors, 0 warnings\n")
    assert run("check --json", folder=project).json == []


def test_mistakes_are_shown_with_their_lines(project: Path) -> None:
    (project / "wrangler.json").write_text('{\n  "name": "w",\n  "minfy": 1\n}')
    outcome = run("check", folder=project)
    assert outcome.status == 1
    assert 'wrangler.json:3:3: warning: "minfy" is not a field [unknown-field]\n' in outcome.stdout
    assert '  3 |   "minfy": 1\n    |   ^^^^^^^\n' in outcome.stdout
    assert outcome.stdout.endswith("2 errors, 1 warning\n")


def test_json_lists_every_problem(project: Path) -> None:
    (project / "wrangler.json").write_text("{")
    outcome = run("check --json", folder=project)
    assert outcome.status == 1
    (problem,) = outcome.json
    keys = {"severity", "code", "message", "file", "line", "column", "length", "hint"}
    assert (set(problem), problem["code"], problem["line"]) == (keys, "syntax", 1)


def test_fix_repairs_and_says_so(project: Path) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "minfy": True}))
    outcome = run("check --fix", folder=project)
    assert (outcome.status, outcome.stdout) == (0, "0 errors, 0 warnings\n")
    assert '"minfy" is not a field' in outcome.stderr
    assert json.loads((project / "wrangler.json").read_text()) == {**WORKING, "minify": True}


def test_warnings_alone_do_not_fail(project: Path) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "r2_buckets": []}))
    assert run("check", folder=project).status == 0


def test_without_a_configuration_it_says_where_it_looked(tmp_path: Path) -> None:
    outcome = run("check", folder=tmp_path)
    assert outcome.status != 0
    assert str(tmp_path) in outcome.stderr


def test_a_named_environment_is_the_one_that_is_checked(project: Path) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "env": {"staging": {"name": "A B"}}}))
    assert run("check", folder=project).status == 0
    outcome = run("check --env staging", folder=project)
    assert outcome.status == 1
    assert '"env.staging.name"' in outcome.stdout
