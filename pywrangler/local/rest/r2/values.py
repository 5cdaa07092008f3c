"""Objects of R2 buckets over the API: what `r2 object` reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from typing import Any

from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.context import context_of, path_part, whole_number
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.r2.buckets import BUCKET, STORAGE_CLASS_HEADER, check_storage_class, find_bucket
from pywrangler.local.rest.r2.objects import ObjectFacts
from pywrangler.local.rest.routes import Route

NO_SUCH_KEY = 10007
LENGTH_MISSING = 10013
OBJECT = BUCKET + "/objects/{key:.+}"
HTTP_METADATA = {
    "Content-Type": "contentType",
    "Content-Disposition": "contentDisposition",
    "Content-Encoding": "contentEncoding",
    "Content-Language": "contentLanguage",
    "Cache-Control": "cacheControl",
    "Expires": "cacheExpiry",
}
"""R2's names by the header of HTTP."""
CHUNK_BYTES = 256 * 1024
LATEST_MILLISECONDS = 253_402_300_799_999
"""The end of the year 9999, the last that a date in a header can have."""


async def list_objects(request: web.Request) -> web.Response:
    """`GET /r2/buckets/{bucket}/objects`: `?prefix=&delimiter=&per_page=&cursor=`."""
    bucket, query = find_bucket(request), request.query
    page = await context_of(request).r2_objects.page(
        bucket.name,
        prefix=query.get("prefix", ""),
        delimiter=query.get("delimiter", ""),
        cursor=query.get("cursor"),
        limit=whole_number(request, "per_page", 20, maximum=1000),
    )
    info = {
        "cursor": page.cursor or "",
        "is_truncated": page.cursor is not None,
        "delimited": list(page.prefixes),
    }
    return success([_object_json(each) for each in page.objects], result_info=info)


async def get_object(request: web.Request) -> web.StreamResponse:
    """`GET /r2/buckets/{bucket}/objects/{key}`: the value itself."""
    bucket = find_bucket(request)
    async with context_of(request).r2_objects.open(bucket.name, path_part(request, "key")) as found:
        if found is None:
            raise RestError("The specified key does not exist.", status=404, code=NO_SUCH_KEY)
        response = web.StreamResponse(headers=_headers(found.facts))
        response.content_length = found.facts.size
        await response.prepare(request)
        async for chunk in found.body:
            await response.write(chunk)
        await response.write_eof()
        return response


async def put_object(request: web.Request) -> web.Response:
    """`PUT /r2/buckets/{bucket}/objects/{key}`: a value of any size, with its metadata as headers."""
    bucket = find_bucket(request)
    if request.content_length is None:
        raise RestError(
            "R2 needs the length of the value: Content-Length is missing.", status=411, code=LENGTH_MISSING
        )
    headers = request.headers
    if (storage_class := headers.get(STORAGE_CLASS_HEADER)) is not None:
        check_storage_class(storage_class)
    metadata = read_metadata(headers)
    try:
        written = await context_of(request).r2_objects.put(
            bucket.name,
            path_part(request, "key"),
            request.content.iter_chunked(CHUNK_BYTES),
            request.content_length,
            metadata,
        )
    except PywranglerError as error:
        raise RestError(error.message) from error
    return success(_object_json(written))


async def delete_object(request: web.Request) -> web.Response:
    """`DELETE /r2/buckets/{bucket}/objects/{key}`, whether or not it exists."""
    bucket, key = find_bucket(request), path_part(request, "key")
    await context_of(request).r2_objects.delete(bucket.name, [key])
    return success({"key": key})


def read_metadata(headers: Mapping[str, str]) -> dict[str, str]:
    """The metadata of a value, from the headers of its request. R2 has the time of expiry in milliseconds
    since the epoch; a header has a date, or that number.
    """
    found = {name: headers[header] for header, name in HTTP_METADATA.items() if headers.get(header)}
    if expires := found.get("cacheExpiry"):
        found["cacheExpiry"] = str(_milliseconds(expires))
    return found


def _milliseconds(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 15 and int(text) <= LATEST_MILLISECONDS:
        return int(text)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except ValueError:
            continue
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    raise RestError(f"The header `Expires` is `{text}`, which is neither a date nor milliseconds since 1970.")


def _headers(facts: ObjectFacts) -> dict[str, str]:
    named = {
        header: facts.http_metadata[name]
        for header, name in HTTP_METADATA.items()
        if name in facts.http_metadata
    }
    if expires := named.get("Expires"):
        named["Expires"] = formatdate(int(expires) / 1000, usegmt=True)
    return {"Content-Type": "application/octet-stream", **named, "ETag": f'"{facts.etag}"'}


def _object_json(facts: ObjectFacts) -> dict[str, Any]:
    return {
        "key": facts.key,
        "size": str(facts.size),
        "etag": facts.etag,
        "version": facts.version,
        "last_modified": timestamp(facts.uploaded),
        "http_metadata": dict(facts.http_metadata),
        "custom_metadata": dict(facts.custom_metadata),
        "storage_class": "Standard",
    }


ROUTES = [
    Route("GET", BUCKET + "/objects", list_objects),
    Route("GET", OBJECT, get_object),
    Route("PUT", OBJECT, put_object),
    Route("DELETE", OBJECT, delete_object),
]
