"""Which part of a Worker a changed path belongs to, by value."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.commands.dev.ignoring import is_ignored
from pywrangler.commands.dev.inputs import (
    Kind,
    Needs,
    Tree,
    WorkerPart,
    describe_paths,
    needs_of,
    touched,
)

ROOT = Path("/p")
CODE = WorkerPart(Kind.CODE, files=frozenset({ROOT / "src/index.js", ROOT / "src/lib/a.js"}))
IMAGE = WorkerPart(
    Kind.IMAGE,
    "web",
    frozenset({ROOT / "Dockerfile"}),
    (Tree(ROOT, ("*", "!app", "**/*.note"), reads_contents=True),),
)
ASSETS = WorkerPart(Kind.ASSETS, trees=(Tree(ROOT / "public"),))
PARTS = (CODE, IMAGE, ASSETS)


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("src/index.js", {Kind.CODE}),
        ("src/lib/a.js", {Kind.CODE}),
        ("src/other.js", set()),
        # A directory that was removed, or made again, takes its files with it.
        ("src/lib", {Kind.CODE}),
        ("app/server.py", {Kind.IMAGE}),
        ("app/some.note", set()),
        ("Dockerfile", {Kind.IMAGE}),
        ("public/deep/index.html", {Kind.ASSETS}),
        ("public", {Kind.ASSETS}),
        ("README.md", set()),
    ],
)
def test_a_path_touches_the_parts_that_it_belongs_to(path: str, kinds: set[Kind]) -> None:
    assert {part.kind for part in touched(PARTS, [ROOT / path])} == kinds


def test_a_path_outside_touches_nothing() -> None:
    assert touched(PARTS, [Path("/elsewhere/src/index.js")]) == []


@pytest.mark.parametrize(
    ("path", "lines", "ignored"),
    [
        ("a.txt", (), False),
        ("node_modules/x/index.js", ("**/node_modules",), True),
        ("src/node_modules/x", ("**/node_modules",), True),
        ("app/x", ("*", "!app"), False),
        ("src/x", ("*", "!app"), True),
        # Rules that are not understood leave out nothing, as in a build.
        ("a.txt", ("[",), False),
    ],
)
def test_ignore_rules_go_from_the_root_down(path: str, lines: tuple[str, ...], ignored: bool) -> None:
    assert is_ignored(path, lines) is ignored


@pytest.mark.parametrize(
    ("kinds", "needs"),
    [
        ([], Needs()),
        ([Kind.CODE], Needs(code=True)),
        ([Kind.ASSETS], Needs(code=True)),
        ([Kind.BUILD], Needs(code=True, build_command=True)),
        ([Kind.IMAGE], Needs(images=frozenset({"web"}))),
        ([Kind.IMAGE, Kind.CODE], Needs(code=True, images=frozenset({"web"}))),
        ([Kind.CONFIGURATION], Needs(everything=True)),
    ],
)
def test_each_kind_takes_its_shortest_way(kinds: list[Kind], needs: Needs) -> None:
    assert needs_of(WorkerPart(kind, "web") for kind in kinds) == needs


def test_paths_are_named_from_the_project() -> None:
    paths = [ROOT / f"src/{name}.js" for name in "dcba"]
    assert describe_paths(paths[:1], ROOT) == "src/d.js"
    assert describe_paths(paths, ROOT) == "src/a.js, src/b.js, src/c.js and 1 more"
    assert describe_paths([Path("/q/x")], ROOT) == "/q/x"
