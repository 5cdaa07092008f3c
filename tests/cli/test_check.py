"""`pywrangler check`: mistakes on standard output, exit status, JSON and fixes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pywrangler.toolchain import Toolchain
from tests.support.cli import run

WORKING = {"name": "w", "main": "index.js", "compatibility_date": "2026-01-10"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "index.js").write_text("export default {}")
    (tmp_path / "wrangler.json").write_text(json.dumps(WORKING))
    return tmp_path


def test_a_working_configuration_passes(project: Path) -> None:
    outcome = run("check", directory=project)
    assert (outcome.status, outcome.stdout) == (0, "0 errors, 0 warnings\n")
    assert run("check --json", directory=project).json == []


def test_mistakes_are_shown_with_their_lines(project: Path) -> None:
    (project / "wrangler.json").write_text('{\n  "name": "w",\n  "minfy": 1\n}')
    outcome = run("check", directory=project)
    assert outcome.status == 1
    assert 'wrangler.json:3:3: warning: "minfy" is not a field [unknown-field]\n' in outcome.stdout
    assert '  3 |   "minfy": 1\n    |   ^^^^^^^\n' in outcome.stdout
    assert outcome.stdout.endswith("2 errors, 1 warning\n")


def test_json_lists_every_problem(project: Path) -> None:
    (project / "wrangler.json").write_text("{")
    outcome = run("check --json", directory=project)
    assert outcome.status == 1
    (problem,) = outcome.json
    keys = {"severity", "code", "message", "file", "line", "column", "length", "hint", "environments"}
    assert (set(problem), problem["code"], problem["line"]) == (keys, "syntax", 1)


def test_fix_repairs_and_says_so(project: Path) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "minfy": True}))
    outcome = run("check --fix", directory=project)
    assert (outcome.status, outcome.stdout) == (0, "0 errors, 0 warnings\n")
    assert '"minfy" is not a field' in outcome.stderr
    assert json.loads((project / "wrangler.json").read_text()) == {**WORKING, "minify": True}


def test_warnings_alone_do_not_fail(project: Path) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "r2_buckets": []}))
    assert run("check", directory=project).status == 0


def test_without_a_configuration_it_says_where_it_looked(tmp_path: Path) -> None:
    outcome = run("check", directory=tmp_path)
    assert outcome.status != 0
    assert str(tmp_path) in outcome.stderr


def test_without_an_environment_all_are_checked(project: Path) -> None:
    environments = {"staging": {"name": "A B"}, "production": {}, "other": {}}
    content = {**WORKING, "vars": {"A": "1"}, "env": environments}
    (project / "wrangler.json").write_text(json.dumps(content, indent=1))
    wrong_name = '"env.staging.name" must be lower-case letters'
    outcome = run("check", directory=project)
    assert outcome.status == 1
    assert outcome.stdout.count(wrong_name) == 1
    assert '"vars" is at the top level but not in "env.production", which does not' in outcome.stdout
    assert [(run(f"check -e {name}", directory=project).status) for name in ("staging", "other", "''")] == [
        1,
        0,
        0,
    ]
    assert wrong_name in run("check --env staging", directory=project).stdout


def test_a_problem_of_some_environments_names_them(project: Path) -> None:
    container = {"class_name": "A", "image": "x:1", "name": "a"}
    bindings = {"durable_objects": {"bindings": [{"name": "A", "class_name": "A"}]}}
    bad = {"containers": [{**container, "class_name": "B"}], **bindings}
    good = {"containers": [container], **bindings}
    migrations = [{"tag": "v1", "new_sqlite_classes": ["A"]}, {"tag": "v2", "deleted_classes": ["B"]}]
    content = {**WORKING, **good, "migrations": migrations, "env": {"x": bad, "y": bad, "z": good}}
    (project / "wrangler.json").write_text(json.dumps(content))
    found = run("check --json --no-bundle", directory=project).json
    assert [(each["code"], each["environments"]) for each in found] == [
        ("class-not-there", []),
        ("class-gone", ["x"]),
        ("class-gone", ["y"]),
    ]
    assert "(in the environment x) [class-gone]" in run("check --no-bundle", directory=project).stdout


def test_an_environment_that_is_no_table_is_one_mistake(project: Path) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "env": {"API_KEY": "x"}}))
    (problem,) = run("check --json", directory=project).json
    assert problem["message"] == '"env.API_KEY" must be a table, but is "x"'
    assert problem["hint"] == '"env" holds named environments; variables belong in "vars".'


def test_fix_repairs_environments_too(project: Path) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "env": {"staging": {"minfy": True}}}))
    assert run("check --fix", directory=project).status == 0
    assert '"minify"' in (project / "wrangler.json").read_text()


@pytest.mark.parametrize(
    ("option", "variable", "in_file", "chosen"),
    [
        ("", "a", None, "a"),
        ("--env b", "a", None, "b"),
        ("-e ''", "a", None, None),
        ("", None, "c", "c"),
        ("", "a", "c", "a"),
        ("--env-file other.env", None, "c", "d"),
    ],
)
def test_the_environment_is_the_options_or_the_variables_or_the_files(
    project: Path, option: str, variable: str | None, in_file: str | None, chosen: str | None
) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "env": {"known": {}}}))
    (project / "other.env").write_text("CLOUDFLARE_ENV=d")
    if in_file:
        (project / ".env").write_text(f"CLOUDFLARE_ENV={in_file}")
    variables = {"CLOUDFLARE_ENV": variable} if variable else {}
    problems = run(f"check --json {option}", directory=project, environment=variables).json
    expected = [f'There is no environment "{chosen}"'] if chosen else []
    assert [problem["message"] for problem in problems] == expected


CLASSES = {
    "durable_objects": {"bindings": [{"name": "BOX", "class_name": "Box"}]},
    "migrations": [{"tag": "v1", "new_sqlite_classes": ["Box", "Shelf"]}],
}


def test_the_code_has_to_export_what_the_configuration_names(project: Path, toolchain: Toolchain) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, **CLASSES, "minfy": 1}))
    (project / "index.js").write_text("export class Bix {}\nexport * from './shelf.js'")
    (project / "shelf.js").write_text("export class Shelf {}")
    problems = run("check --json", directory=project).json
    assert {(problem["code"], problem["hint"]) for problem in problems} == {
        ("unknown-field", 'Did you mean "minify"?'),
        ("class-not-exported", 'Did you mean "Bix"?'),
        ("no-default-export", "Export its handlers: export default { async fetch(request, env) { ... } };"),
    }
    assert run("check --no-bundle", directory=project).status == 0
    (project / "index.js").write_text("export * from './shelf.js'\nclass Local {}\nexport { Local as Box }")
    assert run("check", directory=project).status == 0


def test_one_run_tells_mistakes_of_the_configuration_and_of_the_code(
    project: Path, toolchain: Toolchain
) -> None:
    (project / "wrangler.json").write_text(json.dumps({**WORKING, "workers_dev": "maybe"}))
    (project / "index.js").write_text('const ü = "ß"; const x = ;\n')
    of_file, of_code = run("check --json", directory=project).json
    assert of_file["code"] == "wrong-type"
    where = (of_code["code"], Path(of_code["file"]).name, of_code["line"], of_code["column"])
    assert where == ("bundle", "index.js", 1, 26)


def test_nothing_is_downloaded_to_look_into_the_code(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYWRANGLER_ESBUILD", raising=False)
    outcome = run(
        "check --json", directory=project, environment={"PYWRANGLER_CACHE": str(tmp_path / "cache")}
    )
    assert outcome.json == []
    assert "code was not checked: the first deploy downloads" in outcome.stderr
    assert not (tmp_path / "cache").exists()


def test_absent_packages_leave_the_code_out(project: Path, toolchain: Toolchain) -> None:
    (project / "index.js").write_text("import '@cloudflare/containers'; export default {}")
    outcome = run("check --json", directory=project)
    assert (outcome.status, outcome.json) == (0, [])
    assert "the npm packages that it imports are not installed" in outcome.stderr


@pytest.fixture
def boxed(project: Path) -> Path:
    """The same with a container, whose Dockerfile a test writes."""
    content = {
        **WORKING,
        "containers": [{"class_name": "A", "image": "./Dockerfile", "image_vars": {"P": "linux/arm64"}}],
        "durable_objects": {"bindings": [{"name": "A", "class_name": "A"}]},
        "migrations": [{"tag": "v1", "new_sqlite_classes": ["A"]}],
    }
    (project / "wrangler.json").write_text(json.dumps(content))
    return project


@pytest.mark.parametrize(
    ("dockerfile", "line"),
    [
        ("FROM --platform=linux/arm64 a\n", 1),
        ("ARG P\nFROM --platform=$P a\n", 2),
        ("FROM a AS b\nFROM --platform=linux/arm64 a\n", 2),
        ("FROM --platform=linux/amd64 a\n", None),
        ("FROM --platform=linux/arm64 a AS b\nFROM a\nCOPY --from=b /x /x\n", None),
        ("FROM --platform=${X?} a\n", None),
    ],
)
def test_an_image_for_another_platform_is_a_mistake_in_the_dockerfile(
    boxed: Path, dockerfile: str, line: int | None
) -> None:
    (boxed / "Dockerfile").write_text(dockerfile)
    outcome = run("check --no-bundle", directory=boxed)
    assert outcome.status == (0 if line is None else 1)
    if line is None:
        assert outcome.stdout == "0 errors, 0 warnings\n"
    else:
        assert (
            f"Dockerfile:{line}:6: error: The image of w-a is built on an image for linux/arm64"
            in outcome.stdout
        )
        assert "Remove `--platform` from that line, or write `--platform=linux/amd64`." in outcome.stdout
        (problem,) = run("check --no-bundle --json", directory=boxed).json
        assert (problem["code"], problem["line"]) == ("image-platform", line)


def test_it_is_found_beside_other_mistakes_and_once_for_all_environments(boxed: Path) -> None:
    (boxed / "Dockerfile").write_text("FROM --platform=linux/arm64 a\n")
    content = json.loads((boxed / "wrangler.json").read_text())
    own = {name: content[name] for name in ("containers", "durable_objects")}
    content |= {"env": {"x": own, "y": own}, "minify": 3}
    (boxed / "wrangler.json").write_text(json.dumps(content))
    found = run("check --no-bundle --json", directory=boxed).json
    assert sorted(each["code"] for each in found) == ["image-platform", "wrong-type"]
    assert "image-platform" in run("check --no-bundle --env x", directory=boxed).stdout


def test_what_the_target_does_not_have_is_a_warning_with_its_place(project: Path) -> None:
    config = {**WORKING, "vectorize": [{"binding": "V", "index_name": "i"}], "site": {"bucket": "public"}}
    config |= {"env": {"staging": {"vpc_services": [{"binding": "S", "service_id": "1"}]}}}
    (project / "wrangler.json").write_text(json.dumps(config, indent=1))

    def said(words: str) -> list[tuple[str, int]]:
        problems = run(f"check --json {words}", directory=project).json
        return [(each["message"], each["line"]) for each in problems if each["code"] == "not-at-target"]

    fails = "is not on the local platform: every use of the binding fails there"
    assert said("--local") == [(f'"vectorize" {fails}', 5), (f'"env.staging.vpc_services" {fails}', 16)]
    assert said("--local --env staging") == [(f'"env.staging.vpc_services" {fails}', 16)]
    ((at_cloudflare, line),) = said("--remote --env ''")
    assert at_cloudflare.startswith('"site" is not deployed to Cloudflare by pywrangler')
    assert line == 11
    dry = run("deploy --local --dry-run --containers-rollout none", directory=project)
    assert f'wrangler.json:5:2: "vectorize" {fails}' in dry.stderr
