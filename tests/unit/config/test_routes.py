"""`route` and `routes` at the top level and in environments: what is inherited, what only one can have."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler import config
from tests.unit.config.project import FIELDS, Project, codes, fields, underlined

DOMAIN = {"pattern": "shop.example.com", "custom_domain": True}
ROUTE, ROUTES = "a.example.com/*", ["b.example.com/*", "c.example.com/*"]


def content(top: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A configuration with these fields at the top level and in the environment `next`."""
    repeated = {name: FIELDS[name] for name in ("containers", "durable_objects")}
    return fields(**top, env={"next": {**repeated, **own}})


@pytest.mark.parametrize(
    ("top", "own", "expected"),
    [
        ({"route": ROUTE}, {"routes": ROUTES}, {"routes": ROUTES}),
        ({"route": ROUTE}, {"routes": []}, {"routes": []}),
        ({"route": ROUTE}, {"route": ROUTES[0]}, {"route": ROUTES[0]}),
        ({"routes": ROUTES}, {"routes": [ROUTE]}, {"routes": [ROUTE]}),
        ({"route": ROUTE}, {}, {"route": ROUTE}),
        ({"routes": ROUTES}, {}, {"routes": ROUTES}),
        ({"routes": [DOMAIN]}, {"routes": [DOMAIN]}, {"routes": [DOMAIN]}),
        ({"routes": [DOMAIN]}, {"routes": []}, {"routes": []}),
        ({"routes": [{**DOMAIN, "custom_domain": False, "zone_name": "example.com"}]}, {}, None),
    ],
)
@pytest.mark.parametrize("name", ["wrangler.jsonc", "wrangler.toml"])
def test_an_environment_has_its_own_or_inherits(
    project: Project, top: dict[str, Any], own: dict[str, Any], expected: dict[str, Any] | None, name: str
) -> None:
    file = project.configure(content(top, own), name)
    assert config.check_environments(file) == []
    if expected is not None:
        assert dict(config.load(file, environment="next").cloudflare) == expected


def test_both_in_one_table_are_a_mistake_wherever_it_is(project: Project) -> None:
    both = {"route": ROUTE, "routes": ROUTES}
    for top, own in ((both, {}), ({}, both), (both, {"routes": []})):
        (problem,) = project.problems(content(top, own), environment="next")
        assert (problem.code, underlined(problem)) == ("routes-twice", '"route"')


def test_an_own_route_loses_against_inherited_routes_and_is_warned_of(project: Project) -> None:
    file = project.configure(content({"routes": ROUTES}, {"route": ROUTE}))
    _, (problem,) = config.check(file, environment="next")
    assert (problem.code, problem.severity) == ("route-without-effect", "warning")
    assert dict(config.load(file, environment="next").cloudflare) == {"routes": ROUTES}


@pytest.mark.parametrize(
    "top",
    [{"routes": [ROUTE, DOMAIN]}, {"route": DOMAIN}, {"routes": [DOMAIN, {**DOMAIN, "pattern": "x.y"}]}],
)
def test_an_inherited_custom_domain_is_warned_of(project: Project, top: dict[str, Any]) -> None:
    (problem,) = project.problems(content(top, {}), environment="next")
    assert (problem.code, problem.severity) == ("domain-inherited", "warning")
    assert underlined(problem) == '"next"'
    assert "`shop.example.com`" in problem.message
    assert "`my-worker`" in problem.message
    assert problem.hint and '"routes": []' in problem.hint  # noqa: PT018
    assert project.problems(content(top, {"name": "my-worker"}), environment="next") == []
    assert project.problems(content(top, {})) == []


def test_so_is_that_of_an_environment_that_is_only_a_name(project: Project) -> None:
    found = project.problems(fields(routes=[DOMAIN]), environment="staging")
    assert codes(found) == ["domain-inherited", "unknown-environment"]


def test_what_is_wrong_at_the_top_level_is_refused_in_every_environment(project: Project) -> None:
    wrong = {"routes": [{"pattern": ROUTE}]}
    found = project.problems(content(wrong, {"routes": ROUTES}), environment="next")
    assert codes(found) == ["route-without-zone"]


@pytest.mark.parametrize("where", ["top", "own"])
@pytest.mark.parametrize("field", ["route", "routes"])
def test_a_route_with_a_field_of_another_name_is_an_error(project: Project, where: str, field: str) -> None:
    """Wrangler (4.164) refuses it, where it passes over unknown fields elsewhere."""
    route = {"pattern": ROUTE, "zone_name": "example.com", "zone": "example.com"}
    routes = {field: route if field == "route" else [route]}
    found = project.problems(
        content(routes if where == "top" else {}, routes if where == "own" else {}), environment="next"
    )
    assert codes(found, "error") == ["unknown-field"]
    assert underlined(found[0]) == '"zone"'
