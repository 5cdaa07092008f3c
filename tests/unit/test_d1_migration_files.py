"""Which files are migrations, in which order; the values are Wrangler's (4.164) and `minimatch`'s."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pywrangler.commands.d1.migration_files import (
    MigrationSettings,
    find_migrations,
    leading_number,
    matcher,
    migration_order,
    new_migration,
    read_settings,
)
from pywrangler.errors import UsageError
from tests.support.runs.quickness import quickly

ORDERED = [
    "0000_a.sql", "0001_c.sql", "1_b.sql", "02.sql", "2_a.sql", "9_x.sql", "10_a.sql",
    "10_b/1_a.sql", "10_b/migration.sql", "20260101_x.sql", "Zebra.sql", "_.sql", "alpha.sql",
]  # fmt: skip

SHUFFLED = [*ORDERED[6:][::-1], *ORDERED[:6]]


@pytest.mark.parametrize(
    ("entry", "settings"),
    [
        ({}, MigrationSettings("migrations", "migrations/*.sql", "d1_migrations")),
        ({"migrations_dir": "./schema/"}, MigrationSettings("schema", "schema/*.sql", "d1_migrations")),
        ({"migrations_dir": "."}, MigrationSettings(".", "*.sql", "d1_migrations")),
        (
            {"migrations_dir": "a\\b", "migrations_table": "done"},
            MigrationSettings("a/b", "a/b/*.sql", "done"),
        ),
        (
            {"migrations_dir": "d", "migrations_pattern": "./d/*/migration.sql"},
            MigrationSettings("d", "d/*/migration.sql", "d1_migrations"),
        ),
    ],
)
def test_settings_are_those_of_the_configuration(entry: dict[str, Any], settings: MigrationSettings) -> None:
    assert read_settings(entry) == settings


@pytest.mark.parametrize(
    "entry", [{"migrations_pattern": "x/*.sql"}, {"migrations_dir": "a", "migrations_pattern": "b/*.sql"}]
)
def test_a_pattern_begins_with_its_directory(entry: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="migrations_pattern"):
        read_settings(entry)


def test_migrations_are_ordered_by_number_and_name() -> None:
    assert sorted(SHUFFLED, key=migration_order) == ORDERED


@pytest.mark.parametrize(
    ("name", "number"),
    [("0012_a", 12), ("12abc", 12), ("a1", None), ("", None), (" 7_x", 7), ("-3_x", -3), ("0x1f", 0)],
)
def test_a_number_is_what_javascript_reads(name: str, number: int | None) -> None:
    assert leading_number(name) == number


@pytest.mark.parametrize(
    ("message", "names", "made"),
    [
        ("add users", [], "0001_add_users.sql"),
        ("x", ["0001_a.sql", "0009_b.sql", "z.sql"], "0010_x.sql"),
        ("x", ["20260101_a.sql"], "20260102_x.sql"),
        ("é", ["-5_a.sql"], "0001_é.sql"),
    ],
)
def test_a_new_migration_has_the_next_number(message: str, names: list[str], made: str) -> None:
    assert new_migration(message, names) == made


@pytest.mark.parametrize("message", ["", "a/b", "a\\b", "a\0b"])
def test_a_message_has_to_be_part_of_a_file_name(message: str) -> None:
    with pytest.raises(UsageError, match="message of the migration"):
        new_migration(message, [])


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("*.sql", ["a.sql"], [".a.sql", "d/a.sql", "a.sqlx"]),
        ("*/migration.sql", ["a/migration.sql"], ["migration.sql", ".a/migration.sql", "a/b/migration.sql"]),
        ("**/*.sql", ["a.sql", "d/a.sql", "d/e/a.sql"], [".d/a.sql", "d/.a.sql"]),
        ("**", ["a", "a/b"], [".a", "a/.b"]),
        ("00??_*.{sql,SQL}", ["0012_x.sql", "0012_x.SQL"], ["012_x.sql", "0012_x.txt"]),
        ("[0-9]*[!~]", ["1a"], ["a1", "1~"]),
        ("{a,b/{c,d}}.sql", ["a.sql", "b/c.sql", "b/d.sql"], ["b.sql", "c.sql"]),
        ("a+b(1).sql", ["a+b(1).sql"], ["aab(1).sql"]),
        ("\\*.sql", ["*.sql"], ["a.sql"]),
        (".hidden/*.sql", [".hidden/a.sql"], ["hidden/a.sql", ".hidden/.a.sql"]),
        ("**/?*.sql", ["a.sql", "b/a.sql"], [".a.sql", ".b/a.sql", "b/.a.sql"]),
        ("**/\\.a", [".a", "b/.a"], ["a", ".b/.a"]),
    ],
)
def test_patterns_match_as_in_minimatch(pattern: str, yes: list[str], no: list[str]) -> None:
    found = matcher(pattern)
    assert [name for name in [*yes, *no] if found(name)] == yes


@pytest.mark.parametrize("pattern", ["*a*a*a*a*a*a*a*b", "**/a" * 40 + "b", "{a,b}*" * 8 + "c"])
def test_a_pattern_of_many_asterisks_is_compared_at_once(pattern: str) -> None:
    paths = ("a" * 255, "/".join("a" * 1000), "/.a" * 1000)
    assert not quickly(lambda: any(map(matcher(pattern), paths)))


@pytest.mark.parametrize("pattern", ["{a,b}" * 12, "[z-a]"])
def test_a_pattern_that_cannot_be_read_is_told(pattern: str) -> None:
    with pytest.raises(UsageError, match="migrations_pattern"):
        matcher(pattern)


def test_migrations_are_plain_files_below_the_directory(tmp_path: Path) -> None:
    for name in ("2_b.sql", "10_c.sql", "1_a.sql", "notes.md", "sub/1.sql"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "3_link.sql").symlink_to("1_a.sql")
    (tmp_path / "4_directory.sql").mkdir()
    assert find_migrations(tmp_path, "*.sql") == ["1_a.sql", "2_b.sql", "10_c.sql"]
    assert find_migrations(tmp_path, "**/*.sql") == ["1_a.sql", "2_b.sql", "10_c.sql", "sub/1.sql"]
    assert find_migrations(tmp_path / "none", "*.sql") == []
