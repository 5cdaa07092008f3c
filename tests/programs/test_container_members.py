"""The page that lists the members of `ctx.container` lists all of them, and names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests" / "local" / "gateway"
INTERFACES = ("Container", "ContainerExecOptions", "ExecProcess")


def section() -> str:
    page = (ROOT / "docs" / "compatibility.md").read_text()
    return page.partition("## `ctx.container`, member by member")[2]


def members(types: str, interface: str) -> set[str]:
    body = re.search(rf"^interface {interface} \{{$(.*?)^\}}$", types, re.MULTILINE | re.DOTALL)
    assert body is not None, interface
    return set(re.findall(r"^  (?:readonly |get )?(\w+)[(?:]", body[1], re.MULTILINE))


def test_every_member_is_listed(node_modules: Path) -> None:
    types = (node_modules / "@cloudflare" / "workers-types" / "index.d.ts").read_text()
    options = types.partition("type ContainerStartupOptions = {")[2].partition("\n);")[0]
    wanted = set(re.findall(r"^ +(\w+)\??:", options, re.MULTILINE))
    assert "entrypoint" in wanted
    for interface in INTERFACES:
        found = members(types, interface)
        assert len(found) > 5
        wanted |= found
    assert sorted(wanted - set(re.findall(r"\w+", section()))) == []


@pytest.mark.parametrize("named", re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", section()))
def test_the_tests_that_it_names_exist(named: tuple[str, str]) -> None:
    file, name = named
    assert f"def {name}" in (TESTS / file).read_text()
