"""Receiving a Worker's upload: a multipart form of `metadata` and modules, which go to disk as they arrive.

Shape (workers-sdk 4.164, `create-worker-upload-form`): the part `metadata` is JSON; every other part is a
module whose name is the part's name and whose type is its content type; `application/source-map` parts, named
after their module with `.map`, map its text to the sources.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from aiohttp import BodyPartReader, web

from pywrangler.local.rest.bodies import parse_json, reading_parts
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.forms import METADATA, check_form
from pywrangler.local.store.records import StoredModule

MAX_UPLOAD_BYTES = 256 * 1024 * 1024
MAX_MODULES = 10_000
MAX_METADATA_BYTES = 8 * 1024 * 1024
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True)
class Upload:
    """A Worker as it was uploaded; the modules' files are temporary."""

    metadata: dict[str, Any]
    modules: tuple[StoredModule, ...]


@asynccontextmanager
async def receive_upload(request: web.Request, directory: Path) -> AsyncIterator[Upload]:
    """The request's upload. Its modules are in a temporary directory below `directory`, which is removed at
    the end.
    """
    if request.content_type != "multipart/form-data":
        raise RestError("A Worker is uploaded as multipart/form-data.", code=10001)
    staging = new_staging(directory)
    try:
        yield await _receive(request, staging)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def new_staging(directory: Path) -> Path:
    """A new directory for the files of one request. The one above is made again if someone removed it."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700, exist_ok=True)
    return Path(mkdtemp(dir=directory))


async def _receive(request: web.Request, staging: Path) -> Upload:
    metadata: dict[str, Any] | None = None
    modules: list[StoredModule] = []
    room = MAX_UPLOAD_BYTES
    with reading_parts():
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            # Parts that have already arrived are read without a pause.
            await asyncio.sleep(0)
            name = part.name if isinstance(part, BodyPartReader) else None  # takes half a millisecond
            if not isinstance(part, BodyPartReader) or not name:
                raise RestError("A part of the upload has no name.", code=10001)
            if name == "metadata":
                metadata = _parse_metadata(await _read_small(part))
                continue
            if len(modules) == MAX_MODULES:
                raise RestError(f"The upload has more than {MAX_MODULES} modules.", status=413, code=10027)
            module, size = await _receive_module(part, name, staging / f"{len(modules):04d}", room)
            room -= size
            modules.append(module)
    if metadata is None:
        raise RestError('The upload has no part "metadata".', code=10001)
    return Upload(metadata, tuple(modules))


async def _read_small(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(CHUNK_BYTES):
        content += chunk
        if len(content) > MAX_METADATA_BYTES:
            raise RestError(
                f"The metadata are larger than {MAX_METADATA_BYTES} bytes.", status=413, code=10027
            )
    return bytes(content)


async def _receive_module(
    part: BodyPartReader, name: str, target: Path, room: int
) -> tuple[StoredModule, int]:
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        while chunk := await part.read_chunk(CHUNK_BYTES):
            size += len(chunk)
            if size > room:
                raise RestError(
                    f"The upload is larger than {MAX_UPLOAD_BYTES} bytes.", status=413, code=10027
                )
            digest.update(chunk)
            stream.write(chunk)
    content_type = part.headers.get("Content-Type", "application/octet-stream").split(";")[0].strip().lower()
    return StoredModule(name, content_type, target, digest.hexdigest()), size


def _parse_metadata(raw: bytes) -> dict[str, Any]:
    metadata = parse_json(raw, 'The part "metadata"', code=10001)
    if not isinstance(metadata, dict):
        raise RestError('The part "metadata" must be a JSON object.', code=10001)
    check_form(metadata, METADATA)
    return metadata
