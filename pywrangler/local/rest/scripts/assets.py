"""Static assets: uploading missing files, and the list of a version's files.

Shape (workers-sdk 4.164, `syncAssets`): a session gets the manifest `{path: {hash, size}}` and returns
buckets of missing hashes and a token. Each bucket is a multipart form of base64 texts, by hash. The response
to the last one has the token that the Worker's upload then names.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from aiohttp import BodyPartReader, MultipartReader, web

from pywrangler.asset_rules import HEADERS_FILE, REDIRECTS_FILE, complaints_about
from pywrangler.local.rest.bodies import object_field, read_object, reading_parts
from pywrangler.local.rest.context import ApiContext, context_of
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.scripts.asset_sessions import AssetSession
from pywrangler.local.rest.scripts.lookup import valid_name
from pywrangler.local.rest.scripts.upload import new_staging
from pywrangler.local.store.records import Version

UPLOAD_PATH = "/workers/assets/upload"
MAX_FILES = 100_000
MAX_FILE_BYTES = 25 * 1024 * 1024
CHUNK_BYTES = 256 * 1024
BUCKET_FILES = 500
BUCKET_BYTES = 40 * 1024 * 1024
NO_TYPE = "application/null"
HASH = re.compile(r"[0-9a-f]{32}")
NAMED = re.compile(r'\bname="?([0-9a-f]{32})\b')
SESSION_OVER = 10403
WRONG_RULES = 100324


async def begin_upload(request: web.Request) -> web.Response:
    """`POST /workers/scripts/{name}/assets-upload-session`."""
    context = context_of(request)
    valid_name(request)
    manifest = object_field(await read_object(request), "manifest")
    sizes = _check_manifest(manifest)
    hashes = {path: str(entry["hash"]) for path, entry in manifest.items()}
    token = context.asset_sessions.begin(hashes, sizes, context.clock())
    buckets = list(plan_buckets({each: sizes[each] for each in context.store.assets.missing(sizes)}))
    return success({"jwt": token, "buckets": buckets})


async def upload_files(request: web.Request) -> web.Response:
    """`POST /workers/assets/upload?base64=true`, with the token of a session instead of the API token."""
    context, token = context_of(request), bearer_token(request)
    session = context.asset_sessions.find(token, context.clock())
    if session is None:
        raise RestError("The upload of static assets is over.", status=403, code=SESSION_OVER)
    staging = new_staging(context.store.uploads_directory)
    try:
        await context.store.assets.add(staging, await _receive(request, session, staging))
    except ValueError as error:  # what aiohttp raises for a malformed multipart body
        raise RestError(f"The upload is not a well-formed multipart body: {error}.", code=10001) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    is_complete = not context.store.assets.missing(session.manifest.values())
    return success({"jwt": token if is_complete else None}, status=201 if is_complete else 202)


def bearer_token(request: web.Request) -> str:
    """The token of the request; empty if it has none."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    return given.strip() if kind.lower() == "bearer" else ""


def resolve_assets(
    context: ApiContext, metadata: Mapping[str, Any], before: Version | None
) -> dict[str, Any] | None:
    """The static assets of a new version, as `{"config", "manifest"}`: the files of the upload's token, or
    the files that it keeps from the version before. Raises `RestError`.
    """
    given = metadata.get("assets")
    if isinstance(given, dict) and "jwt" in given:
        session = context.asset_sessions.find(str(given["jwt"]), context.clock())
        if session is None or context.store.assets.missing(session.manifest.values()):
            raise RestError("The static assets that the upload names do not exist. Upload them first.")
        config = object_field(given, "config")
        _check_rules(config)
        return {"config": config, "manifest": dict(session.manifest)}
    if given is None and metadata.get("keep_assets") and before is not None:
        given = before.metadata.get("assets")
    return given


async def settle_assets(context: ApiContext, metadata: Mapping[str, Any]) -> None:
    """Remove the files that no version uses. Call it when a version has the files of its upload."""
    given = metadata.get("assets")
    if isinstance(given, dict) and "jwt" in given:
        context.asset_sessions.publish(str(given["jwt"]))
    await context.store.assets.sweep(context.asset_sessions.wanted(context.clock()))


def plan_buckets(missing: Mapping[str, int]) -> Iterator[Sequence[str]]:
    """The missing hashes in groups of a reasonable request size; `sizes` are by hash."""
    bucket: list[str] = []
    size = 0
    for hash_, bytes_ in missing.items():
        if bucket and (len(bucket) == BUCKET_FILES or size + bytes_ > BUCKET_BYTES):
            yield bucket
            bucket, size = [], 0
        bucket.append(hash_)
        size += bytes_
    if bucket:
        yield bucket


def _check_rules(config: Mapping[str, Any]) -> None:
    """Raises `RestError` for lines of `_headers` and `_redirects` that Cloudflare refuses."""
    texts = {name: str(config.get(name) or "") for name in (HEADERS_FILE, REDIRECTS_FILE)}
    for name, found in groupby(complaints_about(texts, config.get("html_handling")), itemgetter(0)):
        lines = [f"Line {each.line}: {each.text}" for _, each in found if each.is_error]
        if lines:
            raise RestError("\n".join([f"Invalid {name} configuration:", *lines]), code=WRONG_RULES)


def _check_manifest(manifest: Mapping[str, Any]) -> dict[str, int]:
    """The sizes by hash. Raises `RestError` for an invalid manifest."""
    if len(manifest) > MAX_FILES:
        raise RestError(f"There are {len(manifest)} static assets. At most {MAX_FILES} are possible.")
    sizes = {}
    for path, entry in manifest.items():
        hash_, size = (entry.get(name) for name in ("hash", "size")) if isinstance(entry, dict) else (0, 0)
        if not path.startswith("/") or not isinstance(hash_, str) or not HASH.fullmatch(hash_):
            raise RestError(f'The static asset "{path}" must be a path from / with a hash of 32 hex digits.')
        if not isinstance(size, int) or not 0 <= size <= MAX_FILE_BYTES:
            raise RestError(f'The static asset "{path}" is larger than {MAX_FILE_BYTES} bytes.', code=10027)
        sizes[hash_] = size
    return sizes


async def _receive(request: web.Request, session: AssetSession, staging: Path) -> dict[str, str | None]:
    """Content types of the received files, by hash. The files are in `staging` under their hashes."""
    if request.content_type != "multipart/form-data":
        raise RestError("Static assets are uploaded as multipart/form-data.", code=10001)
    types: dict[str, str | None] = {}
    is_base64 = request.query.get("base64") == "true"
    with reading_parts():
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            # Parts that have already arrived are read without a pause, so give other tasks (such as
            # containers) a turn.
            await asyncio.sleep(0)
            name = _name_of(part)
            if not isinstance(part, BodyPartReader) or name not in session.sizes:
                raise RestError("A part of the upload is not a file of this session.")
            if name in types:
                raise RestError(f"The upload has the file {name} twice.")
            size = session.sizes[name]
            content = await _read_part(part, name, -(-size // 3) * 4 if is_base64 else size)
            content = _decode(content, name) if is_base64 else content
            if len(content) != size:
                raise _wrong_size(name)
            (staging / name).write_bytes(content)
            content_type = part.headers.get("Content-Type")
            types[name] = None if content_type == NO_TYPE else content_type
    return types


async def _read_part(part: BodyPartReader, name: str, most_bytes: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(CHUNK_BYTES):
        content += chunk
        if len(content) > most_bytes:
            raise _wrong_size(name)
    return bytes(content)


def _wrong_size(name: str) -> RestError:
    return RestError(f"The file {name} does not have the size that the manifest gives.")


def _name_of(part: MultipartReader | BodyPartReader) -> str:
    """The hash that names a part. aiohttp's own `name` takes half a millisecond for each."""
    found = NAMED.search(part.headers.get("Content-Disposition", ""))
    return found[1] if found else ""


def _decode(content: bytes, name: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error as error:
        raise RestError(f"The file {name} is not base64: {error}.") from error


ROUTES = [
    Route("POST", "/workers/scripts/{name}/assets-upload-session", begin_upload),
    Route("POST", UPLOAD_PATH, upload_files),
]
