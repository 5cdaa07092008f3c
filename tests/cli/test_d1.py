"""D1 from the command line: what the commands send to Cloudflare, show, and refuse."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pywrangler.commands.d1.database import describe
from pywrangler.commands.d1.execute import import_result
from pywrangler.commands.d1.migrations import joined
from pywrangler.commands.d1.running import Script, failure, plain_results
from pywrangler.commands.d1.statements import Statement, split_statements
from pywrangler.commands.d1.time_travel import past_time
from pywrangler.errors import ExitStatus, UsageError
from tests.support.api import ACCOUNT, Call, Handler, Says, in_turn, refusal, result, serve
from tests.support.cli import Outcome, run

ID = "11111111-2222-4333-8444-555555555555"
DATABASE = {"uuid": ID, "name": "shop", "created_at": "2026-01-01", "version": "production", "num_tables": 2}
BOUND = {"binding": "DB", "database_name": "shop", "database_id": ID}
NO_DATABASE = refusal(404, 7404, "The database could not be found")
ROWS = [{"results": [{"n": 1}], "success": True, "meta": {"duration": 0.2}}]
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def do(words: str | list[str], handler: Handler | None = None, **options: Any) -> tuple[Outcome, list[Call]]:
    """Run a command of D1 at Cloudflare, played by `handler`."""
    with serve(handler or in_turn(result({}))) as api:
        outcome = run(words, environment=api.environment, **options)
    return outcome, api.calls


def project(directory: Path, entry: dict[str, Any] | None = None, **fields: Any) -> Path:
    (directory / "wrangler.json").write_text(
        json.dumps({"name": "w", "d1_databases": [BOUND if entry is None else entry], **fields})
    )
    return directory


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("shop", {"name": "shop"}),
        ("shop --location weur", {"name": "shop", "primary_location_hint": "weur"}),
        ("shop --jurisdiction eu", {"name": "shop", "jurisdiction": "eu"}),
    ],
)
def test_a_database_is_made(words: str, body: dict[str, str]) -> None:
    outcome, (call,) = do(f"d1 create {words}", in_turn(result(DATABASE)))
    assert outcome.status == 0, outcome.stderr
    assert (call.method, call.path, call.json) == ("POST", "/d1/database", body)
    assert json.loads(outcome.stdout) == {"binding": "shop", "database_name": "shop", "database_id": ID}


def test_a_new_database_is_added_to_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "wrangler.jsonc").write_text('{ "name": "w" }\n')
    outcome, _ = do(
        "d1 create shop --binding DB --update-config", in_turn(result(DATABASE)), directory=tmp_path
    )
    assert outcome.status == 0, outcome.stderr
    assert json.loads((tmp_path / "wrangler.jsonc").read_text())["d1_databases"] == [BOUND]


def test_a_name_that_is_taken_is_refused() -> None:
    outcome, _ = do("d1 create shop", in_turn(refusal(400, 7502, "taken")))
    assert (outcome.status, "There is already a database `shop`." in outcome.stderr) == (1, True)


def test_databases_are_listed() -> None:
    outcome, _ = do("d1 list --json", in_turn(result([DATABASE])))
    assert outcome.json == [DATABASE]
    assert ID in do("d1 list", in_turn(result([DATABASE])))[0].stdout


def test_a_database_is_described_as_wrangler_describes_it() -> None:
    sums = [{"sum": {"readQueries": 2, "rowsRead": 5}}, {"sum": {"readQueries": 1, "writeQueries": None}}]
    data = {"data": {"viewer": {"accounts": [{"d1AnalyticsAdaptiveGroups": sums}]}}}
    found = {**DATABASE, "file_size": 8192}
    answers = in_turn(result(found), result(found), Says(body=json.dumps(data).encode()))
    outcome, calls = do("d1 info shop --json", answers)
    assert outcome.json == {
        "uuid": ID,
        "name": "shop",
        "created_at": "2026-01-01",
        "num_tables": 2,
        "database_size": 8192,
        "read_queries_24h": 3,
        "write_queries_24h": 0,
        "rows_read_24h": 5,
        "rows_written_24h": 0,
    }
    assert calls[-1].json["variables"]["filter"]["AND"][0]["databaseId"] == ID
    assert describe(DATABASE, {}) == {n: v for n, v in DATABASE.items() if n != "version"}


def test_deleting_is_asked_about_on_a_terminal(tmp_path: Path) -> None:
    directory = project(tmp_path)
    for typed, sent in (("n\n", 0), ("y\n", 1)):
        _, calls = do("d1 delete DB", directory=directory, stdin=typed, on_terminal=True)
        assert [(call.method, call.path) for call in calls] == [("DELETE", f"/d1/database/{ID}")] * sent
    assert len(do("d1 delete shop -y", directory=directory)[1]) == 1


@pytest.mark.parametrize(
    ("entry", "word", "asked"),
    [
        (BOUND, "DB", None),
        (BOUND, "shop", None),
        (BOUND, ID, None),
        ({"binding": "DB", "database_name": "shop"}, "DB", "/d1/database/shop"),
        ({"binding": "MY_DB"}, "MY_DB", "/d1/database/w-my-db"),
        (BOUND, "other", "/d1/database/other"),
    ],
)
def test_a_database_is_named_by_binding_name_or_id(
    tmp_path: Path, entry: dict[str, Any], word: str, asked: str | None
) -> None:
    answers = in_turn(*([result(DATABASE)] if asked else []), result(ROWS))
    outcome, calls = do(
        f"d1 execute {word} --remote --command 'SELECT 1'", answers, directory=project(tmp_path, entry)
    )
    assert (outcome.status, outcome.json) == (0, ROWS)
    assert [call.path for call in calls] == [*([asked] if asked else []), f"/d1/database/{ID}/query"]
    assert calls[-1].json == {"sql": "SELECT 1"}


def test_an_unknown_database_is_named_with_the_nearest(tmp_path: Path) -> None:
    answers = in_turn(NO_DATABASE, result([DATABASE]))
    outcome, _ = do("d1 execute shpo --remote --json --command x", answers, directory=project(tmp_path))
    assert outcome.status == 1
    assert outcome.json == {"error": {"text": "There is no D1 database `shpo`."}}
    assert outcome.error["hint"] == "Did you mean `shop`?"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("d1 execute DB", "There is nothing to execute."),
        ("d1 execute DB --command ''", "There is nothing to execute."),
        ("d1 execute DB --command x --file y", "exclude each other"),
        ("d1 execute DB --file none.sql", "`none.sql` cannot be read: No such file"),
        ("d1 execute DB --file lite.db", "`lite.db` is a database of SQLite, not SQL."),
        ("d1 execute DB --command x --preview", "`DB` has no preview database."),
        ("d1 execute '' --command x", "`DATABASE` is empty."),
        ("d1 export DB", "--output"),
        ("d1 export DB --output . ", "`.` is a directory."),
        ("d1 export DB --output x --no-schema --no-data", "leave nothing"),
        ("d1 export DB --output x --compatibility sqlite3_cli_only --no-data", "writes the whole database"),
        ("d1 time-travel restore DB", "No time is named."),
        ("d1 time-travel restore DB --bookmark a --timestamp 1", "exclude each other"),
        ("d1 time-travel info DB --timestamp soon", "`soon` is not a time."),
        ("d1 time-travel restore DB --bookmark a", "must be confirmed on a terminal"),
        ("d1 create ' '", "The name of the database is empty."),
        ("d1 create x --binding 1x", "`1x` cannot be the name of a binding."),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_sent(words: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "lite.db").write_bytes(b"SQLite format 3\0" + bytes(100))
    outcome, calls = do(f"{words} --remote", directory=project(tmp_path))
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])
    assert says in outcome.stderr


def test_a_preview_database_is_chosen(tmp_path: Path) -> None:
    directory = project(tmp_path, {**BOUND, "preview_database_id": "preview"})
    _, (call,) = do(
        "d1 execute DB --remote --preview --command x", in_turn(result(ROWS)), directory=directory
    )
    assert call.path == "/d1/database/preview/query"


def test_rows_are_tables_on_a_terminal(tmp_path: Path) -> None:
    outcome, _ = do(
        "d1 execute DB --remote --command x",
        in_turn(result([{"results": [{"n": 1, "b": None}], "success": True}])),
        directory=project(tmp_path),
        on_terminal=True,
    )
    assert [line.split() for line in outcome.stdout.splitlines()] == [["n", "b"], ["1", "null"]]


def test_sql_that_cloudflare_refuses_is_shown_in_its_words(tmp_path: Path) -> None:
    reason = 'near "SELEC": syntax error at offset 0: SQLITE_ERROR'
    outcome, _ = do(
        "d1 execute DB --remote --json --command SELEC",
        in_turn(refusal(400, 7500, reason)),
        directory=project(tmp_path),
    )
    path = f"/accounts/{ACCOUNT}/d1/database/{BOUND['database_id']}/query"
    told = {
        "text": f"A request to the Cloudflare API ({path}) failed.",
        "notes": [{"text": f"{reason} [code: 7500]"}],
        "kind": "error",
        "name": "APIError",
        "code": 7500,
        "accountTag": ACCOUNT,
    }
    assert (outcome.status, outcome.json) == (1, {"error": told})
    assert (outcome.error["code"], reason in outcome.error["message"]) == ("sql", True)


def test_a_file_goes_to_cloudflare_through_its_store(tmp_path: Path) -> None:
    sql = b"SELECT 1;\n" * 1000
    (project(tmp_path) / "a.sql").write_bytes(sql)
    etag = hashlib.md5(sql, usedforsecurity=False).hexdigest()
    done = {
        "num_queries": 1000,
        "final_bookmark": "b",
        "meta": {"rows_read": 1, "rows_written": 2, "size_after": 12345678},
    }
    address: list[str] = []

    def answer(call: Call) -> Says:
        if call.method == "PUT":
            return Says(headers={"ETag": f'"{etag}"'})
        match call.json["action"]:
            case "init":
                return result({"success": True, "upload_url": f"{address[0]}/store", "filename": "f"})
            case "ingest":
                return result({"success": True, "status": "active", "at_bookmark": "x", "messages": ["Busy"]})
        return result({"success": True, "status": "complete", "messages": [], "result": done})

    with serve(answer) as api:
        address.append(api.url)
        outcome = run(
            "d1 execute DB --remote -y --file a.sql", directory=tmp_path, environment=api.environment
        )
    assert outcome.status == 0, outcome.stderr
    assert outcome.json == [import_result(done)]
    assert outcome.json[0]["results"][0]["Database size (MB)"] == "12.35"
    stored = next(call for call in api.calls if call.method == "PUT")
    assert (stored.body, "authorization" in stored.headers) == (sql, False)
    assert [call.json for call in api.calls if call.method == "POST"] == [
        {"action": "init", "etag": etag},
        {"action": "ingest", "filename": "f", "etag": etag},
        {"action": "poll", "current_bookmark": "x"},
    ]


@pytest.mark.parametrize("headers", [{}, {"ETag": '"other"'}])
def test_a_file_that_arrives_otherwise_is_not_executed(tmp_path: Path, headers: dict[str, str]) -> None:
    (project(tmp_path) / "a.sql").write_bytes(b"SELECT 1")
    address: list[str] = []

    def answer(call: Call) -> Says:
        if call.method == "PUT":
            return Says(headers=headers)
        return result({"success": True, "upload_url": f"{address[0]}/store", "filename": "f"})

    with serve(answer) as api:
        address.append(api.url)
        outcome = run("d1 execute DB --remote --file a.sql", directory=tmp_path, environment=api.environment)
    assert (outcome.status, len(api.calls)) == (1, 2)
    assert "did not arrive at D1 unchanged" in outcome.stderr


@pytest.mark.parametrize(
    "failed",
    [{"success": False, "error": "no such table: x"}, {"status": "error", "errors": ["no such table: x"]}],
)
def test_a_file_that_fails_is_named(tmp_path: Path, failed: dict[str, Any]) -> None:
    (project(tmp_path) / "a.sql").write_bytes(b"SELECT 1")
    outcome, _ = do(
        "d1 execute DB --remote --json --file a.sql", in_turn(result(failed)), directory=project(tmp_path)
    )
    assert (outcome.status, outcome.json) == (1, {"error": {"text": "no such table: x"}})
    assert outcome.error["message"] == "`a.sql`: no such table: x"


def test_a_database_is_exported_from_cloudflare(tmp_path: Path) -> None:
    address: list[str] = []

    def answer(call: Call) -> Says:
        if call.method == "GET":
            return Says(body=b"CREATE TABLE t (a);")
        if call.json["current_bookmark"] is None:
            return result(
                {"success": True, "status": "active", "at_bookmark": "x", "messages": ["Uploaded part 1"]}
            )
        return result(
            {
                "success": True,
                "status": "complete",
                "messages": [],
                "result": {"signed_url": f"{address[0]}/f"},
            }
        )

    words = "d1 export DB --remote --output d/dump.sql --table t --table u --no-data"
    with serve(answer) as api:
        address.append(api.url)
        outcome = run(words, directory=project(tmp_path), environment=api.environment)
    assert outcome.status == 0, outcome.stderr
    assert (tmp_path / "d/dump.sql").read_text() == "CREATE TABLE t (a);"
    assert api.calls[0].json["dump_options"] == {"no_schema": False, "no_data": True, "tables": ["t", "u"]}
    assert "authorization" not in api.calls[-1].headers


def test_migrations_are_applied_at_cloudflare_one_after_the_other(tmp_path: Path) -> None:
    directory = project(tmp_path, {**BOUND, "migrations_table": 'my "t"'})
    (directory / "migrations").mkdir()
    for name, sql in (
        ("0001_a.sql", "SELECT 1"),
        ("0002_it's.sql", "SELECT 2;\r\n"),
        ("0010_c.sql", "SELECT 3"),
    ):
        (directory / "migrations" / name).write_bytes(sql.encode())
    empty = [{"results": [], "success": True, "meta": {}}]
    applied = [{"results": [{"name": "0001_a.sql"}], "success": True, "meta": {}}]
    failed = refusal(400, 7500, "no such table: x")
    answers = in_turn(result(empty), result(applied), result(empty), failed)
    outcome, calls = do("d1 migrations apply DB --remote", answers, directory=directory)
    assert outcome.status == 1
    assert outcome.stdout.split() == ["name", "0002_it's.sql", "0010_c.sql"]
    assert "The migration `0010_c.sql` failed. `migrations/0010_c.sql`: no such table: x" in outcome.stderr
    assert "It was rolled back; the 1 migration before it stay" in outcome.stderr
    sent = [call.json["sql"] for call in calls]
    assert sent[0].startswith('CREATE TABLE IF NOT EXISTS "my ""t"""(')
    assert sent[2] == 'SELECT 2\n;\nINSERT INTO "my ""t""" (name)\nvalues (\'0002_it\'\'s.sql\');'


@pytest.mark.parametrize(
    "text", ["SELECT 1", "SELECT 1;", "SELECT 1; -- done", "-- a\nSELECT 1 -- b", "", "-- x"]
)
def test_a_migration_may_lack_its_last_semicolon(text: str) -> None:
    statements = [statement.sql for statement in split_statements(joined(text, ("INSERT 2;",)))]
    assert statements[-1].removesuffix(";") == "INSERT 2"
    assert ("SELECT" in text) == any("SELECT 1" in statement for statement in statements[:-1])


def test_the_file_of_a_new_migration_says_when_it_was_made(tmp_path: Path) -> None:
    directory = project(tmp_path)
    for number, message in ((1, "add users"), (2, "more")):
        outcome = run(["d1", "migrations", "create", "DB", message], directory=directory)
        assert outcome.status == 0, outcome.stderr
        file = directory / "migrations" / f"000{number}_{message.replace(' ', '_')}.sql"
        assert outcome.stdout.strip() == str(file)
        assert file.read_text().startswith(f"-- Migration number: 000{number} \t 20")
    missing = run("d1 migrations create none x", directory=directory)
    assert (missing.status, "has no D1 database `none`" in missing.stderr) == (1, True)
    odd = project(tmp_path, {**BOUND, "migrations_dir": "m", "migrations_pattern": "m/*/migration.sql"})
    refused = run("d1 migrations create DB x", directory=odd)
    assert (refused.status, "would not be a migration" in refused.stderr) == (ExitStatus.USAGE, True)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1795953600", "2026-11-29T12:00:00.000Z"),
        ("1795953600000", "2026-11-29T12:00:00.000Z"),
        ("2026-11-29T08:30:00Z", "2026-11-29T08:30:00.000Z"),
        ("2026-11-29T08:30:00.5+02:00", "2026-11-29T06:30:00.500Z"),
    ],
)
def test_a_time_may_be_written_as_wrangler_takes_it(text: str, moment: str) -> None:
    assert past_time(text, NOW) == moment


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2026-11-29T08:30:00", "9" * 30, (NOW + timedelta(seconds=1)).isoformat(),
     (NOW - timedelta(days=31)).isoformat()],
)  # fmt: skip
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        past_time(text, NOW)


def test_a_database_goes_back_to_a_time(tmp_path: Path) -> None:
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    answers = in_turn(result({"bookmark": "b1"}), result({"bookmark": "b1", "previous_bookmark": "b2"}))
    outcome, calls = do(
        ["d1", "time-travel", "restore", "DB", "--json", "--timestamp", at],
        answers,
        directory=project(tmp_path),
    )
    assert outcome.json == {"bookmark": "b1", "previous_bookmark": "b2"}
    assert calls[0].path == f"/d1/database/{ID}/time_travel/bookmark"
    assert (calls[1].method, calls[1].query) == ("POST", {"bookmark": "b1"})
    info, _ = do("d1 time-travel info DB", in_turn(result({"bookmark": "b1"})), directory=project(tmp_path))
    assert info.stdout == "b1\n"


@pytest.mark.parametrize(
    ("statement", "reason", "place"),
    [
        (Statement("SELEC 1", 3, 5), 'near "SELEC": syntax error at offset 0: SQLITE_ERROR', "a.sql:3:5"),
        (Statement("SELECT x", 3, 5), "no such column: x at offset 7: SQLITE_ERROR", "a.sql:3:12"),
        (Statement("SELECT 'é',\n  x", 3, 5), "no such column: x at offset 15: SQLITE_ERROR", "a.sql:4:3"),
        (Statement("SELECT 'é', x", 1, 1), "no such column: x at offset 13: SQLITE_ERROR", "a.sql:1:13"),
        (Statement("SELECT x", 3, 5), "UNIQUE constraint failed: t.a", "a.sql:3:5"),
    ],
)
def test_a_statement_that_fails_is_named_by_file_line_and_column(
    statement: Statement, reason: str, place: str
) -> None:
    error = failure(reason, Script("", "a.sql"), statement, 1)
    assert error.message == f"`{place}`: statement 2: {reason}"
    assert error.detail == statement.sql


def test_blobs_are_shown_as_wrangler_shows_them() -> None:
    rows = [{"results": [{"a": [0, 255], "b": None}], "success": True, "meta": {"duration": 1, "changes": 0}}]
    assert plain_results(rows) == [
        {"results": [{"a": "[0, 255]", "b": None}], "success": True, "meta": {"duration": 1}}
    ]
