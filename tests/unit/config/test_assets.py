"""`assets`: its directory, its binding, and which requests the Worker gets first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.config.project import Project, codes, fields, underlined

PUBLIC = {"directory": "./public"}


@pytest.fixture
def site(project: Project) -> Project:
    project.write("public/index.html", "hello")
    return project


@pytest.fixture
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory outside of the project."""
    return tmp_path_factory.mktemp("elsewhere")


def complaints(project: Project, assets: Any, **options: Any) -> list[str]:
    return codes(project.problems(fields(assets=assets), **options))


@pytest.mark.parametrize("name", ["wrangler.jsonc", "wrangler.toml"])
def test_everything_about_assets_is_read(site: Project, name: str) -> None:
    serving = {"html_handling": "none", "not_found_handling": "404-page", "run_worker_first": ["/api/*"]}
    assets = site.load(fields(assets={**PUBLIC, "binding": "ASSETS", **serving}), name).assets
    assert assets is not None
    assert (assets.directory, assets.binding) == (site.directory / "public", "ASSETS")
    assert assets.serving == serving


def test_an_environment_inherits_assets_or_has_its_own(site: Project) -> None:
    own = {"env": {"same": {}, "other": {"assets": {"directory": "./other"}}}}
    site.write("other/index.html", "other")
    content = fields(assets=PUBLIC, **own)
    for environment, directory in (("same", "public"), ("other", "other")):
        assets = site.load(content, environment=environment).assets
        assert assets is not None
        assert assets.directory == site.directory / directory


def test_the_command_line_names_another_directory(site: Project, elsewhere: Path) -> None:
    for written in (None, {"binding": "A"}, {"directory": "./gone", "binding": "A"}):
        assets = site.load(fields(assets=written), assets=elsewhere).assets
        assert assets is not None
        assert assets.directory == elsewhere
        assert assets.binding == (written or {}).get("binding")
    assert site.load(fields()).assets is None


@pytest.mark.parametrize(
    ("assets", "code", "place"),
    [
        ({"binding": "A"}, "assets-directory-missing", '"assets"'),
        ({"directory": ""}, "assets-directory-missing", '""'),
        ({"directory": "./publik"}, "assets-directory-missing", '"./publik"'),
        ({"directory": "./src/index.ts"}, "assets-directory-missing", '"./src/index.ts"'),
        ({**PUBLIC, "html_handling": "never"}, "unknown-choice", '"never"'),
        ({**PUBLIC, "not_found_handling": "500"}, "unknown-choice", '"500"'),
        ({**PUBLIC, "base_path": "https://example.com/"}, "wrong-form", '"https://example.com/"'),
        ({**PUBLIC, "run_worker_first": "yes"}, "wrong-type", '"yes"'),
        ({**PUBLIC, "run_worker_first": []}, "no-positive-rule", "[]"),
        ({**PUBLIC, "run_worker_first": ["!/a"]}, "no-positive-rule", "["),
        ({**PUBLIC, "run_worker_first": ["api/*"]}, "wrong-rule", '"api/*"'),
        ({**PUBLIC, "run_worker_first": ["/a", "!a"]}, "wrong-rule", '"!a"'),
        ({**PUBLIC, "run_worker_first": ["/a", "/a"]}, "wrong-rule", '"/a"'),
        ({**PUBLIC, "run_worker_first": ["/a/*", "/a/b"]}, "wrong-rule", '"/a/b"'),
        ({**PUBLIC, "run_worker_first": ["/" + "a" * 100]}, "wrong-rule", '"/a'),
        ({**PUBLIC, "run_worker_first": [f"/a{n}b" for n in range(101)]}, "too-many-rules", "["),
        ("public", "wrong-type", '"public"'),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(site: Project, assets: Any, code: str, place: str) -> None:
    (problem,) = site.problems(fields(assets=assets))
    assert (problem.severity, problem.code) == ("error", code)
    assert underlined(problem).startswith(place)


@pytest.mark.parametrize(
    "rules", [["/a/*", "!/a/b"], ["/a/*", "!/a/*"], ["/" + "a" * 99], ["/a", "/a/b"], True, False]
)
def test_rules_that_wrangler_takes_are_taken(site: Project, rules: Any) -> None:
    assert complaints(site, {**PUBLIC, "binding": "A", "run_worker_first": rules}) == []


ALONE = {"name": "site", "compatibility_date": "2026-06-01", "assets": PUBLIC}


def test_a_worker_may_be_static_assets_only(site: Project) -> None:
    assert site.problems(ALONE) == []
    configuration = site.load(ALONE)
    assert (configuration.main, configuration.assets is not None) == (None, True)


def test_a_worker_of_assets_only_has_nothing_that_needs_code(site: Project) -> None:
    (problem,) = site.problems(fields(main=None, assets=PUBLIC))
    assert problem.code == "main-missing"
    assert problem.hint is not None
    assert problem.hint.startswith("A Worker of static assets only has no `containers`, `durable_objects`")
    first = {**ALONE, "assets": {**PUBLIC, "binding": "A", "run_worker_first": True}}
    assert [problem.code for problem in site.problems(first)] == ["assets-without-code"] * 2


def test_bindings_of_a_worker_of_assets_only_do_nothing(site: Project) -> None:
    config = {**ALONE, "vars": {"A": "1"}, "r2_buckets": [{"binding": "B", "bucket_name": "bee"}]}
    (problem,) = site.problems(config)
    assert (problem.severity, problem.code) == ("warning", "bindings-without-code")
    assert problem.message.endswith('do nothing: "vars", "r2_buckets"')
    configuration = site.load(config)
    assert (configuration.vars, configuration.cloudflare) == ({}, {})


def test_a_directory_of_a_like_name_is_suggested(site: Project) -> None:
    (problem,) = site.problems(fields(assets={"directory": "./publc"}))
    assert problem.hint == 'Did you mean "public"?'


def test_a_worker_that_comes_first_and_cannot_reach_the_assets_is_reported(site: Project) -> None:
    assert complaints(site, {**PUBLIC, "run_worker_first": True}) == ["assets-out-of-reach"]


def test_a_project_that_would_be_public_as_a_whole_is_reported(site: Project) -> None:
    for directory in (".", ".."):
        assert complaints(site, {"directory": directory}) == ["assets-are-the-project"]
    site.write(".assetsignore", "*\n!index.html\n")
    assert complaints(site, {"directory": "."}) == []


def test_the_binding_must_have_a_name_of_its_own(site: Project) -> None:
    assert complaints(site, {**PUBLIC, "binding": "MY_CONTAINER"}) == ["binding-repeated"]


def test_a_directory_behind_a_link_out_of_the_project_is_refused(site: Project, elsewhere: Path) -> None:
    (site.directory / "linked").symlink_to(elsewhere)
    assert complaints(site, {"directory": "./linked"}) == ["link-leaves-project"]


@pytest.mark.parametrize(
    ("text", "line", "marked"),
    [
        ("/* /index.html 200", 1, "/* /index.html 200"),
        ("# SPA\n\n  /app/* /app/index 200\r\n", 3, "/app/* /app/index 200"),
        ("/ /index.html", 1, "/ /index.html"),
        ("/a /b\n/bad", 2, "/bad"),
        ("/a /b 301 extra", 1, "/a /b 301 extra"),
        ("/a /b 404", 1, "/a /b 404"),
        ("https://x.example/a /b", 1, "https://x.example/a /b"),
        ("/a http://x.example/b", 1, "/a http://x.example/b"),
        ("/a https://x.example/b 200", 1, "/a https://x.example/b 200"),
        ("/" + "a" * 2000 + " /b", 1, "/" + "a" * 2000 + " /b"),
    ],
)
def test_redirects_that_cloudflare_refuses_are_mistakes(
    site: Project, text: str, line: int, marked: str
) -> None:
    file = site.write("public/_redirects", text)
    (problem,) = site.problems(fields(assets=PUBLIC))
    assert (problem.code, problem.severity, underlined(problem)) == ("wrong-redirect", "error", marked)
    assert problem.place is not None
    assert (problem.place.file, problem.place.line) == (file, line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("X-A: b", 1),
        ("/a\n  no colon\n  A: b", 2),
        ("/a\n  A:\n  B: c", 2),
        ("/a\n  A B: c\n  B: c", 2),
        ("/a\n  : c\n  B: c", 2),
        ("/*/*\n  A: b", 1),
        ("/*/:splat\n  A: b", 1),
        ("http://x.example/a\n  A: b", 1),
        ("/a\n  A: b\n/c", 3),
        ("/a\n/b\n  A: b", 1),
        ("/a\n  A: " + "b" * 2000 + "\n  B: c", 2),
    ],
)
def test_headers_that_cloudflare_refuses_are_mistakes(site: Project, text: str, line: int) -> None:
    site.write("public/_headers", text)
    (problem,) = site.problems(fields(assets=PUBLIC))
    assert (problem.code, problem.severity) == ("wrong-header", "error")
    assert problem.place is not None
    assert problem.place.line == line


def test_rules_that_can_be_are_taken(site: Project) -> None:
    site.write(
        "public/_redirects",
        "\ufeff# old\n/old/* /new/:splat 301 # moved\n/a /b#c\n/x https://x.example 307\n",
    )
    site.write("public/_headers", "/*\n  X-A: b\n  ! Link\nhttps://x.example/:page\n  A: b\n")
    assert site.problems(fields(assets=PUBLIC)) == []
    site.write("public/_redirects", "/ /index.html 200\n")
    assert site.problems(fields(assets={**PUBLIC, "html_handling": "none"})) == []
    site.write("public/_redirects", "/a /b\n/a /c\n")
    assert codes(site.problems(fields(assets=PUBLIC)), "warning") == ["wrong-redirect"]


def test_rules_that_a_build_may_still_change_are_warned_of(site: Project, elsewhere: Path) -> None:
    site.write("public/_redirects", "/bad\n")
    found = site.problems(fields(assets=PUBLIC, build={"command": "make"}))
    assert (codes(found, "warning"), codes(found, "error")) == (["wrong-redirect"], [])
    (elsewhere / "_headers").write_text("wrong\n")
    assert codes(site.problems(fields(), assets=elsewhere)) == ["wrong-header"]
