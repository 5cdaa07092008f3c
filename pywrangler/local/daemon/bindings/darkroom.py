"""Serves what `images` bindings ask for (see `image_transforms.py`)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from pywrangler.local.daemon.bindings.image_transforms import (
    INVALID,
    ImageRefused,
    describe_image,
    read_transforms,
    transform_image,
)


class Darkroom:
    """The paths are those that `workerd`'s module of the binding (2026-11) asks for."""

    @property
    def routes(self) -> list[web.RouteDef]:
        """Its part of the private API."""
        return [web.post("/info", self._info), web.post("/transform", self._transform)]

    async def _info(self, request: web.Request) -> web.Response:
        try:
            source, _ = await _read(request)
            return web.json_response(await asyncio.to_thread(describe_image, source))
        except ImageRefused as error:
            return _refused(error)

    async def _transform(self, request: web.Request) -> web.Response:
        try:
            source, fields = await _read(request)
            steps = read_transforms(fields.get("transforms", ""))
            quality = fields.get("output_quality", "")
            body, mime = await asyncio.to_thread(
                transform_image,
                source,
                steps,
                fields.get("output_format"),
                min(max(int(quality), 1), 100) if quality.isascii() and quality.isdigit() else None,
            )
        except ImageRefused as error:
            return _refused(error)
        return web.Response(body=body, content_type=mime)


async def _read(request: web.Request) -> tuple[bytes, dict[str, str]]:
    """The picture and the other fields of a form."""
    form = await request.post()
    image = form.get("image")
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if isinstance(image, web.FileField):
        return image.file.read(), fields
    if isinstance(image, bytes | bytearray):
        return bytes(image), fields
    raise ImageRefused(400, INVALID, "The request has no image.")


def _refused(error: ImageRefused) -> web.Response:
    text = f"ERROR {error.number}: {error.message}"
    return web.Response(status=error.status, text=text, headers={"cf-images-binding": f"err={error.number}"})
