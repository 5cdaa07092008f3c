"""Manifests, tags, the catalogue and the clean-up."""

from __future__ import annotations

import asyncio

from aiohttp import web

from pywrangler.local.registry import errors
from pywrangler.local.registry.context import CONTEXT, repository_of
from pywrangler.local.registry.names import InvalidManifestError, is_digest, is_tag, read_manifest
from pywrangler.local.registry.storage import StoredManifest, digest_of


async def show(request: web.Request) -> web.Response:
    """`HEAD` and `GET /v2/NAME/manifests/REFERENCE`."""
    found = _find(request)
    headers = {"Docker-Content-Digest": found.digest, "Content-Type": found.parsed.media_type}
    return web.Response(body=found.content, headers=headers)


async def put(request: web.Request) -> web.Response:
    """`PUT /v2/NAME/manifests/REFERENCE`: everything that it refers to must exist already."""
    context, name = request.app[CONTEXT], repository_of(request)
    reference, content = _reference(request), await request.read()
    stored = StoredManifest(digest_of(content), content)
    if is_digest(reference) and reference != stored.digest:
        raise errors.digest_invalid(reference)
    try:
        parsed = read_manifest(content)
    except InvalidManifestError as error:
        raise errors.manifest_invalid(str(error)) from error

    def keep() -> list[str]:
        missing = context.storage.missing(name, parsed)
        if not missing:
            context.storage.put_manifest(name, stored, None if is_digest(reference) else reference)
        return missing

    if missing := await context.change(keep):
        raise errors.blobs_missing(missing)
    headers = {"Location": f"/v2/{name}/manifests/{stored.digest}", "Docker-Content-Digest": stored.digest}
    return web.Response(status=201, headers=headers)


async def delete(request: web.Request) -> web.Response:
    """`DELETE /v2/NAME/manifests/REFERENCE`: a tag, or a manifest with all its tags."""
    context, name, reference = request.app[CONTEXT], repository_of(request), _reference(request)
    _find(request)
    remove = context.storage.delete_manifest if is_digest(reference) else context.storage.delete_tag
    needed = context.needed(name)
    await context.change(lambda: remove(name, reference, needed))
    return web.Response(status=202)


async def list_tags(request: web.Request) -> web.Response:
    """`GET /v2/NAME/tags/list`."""
    context, name = request.app[CONTEXT], repository_of(request)
    repositories = await asyncio.to_thread(context.storage.repositories)
    if name not in repositories:
        raise errors.name_unknown(name)
    return web.json_response({"name": name, "tags": repositories[name]})


async def show_catalog(request: web.Request) -> web.Response:
    """`GET /v2/_catalog`; `tags=true` is Cloudflare's form, an object of name to tags (wrangler 4.164)."""
    found = await asyncio.to_thread(request.app[CONTEXT].storage.repositories)
    if request.query.get("tags") == "true":
        return web.json_response({"repositories": {name: tags for name, tags in found.items() if tags}})
    return web.json_response({"repositories": list(found)})


async def collect_garbage(request: web.Request) -> web.Response:
    """`PUT /v2/gc/layers`, Cloudflare's own: wrangler 4.164 calls it after it deleted a tag."""
    context = request.app[CONTEXT]
    return web.json_response({"freed_bytes": await context.change(context.storage.collect_garbage)})


def _find(request: web.Request) -> StoredManifest:
    name, reference = repository_of(request), _reference(request)
    found = request.app[CONTEXT].storage.manifest(name, reference)
    if found is None:
        raise errors.manifest_unknown(reference)
    return found


def _reference(request: web.Request) -> str:
    reference = request.match_info["reference"]
    if not is_tag(reference) and not is_digest(reference):
        raise errors.manifest_unknown(reference)
    return reference
