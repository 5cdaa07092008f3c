"""Tables on terminals of any width: nothing is folded or cut, and each value is found again."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from pywrangler.console import Console
from pywrangler.console.tables import SHORT_ID, short_ids, write_records, write_table
from tests.support.cli import Typed
from tests.support.shell import Shell

UUID = "8b2b0a5e-6f0e-4f0e-9c55-0d8ad24d6a0f"
OBJECT = "0123456789abcdef" * 4
DIGEST = f"sha256:{OBJECT}"
TIME = "2026-11-29 08:25:50+01:00"
REASON = "no application has it, and no container on the engine runs it any more, as far as is known"

TABLES: dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]] = {
    "list": (
        ("ID", "NAME", "STATE", "LIVE INSTANCES", "LAST MODIFIED"),
        [(UUID, "shop-staging-imageresizer", "provisioning", 12, TIME), (UUID, "a", "ready", 0, None)],
    ),
    "instances": (
        ("INSTANCE", "NAME", "STATE", "LOCATION", "VERSION", "CREATED"),
        [
            (UUID, "cf-singleton-container", "running", "loc01", 3, TIME),
            (OBJECT, None, "inactive", None, None, None),
        ],
    ),
    "deploy": (
        ("APPLICATION", "INSTANCE", "NAME", "STATE", "VERSION"),
        [("shop-staging-imageresizer", UUID, "cf-singleton-container", "running", 12)],
    ),
    "images": (("REPOSITORY", "TAG"), [("shop/imageresizer", OBJECT)]),
    "images, long": (
        ("REPOSITORY", "TAG", "DIGEST", "SIZE", "CREATED"),
        [("shop", "v1", DIGEST, "12.0 MB", TIME)],
    ),
    "registries": (
        ("DOMAIN", "KIND", "CREATED"),
        [("123456789012.dkr.ecr.eu-central-1.amazonaws.com", "ECR", TIME)],
    ),
    "secrets": (("NAME", "TYPE"), [("A_SECRET_WITH_A_NAME_THAT_IS_LONG", "secret_text")]),
    "stores": (("NAME", "ID", "CREATED", "MODIFIED"), [("my-store", OBJECT[:32], TIME, TIME)]),
    "secrets of a store": (
        ("NAME", "ID", "COMMENT", "SCOPES", "STATUS", "CREATED", "MODIFIED"),
        [
            ("API_KEY", OBJECT[:32], REASON, "workers, containers", "active", TIME, TIME),
            ("B", OBJECT[:32], None, "workers", "active", TIME, TIME),
        ],
    ),
    "status": (
        ("WORKER", "STATE", "URL", "NOTE"),
        [
            ("shop", "running", "http://localhost:8787", None),
            ("b", "failed", "http://localhost:8788", REASON),
        ],
    ),
    "prune": (("KIND", "NAME", "REASON"), [("image", f"pywrangler.local/shop:{OBJECT[:12]}", REASON)]),
    "accounts": (("ACCOUNT", "ID"), [("Somebody's Account with a name", OBJECT[:32])]),
    "wide letters": (("NAME", "ID"), [("日本語" * 8, UUID), ("é", UUID)]),
}


def drawn(name: str, width: int | None) -> str:
    stream = io.StringIO()
    write_table(stream, *TABLES[name], fancy=False, width=width)
    return stream.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", TABLES)
def test_nothing_is_folded_or_cut_and_lines_fit(name: str, width: int) -> None:
    text = drawn(name, width)
    columns, rows = TABLES[name]
    for row in rows:
        for value in row:
            words = " ".join(text.split())
            assert value is None or " ".join(str(value).split()) in words
    used = [column for at, column in enumerate(columns) if any(row[at] is not None for row in rows)]
    assert all(column in text for column in used)
    longest_word = max(len(word) for word in text.split())
    assert max(map(len, text.splitlines())) <= max(width, longest_word + 2)


@pytest.mark.parametrize("name", TABLES)
def test_in_a_pipe_a_row_is_a_line(name: str) -> None:
    columns, rows = TABLES[name]
    heading, *lines = drawn(name, None).splitlines()
    assert re.split(r"  +", heading) == list(columns)
    assert len(lines) == len(rows)


def test_columns_without_a_value_go_before_the_table_does() -> None:
    stream = io.StringIO()
    rows = [(UUID, None, "running"), (UUID, None, "stopped")]
    write_table(
        stream, ("INSTANCE", "A RATHER LONG HEADING THAT IS EMPTY", "STATE"), rows, fancy=False, width=60
    )
    assert stream.getvalue() == (
        f"INSTANCE                              STATE\n{UUID}  running\n{UUID}  stopped\n"
    )


def test_records_have_a_line_for_each_value_and_wrap_words_only() -> None:
    stream = io.StringIO()
    rows = [("image", DIGEST, None), ("b", UUID, "some words that are too many for a line of this width")]
    write_records(stream, ("KIND", "NAME", "REASON"), rows, fancy=False, width=50)
    assert stream.getvalue() == (
        f"KIND    image\nNAME\n  {DIGEST}\n\n"
        f"KIND    b\nNAME    {UUID}\nREASON\n  some words that are too many for a line of this\n  width\n"
    )


def test_letters_of_two_cells_are_counted() -> None:
    stream = io.StringIO()
    write_table(stream, ("NAME", "ID"), [("日本", "1"), ("abcd", "2")], fancy=False, width=None)
    assert stream.getvalue() == "NAME  ID\n日本  1\nabcd  2\n"


@pytest.mark.parametrize(
    ("columns", "is_table"), [("80", False), ("200", True), ("0", True), ("", True), ("wide", True)]
)
def test_a_terminal_may_be_named_narrow_and_a_pipe_is_not(columns: str, is_table: bool) -> None:
    rows = TABLES["list"]
    for stream in (Typed, io.StringIO):
        made = Console(
            stdout=stream(), stderr=io.StringIO(), environment={"COLUMNS": columns, "NO_COLOR": "1"}
        )
        made.table(*rows)
        assert isinstance(made.stdout, io.StringIO)
        heading = made.stdout.getvalue().splitlines()[0]
        assert heading.endswith("LAST MODIFIED") is (is_table or stream is io.StringIO)


PRINT = """
import sys
from pywrangler.console import Console
made = Console(stdout=sys.stdout, stderr=sys.stderr, environment={"NO_COLOR": "1"})
made.table(("ID", "NAME", "STATE"), [("%s", "a-name-that-is-long-enough", "running")])
"""


@pytest.mark.parametrize(("columns", "is_table"), [(80, True), (60, False)])
def test_the_width_is_that_of_the_real_terminal(columns: int, is_table: bool) -> None:
    import sys

    with Shell([sys.executable, "-c", PRINT % UUID], columns=columns) as shell:
        lines = shell.read_all().splitlines()
    assert UUID in "\n".join(lines)
    assert any(line.split() == ["ID", "NAME", "STATE"] for line in lines) is is_table
    assert max(map(len, lines)) <= columns


def test_short_ids_are_long_enough_to_tell_them_apart() -> None:
    assert short_ids([UUID, OBJECT, None]) == [UUID[:SHORT_ID], OBJECT[:SHORT_ID], None]
    assert short_ids(["a" * 20 + "1", "a" * 20 + "2", "b" * 30]) == ["a" * 20 + "1", "a" * 20 + "2", "b" * 21]
    assert short_ids([UUID, UUID]) == [UUID[:SHORT_ID]] * 2
    assert short_ids([]) == []


@pytest.mark.parametrize(("stream", "shown"), [(io.StringIO, OBJECT), (Typed, OBJECT[:SHORT_ID])])
def test_ids_are_whole_where_no_terminal_is(stream: type[io.StringIO], shown: str) -> None:
    output = stream()
    console = Console(
        stdin=io.StringIO(), stdout=output, stderr=io.StringIO(), environment={"COLUMNS": "200"}
    )
    console.table(("ID", "NAME"), [(OBJECT, "one")], ids="ID")
    assert [word for line in output.getvalue().splitlines() for word in line.split()][2:] == [shown, "one"]
