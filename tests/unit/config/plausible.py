"""Configurations that look like one and are not: values of the right kinds, with anything now and then."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pywrangler.config.schema import ROOT
from pywrangler.config.schema.kinds import Flag, Kind, ListOf, MapOf, Number, OneOf, Table, Text

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def values_of(kind: Kind) -> st.SearchStrategy[Any]:
    """Values of that kind, of its names and choices, with anything at all now and then in their place."""
    match kind:
        case Text(choices=choices):
            made: st.SearchStrategy[Any] = st.sampled_from(choices) if choices else st.text(max_size=5)
        case Number():
            made = st.integers(-5, 200)
        case Flag():
            made = st.booleans()
        case ListOf(item=item):
            made = st.lists(st.deferred(lambda: values_of(item)), max_size=2)
        case MapOf(value=value):
            made = st.dictionaries(st.text(max_size=3), st.deferred(lambda: values_of(value)), max_size=2)
        case Table(fields=known):
            made = st.fixed_dictionaries({}, optional={field.name: values_of(field.kind) for field in known})
        case OneOf(kinds=kinds):
            made = st.one_of(*(values_of(each) for each in kinds))
        case _:
            made = anything
    return st.one_of(made, made, made, anything)


plausible = st.fixed_dictionaries(
    {},
    optional={field.name: values_of(field.kind) for field in ROOT.fields if field.use == "used"}
    | {"env": st.dictionaries(st.sampled_from(["staging", "x"]), anything, max_size=2)},
)
