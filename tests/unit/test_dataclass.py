"""Our dataclasses do what those of the standard library do."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from pywrangler import dataclass as ours

Make = Callable[..., Any]
BOTH = pytest.mark.parametrize("make", [dataclasses.dataclass, ours.dataclass], ids=["theirs", "ours"])


def classes(make: Make) -> SimpleNamespace:
    """The same classes, made by either."""

    @make(frozen=True)
    class Place:
        """Where."""

        file: str
        line: int = 1
        notes: tuple[str, ...] = ()
        limit: ClassVar[int] = 3

        @cached_property
        def shown(self) -> str:
            return f"{self.file}:{self.line}"

    @make(frozen=True)
    class Exact(Place):
        column: int = 0
        seen: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    @make
    class Count:
        name: str
        values: list[int] = field(default_factory=list)
        total: int = field(init=False, default=0)

        def __post_init__(self) -> None:
            self.total = sum(self.values)

    @make(frozen=True, kw_only=True)
    class Named:
        first: int
        second: int = 2

    @make(frozen=True)
    class Alike:
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Alike) and self.text.lower() == other.text.lower()

        def __hash__(self) -> int:
            return hash(self.text.lower())

    @make
    class Node:
        next: Any = None

    return SimpleNamespace(**{name: each for name, each in locals().items() if name != "make"})


@BOTH
def test_objects_are_made_shown_and_compared(make: Make) -> None:
    of = classes(make)
    place = of.Place("a", notes=("x",))
    assert repr(place).endswith("Place(file='a', line=1, notes=('x',))")
    assert place == of.Place("a", 1, ("x",)) != of.Place("a", 2, ("x",))
    assert place != of.Exact("a", 1, ("x",))
    assert len({place, of.Place("a", 1, ("x",)), of.Place("b")}) == 2
    assert of.Exact("a", column=4, seen={"k": 1}) == of.Exact("a", column=4)
    assert repr(of.Exact("a", column=4)).endswith("Exact(file='a', line=1, notes=(), column=4)")
    assert of.Alike("A") == of.Alike("a")
    assert len({of.Alike("A"), of.Alike("a")}) == 1
    counted = of.Count("n", [1, 2])
    assert (counted.total, of.Count("n").values is of.Count("n").values) == (3, False)
    assert (of.Named(first=1).second, of.Place.line, of.Place.limit) == (2, 1, 3)
    node = of.Node()
    node.next = node
    assert repr(node).endswith("Node(next=...)")


@BOTH
def test_what_is_wrong_is_refused(make: Make) -> None:
    of = classes(make)
    for wrong in (
        of.Place,
        lambda: of.Place("a", 1, (), 4),
        lambda: of.Place("a", file="b"),
        lambda: of.Place("a", other=1),
        lambda: of.Named(1),
        lambda: of.Count("a", total=3),
        lambda: hash(of.Count("a")),
    ):
        with pytest.raises(TypeError):
            wrong()
    with pytest.raises(dataclasses.FrozenInstanceError):
        of.Place("a").line = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del of.Exact("a").line
    of.Count("a").name = "b"


@BOTH
def test_the_functions_of_the_standard_library_take_them(make: Make) -> None:
    of = classes(make)
    assert [each.name for each in dataclasses.fields(of.Exact)] == ["file", "line", "notes", "column", "seen"]
    assert dataclasses.is_dataclass(of.Place)
    assert dataclasses.replace(of.Place("a"), line=5) == of.Place("a", 5)
    assert dataclasses.asdict(of.Named(first=1)) == {"first": 1, "second": 2}
    exact = of.Exact("a", column=2)
    assert copy.deepcopy(exact) == copy.copy(exact) == exact
    assert exact.shown == exact.shown == "a:1"

    class Plain(of.Place):  # type: ignore[misc, name-defined]
        pass

    assert Plain("a") == Plain("a") != of.Place("a")
    match of.Place("a", 7):
        case of.Place(file, line):
            assert (file, line) == ("a", 7)
        case _:
            pytest.fail("not matched")


@ours.dataclass(frozen=True)
class Kept:
    """One that pickle finds."""

    value: int


def test_they_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(Kept(3))) == Kept(3)  # noqa: S301 - made here


def test_nothing_is_generated_before_the_first_object() -> None:
    made = classes(ours.dataclass).Place
    assert not isinstance(made.__dict__["__dataclass_fields__"], dict)
    made("a")
    assert isinstance(made.__dict__["__dataclass_fields__"], dict)
    assert made.__init__ is Kept.__init__
