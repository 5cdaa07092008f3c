"""D1 databases: create, read, query, delete. Paths and shapes are those of Wrangler 4.164."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import optional_text, read_json, read_object, text_field
from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.d1.queries import QueryRefusedError
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.paging import numbered_page
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import D1Database

NO_SUCH_DATABASE = 7404
NAME_TAKEN = 7502
INVALID = 7400
QUERY_FAILED = 7500
NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,63}")
DATABASE = "/d1/database/{database}"


async def list_databases(request: web.Request) -> web.Response:
    """`GET /d1/database`, by name; `?name=` filters."""
    wanted = request.query.get("name")
    found = [each for each in context_of(request).store.d1.all() if not wanted or each.name == wanted]
    page, info = numbered_page(request, found, default=20, maximum=10_000)
    return success([_database_json(database) for database in page], result_info=info)


async def create_database(request: web.Request) -> web.Response:
    """`POST /d1/database`."""
    context, name = context_of(request), text_field(await read_object(request), "name")
    database = D1Database(str(uuid.uuid4()), name, context.clock())

    def add() -> None:
        if context.store.d1.named(name) is not None:
            raise RestError(f"A database with the name `{name}` already exists.", code=NAME_TAKEN)
        _checked_name(name)
        context.store.d1.add(database)

    await context.store.change(add)
    return success(_database_json(database))


async def ensure_database(request: web.Request) -> web.Response:
    """`PUT /local/d1/databases/{database}`: the database with an id that the client chose. It is created if
    it does not exist.

    Cloudflare does not have this. It lets the ids in a configuration work here, too. The database gets the
    `name` in the body if that is free, else its id as its name.
    """
    store, database_id = context_of(request).store, path_part(request, "database")
    databases, now = store.d1, context_of(request).clock()
    wanted = optional_text(await read_object(request), "name") if request.can_read_body else None

    def add() -> D1Database:
        name = wanted if wanted and databases.named(wanted) is None else database_id
        databases.add(made := D1Database(database_id, name, now))
        return made

    database = databases.get(database_id)
    if database is None:
        database = await store.change(lambda: databases.get(database_id) or add())
    return success(_database_json(database))


async def show_database(request: web.Request) -> web.Response:
    """`GET /d1/database/{database}`: by id, or by name."""
    database = find_database(request)
    size, tables = await _facts(request, database)
    return success({**_database_json(database), "file_size": size, "num_tables": tables})


async def delete_database(request: web.Request) -> web.Response:
    """`DELETE /d1/database/{database}`: with its tables."""
    context, database = context_of(request), find_database(request)
    await context.d1_databases.query(database.id, [{"sql": "SELECT 1"}])
    await _drop_everything(request, database)
    await context.store.change(lambda: context.store.d1.delete(database.id))
    return success(None)


async def query(request: web.Request) -> web.Response:
    """`POST /d1/database/{database}/query`: rows as objects."""
    return await _answer(request, as_columns=False)


async def raw(request: web.Request) -> web.Response:
    """`POST /d1/database/{database}/raw`: rows as lists."""
    return await _answer(request, as_columns=True)


async def _answer(request: web.Request, *, as_columns: bool) -> web.Response:
    database, body = find_database(request), await read_json(request)
    return success(await _run(request, database, _queries(body), as_columns=as_columns))


async def _run(
    request: web.Request,
    database: D1Database,
    queries: Sequence[Mapping[str, Any]],
    *,
    as_columns: bool = False,
) -> list[dict[str, Any]]:
    try:
        return await context_of(request).d1_databases.query(database.id, queries, as_columns=as_columns)
    except QueryRefusedError as error:
        raise RestError(error.message, code=QUERY_FAILED) from error


def _queries(body: Any) -> list[Mapping[str, Any]]:
    """The statements of a request: one, a `batch`, or a text of several."""
    entries = body.get("batch", [body]) if isinstance(body, dict) else body
    if not isinstance(entries, list) or not all(
        isinstance(entry, dict) and isinstance(entry.get("sql"), str) for entry in entries
    ):
        raise RestError("A query must be an object with `sql`.", code=INVALID)
    return [{"sql": entry["sql"], "params": entry.get("params") or []} for entry in entries]


async def _facts(request: web.Request, database: D1Database) -> tuple[int, int]:
    """The size in bytes, and the number of tables."""
    counting = "SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_cf_*'"
    (result,) = await _run(request, database, [{"sql": counting}])
    return int(result["meta"]["size_after"]), int(result["results"][0]["tables"])


async def _drop_everything(request: web.Request, database: D1Database) -> None:
    """Remove every table and view: a later database of the same id begins empty."""
    listing = (
        "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view')"
        " AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'"
    )
    (result,) = await _run(request, database, [{"sql": listing}])
    entries = [(str(row["type"]), str(row["name"]).replace('"', '""')) for row in result["results"]]
    drops = [{"sql": f'DROP {kind} IF EXISTS "{name}"'} for kind, name in entries]
    if drops:
        # Tables that refer to each other have no order in which each could be dropped alone.
        await _run(request, database, [{"sql": "PRAGMA defer_foreign_keys = ON"}, *drops])


def find_database(request: web.Request) -> D1Database:
    """The database in the path."""
    databases, wanted = context_of(request).store.d1, path_part(request, "database")
    database = databases.get(wanted) or databases.named(wanted)
    if database is None:
        raise RestError(f"The database `{wanted}` could not be found.", status=404, code=NO_SUCH_DATABASE)
    return database


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        message = (
            f'"{name}" is not a valid database name. Use up to 64 letters, digits, hyphens and underscores.'
        )
        raise RestError(message, code=INVALID)
    return name


def _database_json(database: D1Database) -> dict[str, Any]:
    return {
        "uuid": database.id,
        "name": database.name,
        "created_at": timestamp(database.created_on),
        "version": "production",
        "jurisdiction": None,
    }


ROUTES = [
    Route("GET", "/d1/database", list_databases),
    Route("POST", "/d1/database", create_database),
    Route("PUT", "/local/d1/databases/{database}", ensure_database),
    Route("GET", DATABASE, show_database),
    Route("DELETE", DATABASE, delete_database),
    Route("POST", DATABASE + "/query", query),
    Route("POST", DATABASE + "/raw", raw),
]
