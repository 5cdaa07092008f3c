"""Dataclasses for commands: their methods are written here once, and not generated for each class.

`dataclasses.dataclass` writes and compiles three to six functions for each class, which takes half a
millisecond. A deploy imports 150 such classes, and makes few objects of half of them, none of the others.
All else is as there: `fields`, `replace`, `asdict`, `field`, inheritance, `__post_init__` and `match`.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass

__all__ = ["dataclass"]

MISSING = dataclasses.MISSING
_LOCK = threading.RLock()
"""Held while a class is completed: threads may make its first objects at the same time."""


class _Plan:
    """What the methods must know of a class, found out when the first of them is needed."""

    def __init__(self, cls: type) -> None:
        every = dataclasses.fields(cls)
        taken = [each for each in every if each.init]
        self.fields = every
        self.positional = [each.name for each in taken if not each.kw_only]
        self.taken = frozenset(each.name for each in taken)
        self.has_post_init = hasattr(cls, "__post_init__")
        self.compared = [each.name for each in every if each.compare]
        self.hashed = [each.name for each in every if (each.compare if each.hash is None else each.hash)]


class _Pending:
    """In place of `__dataclass_fields__`, until something asks for the fields."""

    def __init__(self, cls: type, options: dict[str, Any]) -> None:
        self.cls, self.options = cls, options

    def __get__(self, _instance: object, _owner: type) -> Any:
        with _LOCK:
            if self.cls.__dict__["__dataclass_fields__"] is self:
                dataclasses.dataclass(init=False, repr=False, eq=False, **self.options)(self.cls)
        return self.cls.__dict__["__dataclass_fields__"]


def _plan_of(cls: Any) -> _Plan:
    plan: _Plan | None = cls.__dataclass_plan__
    if plan is None:
        owner = next(each for each in cls.__mro__ if "__dataclass_plan__" in each.__dict__)
        plan = owner.__dataclass_plan__ = _Plan(owner)
    return plan


def _init(self: Any, /, *values: Any, **named: Any) -> None:
    cls = type(self)
    plan = cls.__dataclass_plan__ or _plan_of(cls)
    state = self.__dict__
    if len(values) > len(plan.positional):
        raise TypeError(f"{cls.__name__}() takes {len(plan.positional)} values but {len(values)} were given")
    state.update(zip(plan.positional, values, strict=False))
    if named:
        if wrong := [name for name in named if name not in plan.taken or name in state]:
            raise TypeError(f"{cls.__name__}() got an unexpected or repeated argument {wrong[0]!r}")
        state.update(named)
    if len(state) < len(plan.fields):
        for each in plan.fields:
            if each.name in state:
                continue
            if each.default is not MISSING:
                state[each.name] = each.default
            elif each.default_factory is not MISSING:
                state[each.name] = each.default_factory()
            elif each.init:
                raise TypeError(f"{cls.__name__}() misses the argument {each.name!r}")
    if plan.has_post_init:
        self.__post_init__()


@recursive_repr()
def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in _plan_of(type(self)).fields if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: object) -> Any:
    if type(other) is not type(self):
        return NotImplemented
    return all(getattr(self, name) == getattr(other, name) for name in _plan_of(type(self)).compared)


def _hash(self: Any) -> int:
    return hash(tuple(getattr(self, name) for name in _plan_of(type(self)).hashed))


def _refuse_change(self: Any, name: str, *_value: Any) -> None:
    cls = type(self)
    if "__dataclass_plan__" in cls.__dict__ or any(each.name == name for each in _plan_of(cls).fields):
        raise dataclasses.FrozenInstanceError(f"cannot change field {name!r}")
    object.__setattr__(self, name, *_value) if _value else object.__delattr__(self, name)


if not TYPE_CHECKING:

    def dataclass(cls: type | None = None, /, **options: Any) -> Any:
        """As `dataclasses.dataclass`, with the options `frozen` and `kw_only`."""
        if cls is None:
            return lambda decorated: _decorated(decorated, **options)
        return _decorated(cls, **options)


def _decorated(cls: Any, *, frozen: bool = False, **options: Any) -> Any:
    own = cls.__dict__
    methods: dict[str, Callable[..., Any]] = {"__init__": _init, "__repr__": _repr, "__eq__": _eq}
    if frozen:
        methods |= {"__setattr__": _refuse_change, "__delattr__": _refuse_change}
    # A class with `__eq__` and without `__hash__` has the hash None, from Python itself.
    if own.get("__hash__") is None and ("__hash__" not in own or "__eq__" in own):
        cls.__hash__ = _hash if frozen else None
    for name, method in methods.items():
        if name not in own:
            setattr(cls, name, method)
    cls.__doc__ = cls.__doc__ or cls.__name__  # dataclasses would work out a signature
    cls.__dataclass_plan__ = None
    cls.__dataclass_fields__ = _Pending(cls, options)
    return cls
