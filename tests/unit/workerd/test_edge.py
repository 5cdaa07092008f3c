"""What a Worker learns about the client of a request, as values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pywrangler.local.workerd.config import plan_config
from pywrangler.local.workerd.edge import edge_headers, fills_in_properties, request_properties
from pywrangler.local.workerd.records import LOOPBACK_SOCKETS, ModuleFile, PublicSocket, RequestOrigin
from tests.unit.workerd.samples import PLAIN

ANYWHERE = PublicSocket("any")


def headers(client: str | None, place: RequestOrigin = RequestOrigin()) -> dict[str, str | None]:  # noqa: B008 - a constant
    """By lower-case name; None for one that is removed."""
    written: Any = edge_headers(replace(PLAIN, place=place), client)
    return {each["name"].lower(): each.get("value") for each in written}


def test_headers_are_those_of_the_edge() -> None:
    assert headers("::1", RequestOrigin(colo="FRA", country="DE")) == {
        "cf-connecting-ip": "::1",
        "cf-ipcountry": "DE",
        "cf-ray": "3bfc269594ef6492-FRA",
        "cf-visitor": '{"scheme":"http"}',
        "x-forwarded-proto": "http",
        "x-real-ip": "::1",
        "expect": None,
        "cf-connecting-ipv6": None,
        "cf-ew-via": None,
        "cf-worker": None,
    }


def test_where_clients_differ_their_address_is_not_written_by_the_socket() -> None:
    assert not {"cf-connecting-ip", "x-real-ip", "cf-ray"} & headers(None).keys()


def test_the_united_states_are_described_in_full() -> None:
    told = request_properties(RequestOrigin())
    assert (told["country"], told["continent"], told["city"], told["timezone"]) == (
        "US",
        "NA",
        "Austin",
        "America/Chicago",
    )
    assert "isEUCountry" not in told


@pytest.mark.parametrize(
    ("country", "continent", "is_european"),
    [
        ("DE", "EU", "1"),
        ("HR", "EU", "1"),
        ("GB", "EU", None),
        ("CH", "EU", None),
        ("CY", "EU", "1"),
        ("JP", "AS", None),
        ("BR", "SA", None),
        ("AU", "OC", None),
        ("KE", "AF", None),
        ("AQ", "AN", None),
        ("MX", "NA", None),
        ("ZZ", None, None),
    ],
)
def test_another_country_has_its_continent_and_no_foreign_city(
    country: str, continent: str | None, is_european: str | None
) -> None:
    told = request_properties(RequestOrigin(country=country))
    assert (told["country"], told.get("continent"), told.get("isEUCountry")) == (
        country,
        continent,
        is_european,
    )
    assert not {"city", "region", "postalCode", "timezone", "latitude"} & told.keys()


@pytest.mark.parametrize(
    ("date", "flags", "main", "is_filled_in"),
    [
        ("2026-11-01", (), "application/javascript+module", True),
        ("2022-01-31", (), "application/javascript+module", True),
        ("2022-01-30", (), "application/javascript+module", False),
        ("2021-01-01", ("workers_api_getters_setters_on_prototype",), "application/javascript+module", True),
        ("2026-11-01", ("workers_api_getters_setters_on_instance",), "application/javascript+module", False),
        ("2026-11-01", (), "text/x-python", False),
    ],
)
def test_a_worker_of_ours_stands_in_front_only_where_it_must(
    date: str, flags: tuple[str, ...], main: str, is_filled_in: bool
) -> None:
    modules = (ModuleFile("index.js", main, PLAIN.modules[0].path),)
    spec = replace(PLAIN, compatibility_date=date, compatibility_flags=flags, modules=modules)
    assert fills_in_properties(spec) == is_filled_in
    assert ('service = "edge"' in plan_config(spec).text) == (not is_filled_in)
    assert ("wrapped = " in plan_config(spec).text) == is_filled_in


def test_a_public_socket_has_a_worker_of_ours_in_front() -> None:
    text = plan_config(PLAIN, (LOOPBACK_SOCKETS[4], ANYWHERE)).text
    assert text.count('service = "edge"') == 1
    assert text.count('name = "edge"') == 1
