"""Where copied files go."""

from __future__ import annotations

import pytest

from pywrangler.errors import PywranglerError, UsageError
from pywrangler.inside.copying.plan import (
    CopyOperand,
    End,
    Landing,
    PathKind,
    check_places,
    plan_landing,
    read_place,
)

NOTHING, FILE, DIRECTORY = PathKind.NOTHING, PathKind.FILE, PathKind.DIRECTORY


@pytest.mark.parametrize(
    ("source", "destination", "landing"),
    [
        (("/a/f", FILE), ("out", NOTHING), Landing(".", "out")),
        (("/a/f", FILE), ("out/x", NOTHING), Landing("out", "x")),
        (("/a/f", FILE), ("out/x", FILE), Landing("out", "x")),
        (("/a/f", FILE), ("out", DIRECTORY), Landing("out", "f")),
        (("/a/d", DIRECTORY), ("out", DIRECTORY), Landing("out", "d")),
        (("/a/d/", DIRECTORY), ("out", DIRECTORY), Landing("out", "d")),
        (("/a/d/.", DIRECTORY), ("out", DIRECTORY), Landing("out", None)),
        (("/", DIRECTORY), ("out", DIRECTORY), Landing("out", None)),
        (("/a/d", DIRECTORY), ("/x/new", NOTHING), Landing("/x", "new")),
        (("/a/d/.", DIRECTORY), ("/x/new/", NOTHING), Landing("/x", "new")),
    ],
)
def test_where_it_lands(
    source: tuple[str, PathKind], destination: tuple[str, PathKind], landing: Landing
) -> None:
    assert plan_landing(End(*source, "`s`"), End(*destination, "`d`")) == landing


@pytest.mark.parametrize(
    ("source", "destination", "words"),
    [
        (("/f", NOTHING), ("out", DIRECTORY), "There is no file or directory `s`"),
        (("/f/", FILE), ("out", DIRECTORY), "`s` is not a directory"),
        (("/d", DIRECTORY), ("out", FILE), "`s` is a directory, and `d` is a file"),
        (("/f", FILE), ("out/", FILE), "`d` is not a directory"),
        (("/f", FILE), ("out/", NOTHING), "There is no directory `d`"),
    ],
)
def test_ends_that_do_not_fit(
    source: tuple[str, PathKind], destination: tuple[str, PathKind], words: str
) -> None:
    with pytest.raises(PywranglerError, match=words):
        plan_landing(End(*source, "`s`"), End(*destination, "`d`"))


def test_the_directory_of_a_new_path_must_exist() -> None:
    with pytest.raises(PywranglerError, match="that `d` is in does not exist"):
        plan_landing(End("/f", FILE, "`s`"), End("no/x", NOTHING, "`d`", has_parent=False))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("app/one:/tmp/a:b", CopyOperand("/tmp/a:b", "app/one")),
        ("app:x", CopyOperand("x", "app")),
        ("./a:b", CopyOperand("./a:b")),
        ("/a:b", CopyOperand("/a:b")),
        ("-", CopyOperand("-")),
    ],
)
def test_operands(text: str, place: CopyOperand) -> None:
    assert read_place(text) == place
    assert read_place("-").is_stream


def test_exactly_one_operand_is_in_an_instance() -> None:
    here, there = CopyOperand("x"), CopyOperand("/x", "app")
    check_places(here, there)
    for pair in ((here, here), (there, there)):
        with pytest.raises(UsageError):
            check_places(*pair)
    with pytest.raises(UsageError, match="names no path"):
        read_place("app:")
