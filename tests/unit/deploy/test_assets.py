"""Which files of a directory are static assets; hashes, types and paths are what Wrangler 4.164 sends."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pywrangler.config.records import Assets
from pywrangler.deploy.assets.content_types import content_type
from pywrangler.deploy.assets.files import AssetDirectory, collect_assets
from pywrangler.deploy.plan import Plan, plan_deploy
from pywrangler.deploy.records import DeployedWorker, DeploySettings, Observed
from pywrangler.errors import BuildError
from tests.unit.deploy.samples import a_bundle, a_configuration


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """An empty directory for static files, in a project."""
    directory = tmp_path / "project" / "public"
    directory.mkdir(parents=True)
    return directory


def write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def collect(directory: Path) -> AssetDirectory:
    return collect_assets(Assets(directory))


def refusal(directory: Path) -> str:
    with pytest.raises(BuildError) as caught:
        collect(directory)
    assert caught.value.hint
    return caught.value.message


def test_hashes_depend_on_content_and_extension(public: Path) -> None:
    write(public, {"js/app.js": "console.log(1)\n", "a": "m", "b.map": "m", ".map": "m", "a b/ü.map": "m"})
    found = collect(public)
    assert found.manifest["/js/app.js"] == {"hash": "f9ad670347ab4f7d8c17966a6b9b5081", "size": 15}
    assert found.files["/b.map"].hash == found.files["/a b/ü.map"].hash != found.files["/a"].hash
    assert found.files["/a"].hash == found.files["/.map"].hash
    assert found.describe() == "5 files, 19 B"


def test_files_of_rules_are_reported_and_not_served(public: Path) -> None:
    write(public, {"_headers": "/*\n  X: y\n", "_redirects": "/a /b\n", "sub/_headers": "no rules"})
    found = collect(public)
    assert found.rules == {"_headers": "/*\n  X: y\n", "_redirects": "/a /b\n"}
    assert list(found.files) == ["/sub/_headers"]


def test_rules_that_cloudflare_refuses_stop_the_deploy(public: Path) -> None:
    write(public, {"_redirects": "/a /b\n/a /c\n"})
    assert collect(public).rules  # the second line has no effect, and no one refuses it
    write(public, {"_redirects": "/a /b\n/* /index.html 200\n/bad\n", "_headers": "X: y\n"})
    with pytest.raises(BuildError, match="rules of the static assets") as caught:
        collect(public)
    detail = (caught.value.detail or "").splitlines()
    places = [f"{public / '_headers'}:1:1", f"{public / '_redirects'}:2:1", f"{public / '_redirects'}:3:1"]
    assert [line.split(": ")[0] for line in detail] == places
    write(public, {"_redirects": "/ /index.html\n", "_headers": ""})
    assert collect_assets(Assets(public, serving={"html_handling": "none"})).rules


def test_an_ignore_file_leaves_files_out_as_git_does(public: Path) -> None:
    write(
        public,
        {
            ".assetsignore": "# comment\n*.MAP\n/sub/\n!sub/kept.txt\ndeep/**/x.txt\n!important.map\n",
            **dict.fromkeys(["a.map", "sub/kept.txt", "deep/b/x.txt", "deep/x.txt"], "left out"),
            **dict.fromkeys(["important.map", "b/sub/x.txt", ".well-known/a"], "served"),
        },
    )
    assert list(collect(public).files) == ["/.well-known/a", "/b/sub/x.txt", "/important.map"]


@pytest.mark.parametrize("name", ["_worker.js", "_worker.js/index.js"])
def test_code_of_a_pages_project_is_not_published_by_mistake(public: Path, name: str) -> None:
    write(public, {name: "secret()"})
    assert "Pages" in refusal(public)
    write(public, {".assetsignore": ""})
    assert list(collect(public).files) == [f"/{name}"]


def test_links_are_followed_within_the_directory_only(public: Path, tmp_path: Path) -> None:
    write(public, {"other/x.txt": "x"})
    (public / "same.txt").symlink_to(public / "other" / "x.txt")
    assert list(collect(public).files) == ["/other/x.txt", "/same.txt"]
    write(tmp_path, {"key": "private"})
    (public / "y.txt").symlink_to(tmp_path / "key")
    assert str(tmp_path / "key") in refusal(public)
    write(public, {".assetsignore": "y.txt"})
    assert list(collect(public).files) == ["/other/x.txt", "/same.txt"]


@pytest.mark.parametrize("target", [".", "..", "../.."])
def test_a_link_that_leads_round_stops_the_deploy(public: Path, target: str) -> None:
    write(public, {"deep/x.txt": "x"})
    (public / "deep" / "round").symlink_to(target)
    assert "which contains it" in refusal(public)


def test_files_that_usually_hold_secrets_are_left_out(public: Path) -> None:
    names = [
        *(".dev.vars", ".dev.vars.staging", ".env", ".env.local", "sub/.ENV", ".git/config", "wrangler.toml"),
        *("sub/wrangler.jsonc", "id_rsa", ".npmrc", ".ssh/key", ".wrangler/state"),
    ]
    write(public, dict.fromkeys([*names, "index.html", "env.js", ".well-known/security.txt"], "text"))
    found = collect(public)
    assert list(found.files) == ["/.well-known/security.txt", "/env.js", "/index.html"]
    assert found.withheld == (
        *(".dev.vars", ".dev.vars.staging", ".env", ".env.local", ".git/", ".npmrc", ".ssh/", ".wrangler/"),
        *("id_rsa", "sub/.ENV", "sub/wrangler.jsonc", "wrangler.toml"),
    )
    assert "`.dev.vars`, `.dev.vars.staging`, `.env`" in found.describe_withheld()
    assert "and 7 more, which" in found.describe_withheld()
    write(public, {".assetsignore": "/.git\n!.env\n!id_rsa\n.dev.vars*\n"})
    found = collect(public)
    assert {"/.env", "/sub/.ENV", "/id_rsa"} <= found.files.keys()
    assert not {".git/", ".dev.vars", ".env"} & set(found.withheld)


def test_what_cannot_be_a_static_file_is_named(public: Path) -> None:
    (public / "gone").symlink_to(public / "nowhere")
    assert f"gone is a link to {public / 'nowhere'}, which does not exist" in refusal(public)
    (public / "gone").unlink()
    with (public / "large").open("wb") as stream:
        stream.truncate(25 * 1024**2)
    assert collect(public).files["/large"].size == 25 * 1024**2
    with (public / "large").open("ab") as stream:
        stream.write(b"+")
    assert "large has 25.0 MiB" in refusal(public)
    (public / "large").unlink()
    (public / ".assetsignore").write_bytes(b"\xff")
    assert "not UTF-8" in refusal(public)
    (public / ".assetsignore").write_text("!\n")
    assert "Invalid git pattern" in refusal(public)
    (public / ".assetsignore").write_bytes(b"\xef\xbb\xbf*.txt\r\n")
    (public / "a.txt").write_text("left out")
    assert list(collect(public).files) == []
    (public / os.fsdecode(b"\xff.html")).write_text("?")
    assert "not UTF-8" in refusal(public)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("APP.MJS", "text/javascript; charset=utf-8"),
        ("app.js.map", "application/json"),
        ("font.woff2", "font/woff2"),
        ("favicon.ico", "image/vnd.microsoft.icon"),
        ("movie.avi", "video/x-msvideo"),
        ("html", None),
        (".html", None),
        ("file.unknownext", None),
    ],
)
def test_types_are_wranglers(name: str, expected: str | None) -> None:
    assert content_type(name) == expected


def plan(assets: AssetDirectory, deployed: DeployedWorker | None = None, **serving: Any) -> Plan:
    configuration = a_configuration(
        containers=(), migrations=(), assets=Assets(Path("/project/public"), "ASSETS", serving)
    )
    observed = Observed(deployed)
    return plan_deploy(
        configuration, a_bundle(), {}, observed, DeploySettings(), resolve_image=str, assets=assets
    )


def test_a_plan_tells_the_api_how_assets_are_served(public: Path) -> None:
    write(public, {"index.html": "hello", "_headers": "/*\n  X: y\n"})
    made = plan(collect(public), not_found_handling="404-page")
    assert made.upload is not None
    assert made.upload["assets"] == {"config": {"not_found_handling": "404-page", "_headers": "/*\n  X: y\n"}}
    assert {"name": "ASSETS", "type": "assets"} in made.upload["bindings"]
    assert "    static assets: 1 file, 5 B" in made.lines()


def test_nothing_is_uploaded_while_no_file_changes(public: Path) -> None:
    write(public, {"index.html": "hello"})
    before = collect(public)
    first = plan(before)
    assert first.upload is not None
    deployed = DeployedWorker(content_tag=first.upload["annotations"]["workers/tag"])
    assert plan(before, deployed).upload is None
    assert plan(before, deployed, html_handling="none").upload is not None
    moved = replace(before, files={"/other.html": before.files["/index.html"]})
    assert plan(moved, deployed).upload is not None
    write(public, {"index.html": "changed"})
    assert plan(collect(public), deployed).upload is not None


def test_links_to_private_files_and_private_keys_are_left_out(public: Path) -> None:
    key = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\ny\n"
    write(
        public, {".dev.vars": "A=1", ".git/config": "x", "server.pem": key, "public.pem": key[:52], "a": "a"}
    )
    (public / "harmless.txt").symlink_to(".dev.vars")
    (public / "behind").symlink_to(".git")
    (public / "again").symlink_to("a")
    found = collect(public)
    assert set(found.files) == {"/a", "/again", "/public.pem"}
    assert {"harmless.txt", "behind/config", "server.pem"} <= set(found.withheld)
    write(public, {".assetsignore": "!/server.pem\n!/harmless.txt\n"})
    assert {"/server.pem", "/harmless.txt"} <= set(collect(public).files)
