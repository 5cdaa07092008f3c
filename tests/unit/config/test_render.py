"""What a problem looks like."""

from __future__ import annotations

from pathlib import Path

from pywrangler.config.problems.records import Place, Problem
from pywrangler.config.problems.rendering import excerpt, render
from tests.unit.config.project import Project, container

FILE = Path("/project/wrangler.jsonc")


def problem(source: str, column: int, length: int = 1) -> Problem:
    return Problem("error", "some-code", "Something is wrong", Place(FILE, 12, column, length, source))


def test_the_offending_text_is_underlined() -> None:
    assert excerpt(problem('  "name": 3,', 11)) == '  12 |   "name": 3,\n     |           ^'


def test_tabs_and_control_characters_keep_the_columns() -> None:
    assert excerpt(problem('\t"\x1b[31m": 3', 11)) == '  12 |  "\ufffd[31m": 3\n     |           ^'


def test_long_lines_are_cut_around_the_mark() -> None:
    shown = excerpt(problem("a" * 500 + "HERE" + "b" * 500, 501, 4)).splitlines()
    assert max(map(len, shown)) < 130
    start = shown[1].index("^")
    assert shown[0][start : start + 4] == "HERE"


def test_a_problem_without_a_line_has_no_excerpt() -> None:
    assert excerpt(Problem("error", "code", "message")) == ""
    assert render(Problem("warning", "code", "message", hint="Do it.")) == "warning: message [code]\n  Do it."


def test_a_whole_problem(project: Project) -> None:
    (found,) = project.problems(container(image="./Dockerfil"))
    assert render(found, project.directory) == (
        'wrangler.jsonc:8:16: error: "containers[0].image" is neither a file or directory in '
        f"{project.directory} nor a reference to an image [dockerfile-missing]\n"
        '  8 |       "image": "./Dockerfil",\n'
        "    |                ^^^^^^^^^^^^^\n"
        '  Did you mean "./Dockerfile"?'
    )


def test_line_breaks_in_names_and_values_forge_no_line(project: Project) -> None:
    forged = "x\n  forged"
    text = {
        "name": forged,
        "main": forged,
        "compatibility_date": forged,
        forged: 1,
        "containers": [
            {"class_name": f"B{forged}", "image": forged, "max_instances": forged, "name": forged}
        ],
        "durable_objects": {"bindings": [{"name": forged, "class_name": f"Bo{forged}"}]},
        "migrations": [{"tag": forged, "new_sqlite_classes": [f"Boy{forged}"]}],
        "triggers": {"crons": [forged]},
        "routes": [forged],
        "kv_namespaces": [{"binding": forged, "id": forged}],
        "env": {forged: {"name": forged, "bogus": 1}},
        "assets": {"directory": forged},
    }
    found = [render(each, project.directory) for each in project.problems(text)]
    assert len(found) > 10
    assert [line for each in found for line in each.splitlines() if line.lstrip().startswith("forged")] == []
