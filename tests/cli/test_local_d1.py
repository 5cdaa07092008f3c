"""D1 from the command line on a real local platform."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Outcome, run
from tests.support.command import Cli
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

BOUND = {"binding": "DB", "database_name": "shop", "database_id": "x1"}
WORKER = """
export default { async fetch(request, { DB }) {
  return Response.json((await DB.prepare("SELECT * FROM t").all()).results);
} };
"""


@pytest.fixture
def directory(platform: Platform, tmp_path: Path) -> Path:
    """A project with a database, and a platform to run it on."""
    configuration = {
        "name": "w",
        "main": "index.js",
        "compatibility_date": "2026-06-01",
        "d1_databases": [BOUND, {"binding": "BARE"}],
    }
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    (tmp_path / "index.js").write_text(WORKER)
    return tmp_path


def execute(directory: Path, sql: str, database: str = "DB", *more: str) -> Outcome:
    return run(["d1", "execute", database, "--command", sql, *more], directory=directory)


def rows(directory: Path, sql: str, database: str = "DB", *more: str) -> Any:
    found = execute(directory, sql, database, *more)
    assert found.status == 0, found.stderr
    return found.json[-1]["results"]


def test_statements_share_a_database_with_workers(directory: Path) -> None:
    made = execute(
        directory, "CREATE TABLE t (a INTEGER PRIMARY KEY, b); INSERT INTO t (b) VALUES ('x;'), (x'00ff')"
    )
    assert made.json == [{"results": [], "success": True, "meta": {"duration": 0}}] * 2
    url = run("deploy --json", directory=directory).json["url"]
    assert json.loads(request(url).body) == [{"a": 1, "b": "x;"}, {"a": 2, "b": [0, 255]}]
    for name in ("DB", "shop", "x1"):
        assert rows(directory, "SELECT b FROM t", name) == [{"b": "x;"}, {"b": "[0, 255]"}]
    assert rows(directory, "SELECT name FROM sqlite_schema", "BARE") == []
    assert rows(directory, "SELECT name FROM sqlite_schema", "DB", "--persist-to", "elsewhere") == []
    execute(directory, "CREATE TABLE bare (a)", "BARE")
    assert rows(directory, "SELECT name FROM sqlite_schema", "w-bare") == [{"name": "bare"}]
    assert execute(directory, "SELECT 1", "none").status == 1


@pytest.mark.parametrize("count", [1, 2, 3, 7, 20])
def test_the_statement_that_failed_is_found(directory: Path, count: int) -> None:
    for wrong in {0, count // 2, count - 1}:
        lines = ["INSERT INTO t VALUES (1);"] * count
        lines[wrong] = "INSERT INTO missing VALUES (1);"
        (directory / "a.sql").write_text("\n".join(["CREATE TABLE t (a);", *lines]))
        failed = run("d1 execute DB --file a.sql --json", directory=directory)
        assert failed.json == {"error": {"text": "no such table: missing: SQLITE_ERROR"}}
        assert f"`a.sql:{wrong + 2}:1`: statement {wrong + 2}: no such table" in failed.error["message"]
        assert rows(directory, "SELECT name FROM sqlite_schema") == []


def test_a_failure_at_the_end_is_no_statements(directory: Path) -> None:
    execute(directory, "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id))")
    failed = execute(directory, "PRAGMA defer_foreign_keys = ON; INSERT INTO c VALUES (7); SELECT 1")
    assert failed.status == 1
    assert "statement" not in failed.stderr.split("FOREIGN KEY")[0]
    assert rows(directory, "SELECT * FROM c") == []


def test_a_dump_makes_the_same_database(directory: Path) -> None:
    execute(
        directory,
        'CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c BLOB, d REAL); CREATE TABLE "o\'dd" (x);'
        "INSERT INTO t VALUES (1, 'it''s\n', x'00ff', 1.5), (2, NULL, NULL, NULL); CREATE INDEX i ON t (b)",
    )
    assert run("d1 export DB --output dump.sql", directory=directory).status == 0
    dump = (directory / "dump.sql").read_text()
    assert "VALUES(1,replace('it''s\\n','\\n',char(10)),X'00ff',1.5);" in dump
    assert run("d1 execute BARE --file dump.sql", directory=directory).status == 0
    assert rows(directory, "SELECT * FROM t", "BARE") == rows(directory, "SELECT * FROM t")
    assert run("d1 export DB --output t.sql --table t --no-schema", directory=directory).status == 0
    assert {line[:13] for line in (directory / "t.sql").read_text().splitlines()[1:]} == {'INSERT INTO "'}
    missing = run("d1 export DB --output t.sql --table tt", directory=directory)
    assert (missing.status, "Did you mean `t`?" in missing.stderr) == (1, True)


def test_migrations_are_applied_as_a_whole(directory: Path) -> None:
    migrations = directory / "migrations"
    assert run("d1 migrations apply DB", directory=directory).status == 1
    migrations.mkdir()
    assert "No file matches" in run("d1 migrations list DB", directory=directory).stderr
    (migrations / "0001_a.sql").write_text("CREATE TABLE t (a);")
    (migrations / "0002_b.sql").write_text("INSERT INTO t VALUES (1);\n\nINSERT INTO missing VALUES (1)")
    failed = run("d1 migrations apply DB", directory=directory)
    assert failed.status == 1
    assert "`migrations/0002_b.sql:3:1`: statement 2: no such table: missing" in failed.stderr
    assert (rows(directory, "SELECT * FROM t"), rows(directory, "SELECT id, name FROM d1_migrations")) == (
        [],
        [{"id": 1, "name": "0001_a.sql"}],
    )
    assert run("d1 migrations list DB", directory=directory).stdout.split() == ["name", "0002_b.sql"]
    (migrations / "0002_b.sql").write_text("INSERT INTO t VALUES (1) -- one")
    assert run("d1 migrations apply DB --yes", directory=directory).status == 0
    again = run("d1 migrations apply DB", directory=directory)
    assert (again.status, again.stdout) == (0, "")
    assert rows(directory, "SELECT * FROM t") == [{"a": 1}]


def test_databases_are_made_shown_and_removed(directory: Path) -> None:
    made = run("d1 create other --json", directory=directory).json
    assert run("d1 create other", directory=directory).status == 1
    execute(directory, "CREATE TABLE t (a)", "other")
    facts = run("d1 info other --json", directory=directory).json
    assert (facts["uuid"], facts["num_tables"]) == (made["uuid"], 1)
    assert "other" in run("d1 list", directory=directory).stdout
    assert run("d1 delete other -y", directory=directory).status == 0
    assert run("d1 info other", directory=directory).status == 1
    for words in ("info DB", "restore DB --bookmark x --json"):
        refused = run(f"d1 time-travel {words}", directory=directory)
        assert "does not keep the history" in refused.stderr


@pytest.mark.parametrize("delay_seconds", [0.0, 0.02, 0.1, 0.3])
def test_a_migration_is_there_as_a_whole_or_not_at_all_after_a_kill(
    directory: Path, platform: Platform, delay_seconds: float
) -> None:
    count = 5000
    (directory / "migrations").mkdir()
    inserts = "INSERT INTO t VALUES (1, 'a text of some length');\n" * count
    (directory / "migrations/0001_a.sql").write_text(f"CREATE TABLE t (a, b);\n{inserts}")
    assert rows(directory, "SELECT 1 AS one") == [{"one": 1}]
    applying = Cli(directory).start("d1", "migrations", "apply", "DB", "--local", "--yes")
    eventually(lambda: "0001_a.sql" in applying.said() + applying.shown(), what="the beginning")
    time.sleep(delay_seconds)
    os.kill(int((platform.home / "d1/workerd.pid").read_text()), signal.SIGKILL)
    platform.kill()
    status = applying.wait().status
    platform.start()
    tables = rows(directory, "SELECT name FROM sqlite_schema WHERE name = 't'")
    noted = rows(directory, "SELECT name FROM d1_migrations") if tables else []
    assert (tables, noted) in (([], []), ([{"name": "t"}], [{"name": "0001_a.sql"}]))
    if tables:
        assert rows(directory, "SELECT count(*) AS n FROM t") == [{"n": count}]
    assert status != 0 or tables, "what was answered is there"
    assert run("d1 migrations apply DB", directory=directory).status == 0
    assert rows(directory, "SELECT count(*) AS n FROM t") == [{"n": count}]
