"""docs/compatibility.md lists every member of the container interface, as the pinned types have it, with a
test that exists.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "compatibility.md").read_text()
TESTS = ROOT / "tests" / "local" / "gateway"

WRITTEN = {
    "Container": "{}",
    "ContainerStartupOptions": "start({{ {} }})",
    "ContainerStartResources": "start({{ instance: {{ {} }} }})",
    "ContainerSnapshotRestoreParams": "start({{ containerSnapshot: {{ {} }} }})",
    "ContainerDirectorySnapshotRestoreParams": "start({{ directorySnapshots: [{{ {} }}] }})",
    "ContainerExecOptions": "exec({{ {} }})",
    "ContainerExecPtyOptions": "exec({{ pty: {{ {} }} }})",
    "ContainerSnapshotOptions": "snapshotContainer({{ {} }})",
    "ContainerSnapshot": "snapshotContainer().{}",
    "ContainerInfo": "inspect().{}",
    "ExecProcess": "exec().{}",
    "ExecOutput": "exec().output().{}",
}
"""How the page writes a member of each type that a Worker can pass or get."""
NOT_GIVEN = {"ContainerDirectorySnapshot"}
"""A type without a call that returns it."""


@pytest.fixture(scope="module")
def types(node_modules: Path) -> str:
    """The pinned type definitions."""
    return (node_modules / "@cloudflare" / "workers-types" / "index.d.ts").read_text()


def declaration(types: str, name: str) -> str:
    """The text of an interface, or of a type's alternatives."""
    begun = re.search(rf"^(?:interface {name} \{{|type {name} =)\n?", types, re.MULTILINE)
    assert begun is not None, name
    return re.split(r"^(?:interface|type|declare|export|/\*\*)", types[begun.end() :], flags=re.MULTILINE)[0]


def members(types: str, name: str) -> set[str]:
    """Its members, methods with brackets. Parameters and nested types are indented otherwise."""
    line = r"^(?:  |      )(?:readonly )?(get )?(\w+)(\??:|\()"
    found = re.findall(line, declaration(types, name), re.MULTILINE)
    return {word + ("()" if mark == "(" and not getter else "") for getter, word, mark in found}


def rows() -> dict[str, list[str]]:
    """What the page's table lists, each with the tests in its row."""
    table = PAGE.partition("| member | test |")[2].partition("\n\n")[0]
    found: dict[str, list[str]] = {}
    for line in table.strip().splitlines()[1:]:
        listed, tests = line.strip("| ").split(" | ")
        for member in re.findall(r"`([^`]+)`", listed):
            found[member] = re.findall(r"`([^`]+)`", tests)
    return found


def test_every_type_around_the_container_is_looked_at(types: str) -> None:
    seen, pending = set[str](), {"Container"}
    while pending:
        name = pending.pop()
        seen.add(name)
        named = set(re.findall(r"\b((?:Container|Exec)\w+)\b", declaration(types, name)))
        pending |= named - seen
    assert seen - NOT_GIVEN == set(WRITTEN)


def test_the_page_lists_every_member_and_no_other(types: str) -> None:
    declared = {
        pattern.format(member) for name, pattern in WRITTEN.items() for member in members(types, name)
    }
    assert len(declared) > 50
    listed = {member for member in rows() if not member.startswith("getTcpPort().")}
    assert (declared - listed, listed - declared) == (set(), set())


def test_the_page_names_the_version_of_the_types(node_modules: Path) -> None:
    package = (node_modules / "@cloudflare" / "workers-types" / "package.json").read_text()
    version = re.search(r'"version": "([^"]+)"', package)
    assert version is not None
    assert version[1] in PAGE


def test_every_row_names_tests_that_exist() -> None:
    for member, tests in rows().items():
        assert tests, member
        for name in tests:
            file, _, test = name.partition("::")
            text = ((ROOT if "/" in file else TESTS) / file).read_text()
            assert not test or re.search(rf"^(?:async )?def {test}\(", text, re.MULTILINE), (
                f"{member}: {name}"
            )
