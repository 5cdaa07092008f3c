"""D1: Workers and the REST API see the same tables, also after every restart."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest

from tests.local.daemon.uploads import Account
from tests.support.http import Answer, request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

WORKER = """
export default { async fetch(request, { DB }) {
  const { sql, params, method } = await request.json();
  try {
    if (method === "batch") return Response.json(await DB.batch(sql.map((each) => DB.prepare(each))));
    return Response.json(await DB.prepare(sql).bind(...(params ?? []))[method ?? "all"]());
  } catch (error) { return new Response(error.message, { status: 500 }); }
} };
"""
DATABASE = "0f0f0f0f-0000-4000-8000-00000000000a"
BINDING = {"type": "d1", "name": "DB", "id": DATABASE}


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Addresses of the Workers that were deployed, by name."""
    return {}


@pytest.fixture
def worker(account: Account, made: dict[str, str]) -> str:
    """A Worker with a database; its address."""
    if "d1" not in made:
        account.platform.call(f"local/d1/databases/{DATABASE}", method="PUT", body={"name": "shop"})
        made["d1"] = account.deploy("d1", WORKER, bindings=[BINDING])
    return made["d1"]


def ask(worker: str, sql: str | list[str], *params: Any, method: str = "all") -> Answer:
    """Have the Worker run SQL."""
    body = json.dumps({"sql": sql, "params": params, "method": method}).encode()
    return request(worker, method="POST", body=body)


def query(account: Account, path: str, body: Any) -> Answer:
    """A query over the REST API, raw."""
    status = account.platform.status
    return request(
        f"{status.url}/accounts/{status.account_id}/d1/database/{path}",
        method="POST",
        body=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {status.token}", "Content-Type": "application/json"},
    )


def test_a_table_is_the_same_for_workers_and_the_api(account: Account, worker: str) -> None:
    assert ask(worker, "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT)").status == 200
    inserted = ask(worker, "INSERT INTO items (name) VALUES (?), (?)", "Ärger", None).json
    assert (inserted["meta"]["changes"], inserted["meta"]["last_row_id"]) == (2, 2)
    statement = {"sql": "SELECT * FROM items WHERE id >= ?", "params": [1]}
    (rows,) = query(account, f"{DATABASE}/query", statement).json["result"]
    assert rows["results"] == [{"id": 1, "name": "Ärger"}, {"id": 2, "name": None}]
    (raw,) = query(account, "shop/raw", statement).json["result"]
    assert raw["results"] == {"columns": ["id", "name"], "rows": [[1, "Ärger"], [2, None]]}
    several = query(account, f"{DATABASE}/query", {"batch": [{"sql": "DELETE FROM items"}, statement]})
    assert [each["results"] for each in several.json["result"]] == [[], []]
    assert ask(worker, "SELECT count(*) AS n FROM items", method="first").json == {"n": 0}
    found = account.platform.call(f"d1/database/{DATABASE}")
    assert (found["name"], found["num_tables"]) == ("shop", 1)


def test_a_batch_that_fails_changes_nothing(account: Account, worker: str) -> None:
    ask(worker, "CREATE TABLE IF NOT EXISTS once (id INTEGER UNIQUE)")
    failed = ask(worker, ["INSERT INTO once VALUES (1)", "INSERT INTO once VALUES (1)"], method="batch")
    assert (failed.status, "UNIQUE constraint failed" in failed.text) == (500, True)
    assert ask(worker, "SELECT count(*) AS n FROM once", method="first").json == {"n": 0}
    refused = query(account, f"{DATABASE}/query", {"sql": "SELEC 1"})
    assert (refused.status, "syntax error" in refused.text) == (400, True)
    for wrong in ([1], {"sql": 7}, "text", {"batch": "x"}):
        assert query(account, f"{DATABASE}/query", wrong).status == 400


def test_more_than_100_variables_and_texts_that_are_too_long_are_refused(
    account: Account, worker: str
) -> None:
    most, more = (f"SELECT 1 AS n WHERE 1 IN ({','.join('?' * count)})" for count in (100, 101))
    assert ask(worker, most, *[1] * 100).json["results"] == [{"n": 1}]
    refused = ask(worker, more, *[1] * 101)
    assert (refused.status, "too many SQL variables" in refused.text) == (500, True), refused.text
    raw = query(account, f"{DATABASE}/query", {"sql": more, "params": [1] * 101})
    assert (raw.status, "too many SQL variables" in raw.text) == (400, True), raw.text
    long = ask(worker, f"SELECT '{'x' * 100_000}'")
    assert (long.status, "too long" in long.text or "too big" in long.text) == (500, True), long.text


def test_several_statements_in_one_run_as_often_as_wanted(worker: str) -> None:
    for _ in range(3):
        assert ask(worker, "SELECT 1; SELECT 2 AS two").json["results"] == [{"two": 2}]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        (" ; ", "SQL code did not contain a statement."),
        ("-- nothing", "No SQL statements detected."),
        (5, "Failed to parse body as JSON, got: ZodError"),
    ],
)
def test_what_is_no_statement_is_refused_as_under_wrangler(worker: str, sql: Any, says: str) -> None:
    assert ask(worker, sql).text == f"D1_ERROR: {says}"


def test_a_binding_that_calls_by_rpc_reaches_the_same_tables(account: Account, worker: str) -> None:
    flags = {"compatibility_flags": ["d1_binding_jsrpc"]}
    by_rpc = account.deploy("d1-rpc", WORKER, bindings=[BINDING], **flags)
    ask(worker, "CREATE TABLE shared (a)")
    assert ask(by_rpc, "INSERT INTO shared VALUES (7)").status == 200
    assert ask(worker, "SELECT * FROM shared").json["results"] == [{"a": 7}]


def test_databases_are_made_listed_and_removed(account: Account, worker: str) -> None:
    call = account.platform.call
    other = call("d1/database", method="POST", body={"name": "other"})
    assert sorted(each["name"] for each in call("d1/database")) == ["other", "shop"]
    query(account, f"{other['uuid']}/query", {"sql": "CREATE TABLE parent (id INTEGER PRIMARY KEY)"})
    child = "CREATE TABLE child (parent REFERENCES parent (id))"
    query(
        account, f"{other['uuid']}/query", {"batch": [{"sql": child}, {"sql": "CREATE VIEW v AS SELECT 1"}]}
    )
    call(f"d1/database/{other['uuid']}", method="DELETE")
    assert [each["name"] for each in call("d1/database")] == ["shop"]
    call(f"local/d1/databases/{other['uuid']}", method="PUT", body={"name": "shop"})
    again = call(f"d1/database/{other['uuid']}")
    assert (again["name"], again["num_tables"]) == (other["uuid"], 0)
    wrong = account.upload("d1-none", WORKER, bindings=[{**BINDING, "id": "none"}])
    assert (wrong.status, "the D1 database `none`" in wrong.text) == (400, True)


def test_tables_outlive_the_runtime_and_the_platform(account: Account, worker: str) -> None:
    ask(worker, ["CREATE TABLE lasting (x)", "INSERT INTO lasting VALUES (42)"], method="batch")
    os.kill(int((account.platform.home / "d1" / "workerd.pid").read_text()), signal.SIGKILL)

    def value() -> Any:
        answer = ask(worker, "SELECT x FROM lasting", method="first")
        return answer.status == 200 and answer.json["x"]

    eventually(lambda: value() == 42, what="the row")
    account.platform.end()
    account.platform.start()
    eventually(lambda: value() == 42, what="the row after the platform was started again")
