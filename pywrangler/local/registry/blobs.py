"""Layers and image configurations: taken in pieces, straight to disk."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiohttp import web

from pywrangler.local.registry import errors
from pywrangler.local.registry.context import CONTEXT, repository_of
from pywrangler.local.registry.names import is_digest

PIECE_BYTES = 1024 * 1024


async def show(request: web.Request) -> web.StreamResponse:
    """`HEAD` and `GET /v2/NAME/blobs/DIGEST`."""
    repository_of(request)
    digest, storage = request.match_info["digest"], request.app[CONTEXT].storage
    file = storage.blob(digest) if is_digest(digest) else None
    if file is None:
        raise errors.blob_unknown(digest)
    if request.method == "HEAD":
        storage.promise(digest)
    # FileResponse sends the file without reading it into memory, and the length alone to HEAD.
    headers = {"Docker-Content-Digest": digest, "Content-Type": "application/octet-stream"}
    return web.FileResponse(file, headers=headers, chunk_size=PIECE_BYTES)


async def begin(request: web.Request) -> web.Response:
    """`POST /v2/NAME/blobs/uploads/`, with `mount` for a blob that the client believes is here."""
    context, name = request.app[CONTEXT], repository_of(request)
    mount = request.query.get("mount", "")
    if is_digest(mount) and context.storage.blob(mount) is not None:
        context.storage.promise(mount)
        return _created(name, mount)
    upload = context.storage.begin_upload()
    if digest := request.query.get("digest"):
        return await _finish(request, upload, digest)
    return _underway(name, upload, 0)


async def append(request: web.Request) -> web.Response:
    """`PATCH /v2/NAME/blobs/uploads/ID`: the next piece."""
    name, file = repository_of(request), _upload(request)
    await _receive(request, file)
    try:
        return _underway(name, file.name, file.stat().st_size)
    except FileNotFoundError:  # an earlier piece was incomplete, which becomes known only now
        raise errors.upload_unknown() from None


async def finish(request: web.Request) -> web.Response:
    """`PUT /v2/NAME/blobs/uploads/ID?digest=DIGEST`, perhaps with the last piece."""
    return await _finish(request, _upload(request).name, request.query.get("digest", ""))


async def show_upload(request: web.Request) -> web.Response:
    """`GET /v2/NAME/blobs/uploads/ID`: how much has arrived."""
    name, file = repository_of(request), _upload(request)
    response = _underway(name, file.name, file.stat().st_size)
    response.set_status(204)
    return response


async def cancel(request: web.Request) -> web.Response:
    """`DELETE /v2/NAME/blobs/uploads/ID`."""
    _upload(request).unlink()
    return web.Response(status=204)


async def _finish(request: web.Request, upload: str, digest: str) -> web.Response:
    context, name = request.app[CONTEXT], repository_of(request)
    file = context.storage.upload(upload)
    if file is None:
        raise errors.upload_unknown()
    await _receive(request, file)
    if not is_digest(digest) or not await context.change(lambda: context.storage.finish_upload(file, digest)):
        raise errors.digest_invalid(digest)
    return _created(name, digest)


async def _receive(request: web.Request, file: Path) -> None:
    """Append the request's body. If it is incomplete, the upload is removed, because clients do not resume
    it.
    """
    try:
        with file.open("ab") as stream:
            _check_position(request, stream.tell())
            async for piece in request.content.iter_chunked(PIECE_BYTES):
                await asyncio.to_thread(stream.write, piece)
    except errors.RegistryError:
        raise
    except BaseException:
        file.unlink(missing_ok=True)  # noqa: ASYNC240 - quick, and a thread cannot be awaited while cancelled
        raise


def _check_position(request: web.Request, size: int) -> None:
    """A piece must begin where the one before ended. Without the header that is assumed."""
    start = request.headers.get("Content-Range", str(size)).removeprefix("bytes ").partition("-")[0]
    if start != str(size):
        raise errors.RegistryError(416, "BLOB_UPLOAD_INVALID", f"the next piece begins at {size}")


def _upload(request: web.Request) -> Path:
    repository_of(request)
    file = request.app[CONTEXT].storage.upload(request.match_info["upload"])
    if file is None:
        raise errors.upload_unknown()
    return file


def _underway(name: str, upload: str, size: int) -> web.Response:
    headers = {
        "Location": f"/v2/{name}/blobs/uploads/{upload}",
        "Docker-Upload-UUID": upload,
        "Range": f"0-{max(size - 1, 0)}",
    }
    return web.Response(status=202, headers=headers)


def _created(name: str, digest: str) -> web.Response:
    headers = {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
    return web.Response(status=201, headers=headers)
