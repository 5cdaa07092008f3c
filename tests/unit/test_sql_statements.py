"""SQL is taken apart where Wrangler does; the values are those of its `unstable_splitSqlQuery` (4.164)."""

from __future__ import annotations

import pytest

from pywrangler.commands.d1.statements import Statement, split_statements, with_unix_line_ends
from pywrangler.errors import UsageError

TRIGGER = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END"


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("SELECT 1", ["SELECT 1"]),
        (" SELECT 1; \n", [" SELECT 1; \n"]),
        ("", [""]),
        (";", [";"]),
        (";;", [";;"]),
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT 1;; ; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        (
            "SELECT ';'; SELECT \";\"; SELECT `;`; SELECT [;]",
            ["SELECT ';'", 'SELECT ";"', "SELECT `;`", "SELECT [;]"],
        ),
        ("SELECT 'it''s;'; SELECT 2", ["SELECT 'it''s;'", "SELECT 2"]),
        ("SELECT 'open; SELECT 2; x", ["SELECT 'open; SELECT 2; x"]),
        ("-- a; b\nSELECT 1; -- c; d", ["-- a; b\nSELECT 1"]),
        ("/* a; */ SELECT 1; /* b", ["/* a; */ SELECT 1"]),
        ("SELECT 1; -- only a comment\n", ["SELECT 1"]),
        ("-- nothing; at all", ["-- nothing; at all"]),
        (f"{TRIGGER}; SELECT 3", [TRIGGER, "SELECT 3"]),
        (f"create temp trigger{TRIGGER[14:]};SELECT 3;", [f"create temp trigger{TRIGGER[14:]}", "SELECT 3"]),
        (f"EXPLAIN {TRIGGER}; SELECT 3", [f"EXPLAIN {TRIGGER}", "SELECT 3"]),
        ("CREATE TABLE trigger_(a); SELECT 1", ["CREATE TABLE trigger_(a)", "SELECT 1"]),
        ("SELECT CASE WHEN 1 THEN 2 END; SELECT 3", ["SELECT CASE WHEN 1 THEN 2 END", "SELECT 3"]),
        ("BEGIN TRANSACTION; SELECT 1; COMMIT; SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT 'é😀;'; SELECT 日; x", ["SELECT 'é😀;'", "SELECT 日", "x"]),
        ("SELECT 1;\r\nSELECT\r\n2;", ["SELECT 1", "SELECT\r\n2"]),
    ],
)
def test_statements_end_where_wrangler_ends_them(text: str, statements: list[str]) -> None:
    assert [statement.sql for statement in split_statements(text)] == statements


def test_a_second_transaction_is_refused() -> None:
    with pytest.raises(UsageError, match="several transactions"):
        split_statements("BEGIN TRANSACTION; COMMIT; BEGIN TRANSACTION; COMMIT;")


def test_statements_know_their_places() -> None:
    text = "SELECT 1;\n\n  -- note\n  SELECT 'a\nb'; SELECT 3;\n\tSELECT 4"
    assert split_statements(text) == [
        Statement("SELECT 1", 1, 1),
        Statement("-- note\n  SELECT 'a\nb'", 3, 3),
        Statement("SELECT 3", 5, 5),
        Statement("SELECT 4", 6, 2),
    ]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("a\r\nb", "a\nb"),
        ("'a\r\nb'\r\n", "'a\r\nb'\n"),
        ("'it''s\r\n'\r\n", "'it''s\r\n'\n"),
        ('"a\r\n" `b\r\n` [c\r\n]\r\n', '"a\r\n" `b\r\n` [c\r\n]\n'),
        ("-- it's\r\nx\r\n", "-- it's\nx\n"),
        ("/* it's\r\n */\r\n", "/* it's\n */\n"),
        ("'open\r\n", "'open\r\n"),
        ("a\rb\n", "a\rb\n"),
    ],
)
def test_line_ends_become_those_of_unix_outside_of_quotes(text: str, changed: str) -> None:
    assert with_unix_line_ends(text) == changed
