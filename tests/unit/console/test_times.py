"""Times as people read them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from pywrangler.commands.containers.logs import readable as readable_container_line
from pywrangler.commands.local.logs import readable as readable_platform_line
from pywrangler.commands.tail.events import readable_event
from pywrangler.console import local_moment, local_time
from pywrangler.console.times import short_time


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """The zone of the test, else New York's."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", getattr(request, "param", "EST5EDT,M3.2.0,M11.1.0"))
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-23T08:00:00.123456Z", "2026-11-23 03:00:00-05:00"),
        ("2026-07-23T02:00:00Z", "2026-07-22 22:00:00-04:00"),
        ("2026-11-23T08:00:00.500000000Z", "2026-11-23 03:00:00-05:00"),
        ("2026-11-23T08:00:00+01:00", "2026-11-23 02:00:00-05:00"),
        ("2026-11-23T08:00:00", "2026-11-23 03:00:00-05:00"),
        ("2026-11-23 08:00:00+00:00", "2026-11-23 03:00:00-05:00"),
        ("2026-11-23", "2026-11-23"),
        ("20261123", "20261123"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("2026-11-23 08:00:00 +0000 UTC", "2026-11-23 08:00:00 +0000 UTC"),
        ("soon", "soon"),
        ("", ""),
        (None, None),
    ],
)
def test_a_time_is_local_with_its_zone(text: str | None, shown: str | None) -> None:
    assert local_time(text) == shown


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC0", "2026-11-23 08:00:00+00:00"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-11-23 09:00:00+01:00"),
        ("IST-5:30", "2026-11-23 13:30:00+05:30"),
        ("<+14>-14", "2026-11-23 22:00:00+14:00"),
    ],
    indirect=["zone"],
)
def test_the_zone_is_that_of_the_user(shown: str) -> None:
    assert local_time("2026-11-23T08:00:00Z") == local_moment(1_795_420_800.5) == shown


def test_a_terminal_needs_no_zone_and_no_date_of_today() -> None:
    shown = "2026-11-23 08:00:00+00:00"
    assert short_time(shown, "2026-11-23") == "08:00:00"
    assert short_time(shown, "2026-11-24") == "2026-11-23 08:00:00"
    assert [short_time(each, "2026-11-23") for each in (None, 7, "soon", shown + "x")] == [
        None,
        7,
        "soon",
        shown + "x",
    ]


def test_lines_of_logs_and_events_begin_with_the_local_time() -> None:
    begin = "2026-11-23 03:00:00-05:00 "
    line = {"time": "2026-11-23T08:00:00.1Z", "text": "hi\nyou", "durable_object_name": "ada"}
    named = json.dumps(line)
    assert readable_container_line(named) == f"{begin}ada  hi\n    you"
    assert readable_platform_line(named) == f"{begin}hi\n    you"
    event = {"eventTimestamp": 1_795_420_800_100, "outcome": "ok", "event": {"cron": "* * * * *"}}
    assert readable_event(event) == f'{begin}cron "* * * * *" - ok'
