"""Options of a deploy that say how the Worker's code is made, and win over the configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pywrangler.errors import ExitStatus
from tests.support.cli import run


@pytest.mark.workerd
@pytest.mark.parametrize(
    ("words", "bundled"),
    [
        ([], False),
        (["--bundle"], True),
        (["--bundle", "--no-autoconfig", "--old-asset-ttl", "60", "--x-deploy-helpers"], True),
        (["--bundle", "false"], False),
        (["--bundle", "--script", "other.js"], True),
        (["--no-minify", "--bundle", "other.js", "--script", "nowhere.js"], True),
    ],
)
def test_the_command_line_wins_over_how_the_file_says_code_is_made(
    tmp_path: Path, words: list[str], bundled: bool
) -> None:
    project = write_worker(tmp_path, {"no_bundle": True, "minify": True})
    outcome = run(["deploy", "--dry-run", "--local", "--outdir", "out", *words], directory=project)
    assert outcome.status == 0, outcome.stderr
    (made,) = (project / "out").glob("*.js")
    assert made.name == ("other.js" if "other.js" in words else "index.js")
    content = made.read_text()
    assert ("// explained" not in content) == bundled
    assert ("\n  fetch" in content) == ("--no-minify" in words or not bundled)


@pytest.mark.workerd
def test_an_entry_file_that_is_no_code_is_named(tmp_path: Path) -> None:
    project = write_worker(tmp_path, {"main": "notes.txt"})
    (project / "notes.txt").write_text("text")
    outcome = run(["deploy", "--dry-run", "--local"], directory=project)
    assert outcome.status == ExitStatus.FAILURE
    assert "notes.txt cannot be the entry point of a Worker" in outcome.stderr


def write_worker(directory: Path, fields: dict[str, Any]) -> Path:
    """A project with two Workers' code and no container."""
    code = "// explained\nexport default {\n  fetch(request) {\n    return new Response('hello')\n  },\n}\n"
    for name in ("index.js", "other.js"):
        (directory / name).write_text(code)
    base = {"name": "worker", "main": "index.js", "compatibility_date": "2026-11-01"}
    (directory / "wrangler.json").write_text(json.dumps(base | fields))
    return directory


@pytest.mark.workerd
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["--jsx-factory", "made", "--jsx-fragment", "Several"]),
        ({"jsx_factory": "made", "jsx_fragment": "Several"}, []),
        ({"jsx_factory": "nobody"}, ["--jsxFactory=made", "--jsxFragment", "Several"]),
    ],
)
def test_jsx_is_made_by_the_functions_that_are_named(
    tmp_path: Path, fields: dict[str, str], words: list[str]
) -> None:
    project = write_worker(tmp_path, {"main": "page.jsx", **fields})
    code = "export default { fetch: () => new Response(<><b /></>) };\n"
    (project / "page.jsx").write_text(code)
    outcome = run(["deploy", "--dry-run", "--local", "--outdir", "out", *words], directory=project)
    assert outcome.status == 0, outcome.stderr
    assert 'made(Several, null, /* @__PURE__ */ made("b", null))' in (project / "out" / "page.js").read_text()


@pytest.mark.workerd
def test_what_is_uploaded_is_written_to_the_outfile_without_secrets(tmp_path: Path) -> None:
    project = write_worker(tmp_path, {"vars": {"PLAIN": "told"}})
    (project / ".dev.vars").write_text("TOKEN=planted\n")
    (project / "more.env").write_text("KEY=planted\n")
    words = [
        "deploy",
        "--dry-run",
        "--local",
        "--outfile",
        "made/worker.bundle",
        "--secrets-file",
        "more.env",
    ]
    assert run(words, directory=project).status == 0
    form = (project / "made" / "worker.bundle").read_bytes()
    boundary = form.partition(b"\r\n")[0]
    metadata, code, source_map = (part.partition(b"\r\n\r\n") for part in form.split(boundary)[1:-1])
    assert json.loads(metadata[2])["bindings"] == [{"name": "PLAIN", "type": "plain_text", "text": "told"}]
    assert b'name="index.js"; filename="index.js"' in code[0]
    assert b"application/javascript+module" in code[0]
    assert b"application/source-map" in source_map[0]
    assert b"planted" not in form


@pytest.mark.workerd
@pytest.mark.parametrize(
    ("fields", "words", "is_told"),
    [
        ({}, ["--no-bundle", "--minify"], True),
        ({"no_bundle": True}, ["--minify"], True),
        ({"minify": True}, ["--no-bundle"], True),
        ({"no_bundle": True, "minify": True}, ["--no-minify"], False),
        ({}, ["--minify"], False),
    ],
)
def test_minify_without_a_bundle_is_reported(
    tmp_path: Path, fields: dict[str, Any], words: list[str], is_told: bool
) -> None:
    project = write_worker(tmp_path, fields)
    outcome = run(["deploy", "--dry-run", "--local", *words], directory=project)
    assert outcome.status == 0, outcome.stderr
    assert ("`--minify` has no effect" in outcome.stderr) == is_told
