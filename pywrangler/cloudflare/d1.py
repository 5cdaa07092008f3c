"""D1: databases, queries, files of SQL, which go through a separate store, and earlier states."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import IO, Any

from pywrangler.cloudflare.client import Client, segment
from pywrangler.cloudflare.transport import Limits, Transport
from pywrangler.cloudflare.wire.connection import ExchangeError
from pywrangler.errors import ApiError

DATABASES = "d1/database"
NAME_TAKEN = 7502
QUERY_READ_SECONDS = 600
"""D1 sends nothing while a query runs, and a file of SQL can take minutes."""
EXPORT = "PRAGMA miniflare_d1_export(?,?,?);"
"""What D1 in `workerd` (2026-11), and in miniflare, answers with the database as SQL."""
USAGE_QUERY = """query ($account: String!, $filter: ZoneWorkersRequestsFilter_InputObject) {
  viewer { accounts(filter: { accountTag: $account }) {
    d1AnalyticsAdaptiveGroups(limit: 10000, filter: $filter) {
      sum { readQueries writeQueries rowsRead rowsWritten } dimensions { datetimeHour }
    } } } }"""
USAGE_FIELDS = {
    "read_queries_24h": "readQueries",
    "write_queries_24h": "writeQueries",
    "rows_read_24h": "rowsRead",
    "rows_written_24h": "rowsWritten",
}
"""Wrangler's (4.164) names of what `USAGE_QUERY` asks for."""
CHUNK_BYTES = 1024 * 1024
PAUSE_SECONDS = 1.0
"""Between two questions whether D1 is done, where its response came at once."""
Say = Callable[[str], None]


def list_databases(client: Client) -> list[dict[str, Any]]:
    """All databases, as the API gives them."""
    return client.list(DATABASES, params={"per_page": 1000, "page": 1})


def create_database(
    client: Client, name: str, *, location: str | None = None, jurisdiction: str | None = None
) -> dict[str, Any]:
    """The database just made."""
    given = {"name": name, "primary_location_hint": location, "jurisdiction": jurisdiction}
    body = {field: value for field, value in given.items() if value}
    made: dict[str, Any] = client.call("POST", DATABASES, json=body).fields
    return made


def get_database(client: Client, database_id: str) -> dict[str, Any]:
    """The database, by id or name; raises `ApiError` with status 404 if it does not exist."""
    found: dict[str, Any] = client.call("GET", f"{DATABASES}/{segment(database_id)}").fields
    return found


def find_database(client: Client, name: str) -> dict[str, Any] | None:
    """The database, by id or name, or None."""
    try:
        return get_database(client, name)
    except ApiError as error:
        if error.status != 404:
            raise
        return None


def delete_database(client: Client, database_id: str) -> None:
    """Remove a database with its tables."""
    client.request("DELETE", f"{DATABASES}/{segment(database_id)}")


def query(client: Client, database_id: str, body: Mapping[str, Any], action: str = "query") -> Any:
    """What D1 answers to statements: `{"sql": ...}`, or `{"batch": [{"sql": ...}]}`; raises `ApiError`."""
    path = f"{DATABASES}/{segment(database_id)}/{action}"
    return client.request("POST", path, json=body, read_seconds=QUERY_READ_SECONDS)


def dump(
    client: Client, database_id: str, *, no_schema: bool, no_data: bool, tables: Sequence[str]
) -> list[str]:
    """A database of the local platform as SQL, a statement in each entry."""
    body = {"sql": EXPORT, "params": [no_schema, no_data, *tables]}
    (response,) = query(client, database_id, body)
    (lines,) = response["results"]
    return list(lines)


def usage(client: Client, database_id: str, since: str, until: str) -> dict[str, int]:
    """What was asked of a database at Cloudflare between two times (ISO 8601), under Wrangler's names."""
    wanted = {"datetimeHour_geq": since, "datetimeHour_leq": until, "databaseId": database_id}
    variables = {"account": client.account_id, "filter": {"AND": [wanted]}}
    response = client.call(
        "POST", "/graphql", json={"query": USAGE_QUERY, "variables": variables}, is_repeatable=True
    ).fields
    found: Any = response.get("data")
    try:
        groups = found["viewer"]["accounts"][0]["d1AnalyticsAdaptiveGroups"] or []
    except (LookupError, TypeError):  # nothing was measured yet
        groups = []
    sums = [group.get("sum") or {} for group in groups]
    return {name: sum(each.get(field) or 0 for each in sums) for name, field in USAGE_FIELDS.items()}


def bookmark(client: Client, database_id: str, timestamp: str | None) -> dict[str, Any]:
    """The bookmark of a database now, or at a time (ISO 8601)."""
    path = f"{DATABASES}/{segment(database_id)}/time_travel/bookmark"
    found: dict[str, Any] = client.call("GET", path, params={"timestamp": timestamp}).fields
    return found


def restore(client: Client, database_id: str, to: str) -> dict[str, Any]:
    """Restore a database to a bookmark."""
    path = f"{DATABASES}/{segment(database_id)}/time_travel/restore"
    done: dict[str, Any] = client.call(
        "POST", path, params={"bookmark": to}, read_seconds=QUERY_READ_SECONDS
    ).fields
    return done


def import_file(
    client: Client,
    database_id: str,
    content: IO[bytes],
    size: int,
    *,
    environment: Mapping[str, str],
    say: Say,
) -> dict[str, Any]:
    """Have D1 run a file of SQL: its last response, with `result`. All of it is applied, or nothing."""
    etag = _md5(content)
    response = query(client, database_id, {"action": "init", "etag": etag}, "import")
    if upload := response.get("upload_url"):
        say("Uploading")
        _upload(str(upload), content, size, etag, environment)
        body = {"action": "ingest", "filename": response.get("filename"), "etag": etag}
        response = query(client, database_id, body, "import")
    return _until_complete(
        response,
        lambda at: query(client, database_id, {"action": "poll", "current_bookmark": at}, "import"),
        say,
    )


def export_database(
    client: Client, database_id: str, options: Mapping[str, Any], *, environment: Mapping[str, str], say: Say
) -> Iterator[bytes]:
    """The database as a file of SQL, piece by piece."""

    def ask(at: Any) -> Any:
        body = {"output_format": "polling", "dump_options": options, "current_bookmark": at}
        return query(client, database_id, body, "export")

    response = _until_complete(ask(None), ask, say)
    return _download(str(response["result"]["signed_url"]), environment)


def _until_complete(response: Any, ask: Callable[[Any], Any], say: Say) -> dict[str, Any]:
    while True:
        for line in response.get("messages") or ():
            say(str(line))
        status = response.get("status")
        if status == "complete":
            found: dict[str, Any] = response
            return found
        if not response.get("success", True) or status == "error":
            reasons = response.get("errors") or [response.get("error") or "no reason given"]
            text = "; ".join(str(reason) for reason in reasons)
            raise ApiError(f"D1 failed: {text.rstrip('.')}.", reasons=(text,))
        asked = time.monotonic()
        response = ask(response.get("at_bookmark"))
        if time.monotonic() - asked < PAUSE_SECONDS:
            time.sleep(PAUSE_SECONDS)


def _md5(content: IO[bytes]) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    content.seek(0)
    while piece := content.read(CHUNK_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _upload(url: str, content: IO[bytes], size: int, etag: str, environment: Mapping[str, str]) -> None:
    limits = Limits()
    transport = Transport(url, environment, limits)
    content.seek(0)
    try:
        reply = transport.exchange(
            "PUT",
            url,
            headers={"Content-Length": str(size)},
            body=content,
            seconds=limits.read_seconds,
            deadline=float("inf"),
        )
    except ExchangeError as failure:
        raise _broken("sent to", failure) from failure
    finally:
        transport.close()
    if reply.status != 200 or reply.headers.get("etag", "").strip('"') != etag:
        raise ApiError(
            f"The file did not arrive at D1 unchanged (HTTP {reply.status}).",
            status=reply.status,
            hint="Repeat the command.",
        )


def _download(url: str, environment: Mapping[str, str]) -> Iterator[bytes]:
    limits = Limits()
    transport = Transport(url, environment, limits)
    try:
        reply, pieces = transport.pieces(url, headers={}, seconds=limits.read_seconds)
        if reply.status >= 300:
            raise ApiError(
                f"The file that D1 created cannot be read (HTTP {reply.status}).",
                status=reply.status,
                hint="Repeat the command.",
            )
        yield from pieces
    except ExchangeError as failure:
        raise _broken("read from", failure) from failure
    finally:
        transport.close()


def _broken(how: str, failure: ExchangeError) -> ApiError:
    return ApiError(f"The file cannot be {how} D1's store: {failure.reason}.", hint=failure.hint)
