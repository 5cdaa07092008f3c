"""Whatever a client sends to the REST API: no internal error, no traceback in the log, a response at once,
and what was stored can be shown.
"""

from __future__ import annotations

import itertools
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.servers.odd import (
    DEEP,
    ODD_TEXTS,
    ODD_VALUES,
    TIMES,
    effort,
    places,
    replaced,
    texts,
    values,
)
from tests.fuzz.servers.rest import ApiRequest, KnownRoute, RestWorld, known_bodies
from tests.support.runs.effort import IN_CI

pytestmark = pytest.mark.slow  # thousands of inputs

EACH = 1 if TIMES else 17 if IN_CI else 51
"""Of all fields and odd values, every which is tried."""
REQUESTS_OF_AN_EXAMPLE = 10
HEADERS = ("Content-Type", "Content-Length", "Range", "cf-r2-jurisdiction", "cf-r2-storage-class", "Host")


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pw-fuzz-", dir="/tmp") as made:
        yield Path(made)


@pytest.fixture(scope="module")
def template(directory: Path) -> Path:
    """The directory of a platform that has something of everything."""
    world = RestWorld(directory / "template")
    world.close()
    return world.home


@cache
def table() -> tuple[tuple[KnownRoute, ...], tuple[str, ...]]:
    """All routes, and what there is something of, by the names in paths."""
    with tempfile.TemporaryDirectory(prefix="pw-fuzz-", dir="/tmp") as made:
        world = RestWorld(Path(made))
        world.close()
        return tuple(world.routes()), tuple(world.known)


def with_names(path: str, names: Mapping[str, str]) -> str:
    """A route's path with other names for some of what exists."""
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", quote(value, safe="", errors="surrogatepass"))
    return path


def names_in(path: str) -> list[str]:
    """The names that stand for something in a route's path."""
    return re.findall(r"\{(\w+)\}", path)


@st.composite
def api_requests(draw: st.DrawFn) -> ApiRequest:
    """A request to any route: mostly about what exists, with any body."""
    routes, known = table()
    route = draw(st.sampled_from(routes))
    existing = st.sampled_from([f"{{{name}}}" for name in known])
    words = st.sampled_from(route.words or ("x",)) | existing
    changed = {
        name: draw(texts) or "-"
        for name in names_in(route.path)
        if name not in known or (name != "account" and not draw(st.integers(0, 9)))
    }
    path = with_names(route.path, changed)
    query = draw(st.dictionaries(words, texts | words, max_size=2))
    if query:
        path += "?" + "&".join(
            f"{quote(name)}={quote(value, safe='', errors='surrogatepass')}" for name, value in query.items()
        )
    headers = draw(
        st.dictionaries(st.sampled_from(HEADERS), st.sampled_from(("", "x", "-1", "[", "a:b")), max_size=1)
    )
    headers.pop("Content-Length", None)
    bodies = known_bodies().get(f"{route.method} {route.path}", [{}])
    base = draw(st.sampled_from(bodies))
    body: Any = base
    for _ in range(draw(st.integers(0, 3))):
        steps = draw(st.sampled_from([*places(body)]))
        body = replaced(body, steps, draw(values(words)))
    if isinstance(body, dict) and draw(st.booleans()):
        body = {**body, draw(words): draw(values(words))}
    is_form = route.method in ("PUT", "POST") and "/workers/scripts/" in route.path and draw(st.booleans())
    content = draw(st.just(json.dumps(body).encode()) | st.binary(max_size=8))
    return ApiRequest(route.method, path, None if route.method == "GET" else content, is_form, headers)


@effort(40)
@given(sequence=st.lists(api_requests(), min_size=1, max_size=REQUESTS_OF_AN_EXAMPLE))
def test_no_request_is_a_fault(template: Path, sequence: list[ApiRequest]) -> None:
    with tempfile.TemporaryDirectory(prefix="pw-fuzz-", dir="/tmp") as made:
        world = RestWorld(Path(made), template)
        try:
            for request in sequence:
                world.send(request)
            world.look()
        finally:
            world.close()
        assert world.faults == []


def fields() -> list[tuple[KnownRoute, Any, tuple[Any, ...]]]:
    """Each field of each body that is known."""
    found = []
    for route in sorted(table()[0], key=lambda each: each.resource):
        for body in known_bodies().get(f"{route.method} {route.path}", []):
            found += [(route, body, steps) for steps in places(body)]
    return found


def test_every_field_takes_every_value(template: Path, tmp_path: Path) -> None:
    wanted = [(*field, value) for field in fields() for value in ODD_VALUES][::EACH]
    assert len({f"{route.method} {route.path}" for route, *_ in wanted}) > 60
    faults: list[str] = []
    for number, (_, group) in enumerate(itertools.groupby(wanted, key=lambda each: each[0].resource)):
        world = RestWorld(tmp_path / str(number), template)
        for route, body, steps, value in group:
            content = json.dumps(replaced(body, steps, value)).encode()
            is_form = route.path.endswith(("/scripts/{name}", "/versions"))
            world.send(ApiRequest(route.method, route.path, content, is_form))
        world.look()
        world.close()
        faults += world.faults
    assert faults == []


def test_every_route_takes_every_name(template: Path, tmp_path: Path) -> None:
    world = RestWorld(tmp_path, template)
    odd = (*ODD_TEXTS, "%", ".", "..", "x" * 5000)
    for route in table()[0]:
        for position, name in enumerate(names_in(route.path)):
            for text in odd[position % EACH :: EACH]:
                path = with_names(route.path, {name: text})
                world.send(ApiRequest(route.method, path, None if route.method == "GET" else b"{}"))
    world.close()
    assert world.faults == []


def test_the_world_has_something_of_everything(template: Path, tmp_path: Path) -> None:
    world = RestWorld(tmp_path, template)
    found = [
        world.send(ApiRequest("GET", route.path))
        for route in world.routes()
        if route.method == "GET" and not route.path.endswith("/tail")
    ]
    world.close()
    assert world.faults == []
    assert found.count(200) > 55


def test_odd_values_are_put_in_every_place() -> None:
    body = {"a": [{"b": 1}], "c": None}
    assert [*places(body)] == [(), ("a",), ("a", 0), ("a", 0, "b"), ("c",)]
    assert replaced(body, ("a", 0, "b"), DEEP) == {"a": [{"b": DEEP}], "c": None}
    assert body == {"a": [{"b": 1}], "c": None}
