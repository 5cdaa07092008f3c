"""D1 over the REST API, with SQLite in place of the runtime."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pywrangler.local.rest.runtimes import Runtimes
from tests.local.rest.api import Api
from tests.local.rest.products.memory import MemoryDatabases

PATH = "/d1/database"


@pytest.fixture
def databases() -> Iterator[MemoryDatabases]:
    made = MemoryDatabases()
    yield made
    made.close()


@pytest.fixture
def runtimes(databases: MemoryDatabases) -> Runtimes:
    return Runtimes(databases=databases)


async def made(api: Api, name: str = "shop") -> str:
    """A new database's path."""
    return f"{PATH}/{(await api.call('POST', PATH, {'name': name})).result['uuid']}"


async def ask(api: Api, path: str, sql: str, *params: Any) -> Any:
    """The rows of one statement."""
    (result,) = (await api.call("POST", f"{path}/query", {"sql": sql, "params": params})).result
    return result["results"]


async def test_databases_are_made_listed_found_by_name_and_deleted(api: Api) -> None:
    path = await made(api)
    await made(api, "logs")
    assert (await api.call("POST", PATH, {"name": "shop"})).refusal == (400, 7502)
    for name in ("a b", "-a", "a" * 65, "ä"):
        assert (await api.call("POST", PATH, {"name": name})).refusal == (400, 7400)
    for query, names in (("", ["logs", "shop"]), ("?name=shop", ["shop"]), ("?name=x", [])):
        assert [each["name"] for each in (await api.call("GET", PATH + query)).result] == names
    second = await api.call("GET", f"{PATH}?page=2&per_page=1")
    assert [each["name"] for each in second.result] == ["shop"]
    assert second.body["result_info"]["total_count"] == 2
    by_id, by_name = [(await api.call("GET", each)).result for each in (path, f"{PATH}/shop")]
    assert by_id == by_name
    assert by_id["num_tables"] == 0
    assert (await api.call("DELETE", f"{PATH}/shop")).result is None
    assert (await api.call("GET", path)).refusal == (404, 7404)


async def test_a_database_of_a_deploy_is_made_once_under_a_name_that_is_free(api: Api) -> None:
    first = (await api.call("PUT", "/local/d1/databases/one", {"name": "shop"})).result
    assert (first["uuid"], first["name"]) == ("one", "shop")
    assert (await api.call("PUT", "/local/d1/databases/one", {"name": "other"})).result == first
    for identifier, body in (("two", {"name": "shop"}), ("three", None)):
        found = (await api.call("PUT", f"/local/d1/databases/{identifier}", body)).result
        assert (found["uuid"], found["name"]) == (identifier, identifier)


async def test_statements_run_alone_in_a_batch_and_with_rows_as_lists(api: Api) -> None:
    path = await made(api)
    await ask(api, path, "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT)")
    batch = [{"sql": "INSERT INTO items (name) VALUES (?)", "params": [name]} for name in ("pen", "ink")]
    for body in (batch, {"batch": batch}):
        assert len((await api.call("POST", f"{path}/query", body)).result) == 2
    assert await ask(api, path, "SELECT name FROM items WHERE id = ?", 2) == [{"name": "ink"}]
    raw = (await api.call("POST", f"{path}/raw", {"sql": "SELECT id, name FROM items LIMIT 1"})).result
    assert raw[0]["results"] == {"columns": ["id", "name"], "rows": [[1, "pen"]]}
    shown = (await api.call("GET", path)).result
    assert shown["num_tables"] == 1
    assert shown["file_size"] > 0


async def test_a_batch_that_fails_changes_nothing_and_says_why(api: Api) -> None:
    path = await made(api)
    await ask(api, path, "CREATE TABLE items (name TEXT)")
    batch = [{"sql": "INSERT INTO items VALUES ('pen')"}, {"sql": "INSERT INTO nowhere VALUES (1)"}]
    refused = await api.call("POST", f"{path}/query", batch)
    assert refused.refusal == (400, 7500)
    assert refused.message == "no such table: nowhere"
    assert await ask(api, path, "SELECT * FROM items") == []


@pytest.mark.parametrize("body", [{}, {"sql": 1}, "SELECT 1", [{"sql": "SELECT 1"}, 2], {"batch": 1}])
async def test_what_is_no_query_is_refused(api: Api, body: Any) -> None:
    path = await made(api)
    assert (await api.call("POST", f"{path}/query", body)).refusal == (400, 7400)


async def test_a_deleted_database_leaves_nothing_to_a_later_one_of_its_id(
    api: Api, databases: MemoryDatabases
) -> None:
    await api.call("PUT", "/local/d1/databases/one")
    path = f"{PATH}/one"
    for sql in (
        "CREATE TABLE parents (id INTEGER PRIMARY KEY)",
        "CREATE TABLE children (id INTEGER PRIMARY KEY, parent REFERENCES parents)",
        'CREATE TABLE "od""d" (id INTEGER)',
        "CREATE VIEW seen AS SELECT * FROM parents",
        "INSERT INTO parents VALUES (1)",
        "INSERT INTO children VALUES (1, 1)",
    ):
        await ask(api, path, sql)
    assert (await api.call("DELETE", path)).result is None
    assert databases.open["one"].execute("SELECT * FROM sqlite_schema").fetchall() == []
