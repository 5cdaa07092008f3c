"""`dev`: where a Worker listens on the local platform, by value."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.config.records import LocalAddress
from tests.unit.config.project import Project, codes, fields

GENERATED = {
    "ip": "localhost",
    "local_protocol": "http",
    "upstream_protocol": "http",
    "enable_containers": True,
    "generate_types": False,
}
"""What Wrangler and the tools that use it write into a generated configuration."""


@pytest.mark.parametrize(
    ("dev", "read"),
    [
        (None, LocalAddress()),
        ({}, LocalAddress()),
        (GENERATED, LocalAddress()),
        ({"port": 8080}, LocalAddress(port=8080)),
        ({"port": 0}, LocalAddress()),
        ({"ip": ""}, LocalAddress()),
        ({"ip": "LocalHost"}, LocalAddress()),
        ({"ip": "127.0.0.1"}, LocalAddress("127.0.0.1")),
        ({"ip": "::1", "port": 1}, LocalAddress("::1", 1)),
        ({"ip": "0.0.0.0"}, LocalAddress("0.0.0.0")),
        ({"ip": "*", "port": 65535}, LocalAddress("*", 65535)),
        ({"host": "example.com"}, LocalAddress(unused=("host",))),
        (
            {"inspector_port": 9229, "inspector_ip": "::1"},
            LocalAddress(unused=("inspector_ip", "inspector_port")),
        ),
        ({"local_protocol": "https"}, LocalAddress(unused=("local_protocol",))),
        ({"enable_containers": False}, LocalAddress(unused=("enable_containers",))),
    ],
    ids=str,
)
def test_what_it_says(project: Project, dev: Any, read: LocalAddress) -> None:
    configuration = project.load(fields(dev=dev) if dev is not None else fields())
    assert configuration.dev == read
    assert configuration.warnings == ()


@pytest.mark.parametrize(
    ("dev", "code"),
    [
        ({"port": "8080"}, "wrong-type"),
        ({"port": 80.5}, "wrong-type"),
        ({"port": -1}, "out-of-range"),
        ({"port": 65536}, "out-of-range"),
        ({"ip": 5}, "wrong-type"),
        ({"ip": None}, "wrong-type"),
        ({"local_protocol": "ftp"}, "unknown-choice"),
        ({"upstream_protocol": 3}, "wrong-type"),
        ({"host": 1}, "wrong-type"),
        ({"inspector_port": "x"}, "wrong-type"),
        ({"inspector_ip": 4}, "wrong-type"),
        ({"enable_containers": "yes"}, "wrong-type"),
        ({"generate_types": 1}, "wrong-type"),
    ],
    ids=str,
)
def test_what_wrangler_refuses_is_refused(project: Project, dev: Any, code: str) -> None:
    assert codes(project.problems(fields(dev=dev)), "error") == [code]


def test_it_stands_at_the_top_level_only(project: Project) -> None:
    content = fields(dev={"port": 8080}, env={"prod": {"dev": {"port": 9090}}})
    configuration = project.load(content, environment="prod")
    assert configuration.dev == LocalAddress(port=8080)
    assert "misplaced-field" in codes(list(configuration.warnings), "warning")
