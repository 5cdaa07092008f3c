"""Transforms pictures for `images` bindings, with Pillow, which the extra `images` installs."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pywrangler.errors import PywranglerError

if TYPE_CHECKING:
    from PIL import Image

INVALID, UNSUPPORTED = 9523, 9520
"""Cloudflare's codes, as miniflare (5.20261117) uses them."""
MAX_SIDE = 12_000
"""Pixels of a side that Cloudflare allows."""
MIME_TYPES: Mapping[str, str] = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
}
"""By Pillow's names of formats."""
OUTPUTS: Mapping[str, str] = {mime: name for name, mime in MIME_TYPES.items() if name != "GIF"}
"""Pillow's names of what can be written; GIF is left out, as under `wrangler dev`."""
NUMBERS = ("imageIndex", "rotate", "width", "height")


class ImageRefused(PywranglerError):  # noqa: N818 - an outcome that callers name
    """A picture or a transformation that cannot be; `status` and `number` are those of the response."""

    code = "image"

    def __init__(self, status: int, number: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.number = number


def describe_image(source: bytes) -> dict[str, Any]:
    """The result of `info()`. Raises `ImageRefused`."""
    if _is_svg(source):
        return {"format": "image/svg+xml"}
    image = _opened(source)
    width, height = image.size
    mime = MIME_TYPES[str(image.format)]
    return {"format": mime, "fileSize": len(source), "width": width, "height": height}


def transform_image(
    source: bytes, transforms: Sequence[Mapping[str, Any]], output: str | None, quality: int | None = None
) -> tuple[bytes, str]:
    """The picture after the transformations, with its MIME type. Raises `ImageRefused`."""
    mime = output or "image/jpeg"
    if mime not in OUTPUTS:
        raise ImageRefused(415, UNSUPPORTED, f"The local platform does not write pictures as {mime}.")
    opened = _opened(source)
    from PIL import ImageOps

    try:
        image = ImageOps.exif_transpose(opened)
        for step in transforms:
            if step.get("imageIndex") in (None, 0):  # the others are about pictures that are drawn over it
                image = _resized(_rotated(image, step), step)
        written = BytesIO()
        settings = {"quality": quality} if quality is not None and mime != "image/png" else {}
        _in_writable_mode(image, mime).save(written, OUTPUTS[mime], **settings)
    except (OSError, ValueError, MemoryError) as error:
        raise ImageRefused(400, INVALID, f"The picture cannot be transformed: {error}") from error
    return written.getvalue(), mime


def read_transforms(text: str) -> list[dict[str, Any]]:
    """The transformations of a request, which are JSON. Raises `ImageRefused`."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(_is_transform(step) for step in found):
        raise ImageRefused(400, INVALID, "The transformations are not a list of objects with valid numbers.")
    return found


def planned_size(size: tuple[int, int], step: Mapping[str, Any]) -> tuple[int, int]:
    """The width and height that a transformation gives a picture of this size. Pure."""
    width, height, fit = round(step.get("width") or 0), round(step.get("height") or 0), step.get("fit")
    if not width and not height:
        return size
    if width and height and fit in ("cover", "pad", "squeeze"):
        return width, height
    if width and height and fit == "crop":
        return min(width, size[0]), min(height, size[1])
    scale = min(wanted / had for wanted, had in zip((width, height), size, strict=True) if wanted)
    if fit not in ("contain", "cover", "pad", "squeeze"):  # `scale-down`, which is the default
        scale = min(scale, 1)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _is_transform(step: Any) -> bool:
    if not isinstance(step, dict):
        return False
    numbers = [step[name] for name in NUMBERS if step.get(name) is not None]
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in numbers):
        return False
    return all(0 <= (step.get(name) or 0) <= MAX_SIDE for name in ("width", "height"))


def _opened(source: bytes) -> Image.Image:
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise ImageRefused(
            503,
            INVALID,
            "The local platform needs Pillow for `images` bindings. Run `pip install"
            " 'pywrangler-containers[images]'` and `pywrangler local stop`, then deploy again.",
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(source), formats=[*MIME_TYPES])
    except UnidentifiedImageError as error:
        expected = "JPEG, SVG, PNG, WebP, GIF or AVIF"
        raise ImageRefused(415, UNSUPPORTED, f"The picture is not one of: {expected}.") from error
    except (OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageRefused(400, INVALID, f"The picture cannot be read: {error}") from error
    return image


def _is_svg(source: bytes) -> bool:
    start = source[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start)


def _rotated(image: Image.Image, step: Mapping[str, Any]) -> Image.Image:
    """Clockwise, as Cloudflare turns."""
    degrees = (step.get("rotate") or 0) % 360
    return image.rotate(-degrees, expand=True) if degrees else image


def _resized(image: Image.Image, step: Mapping[str, Any]) -> Image.Image:
    from PIL import Image, ImageOps

    size = planned_size(image.size, step)
    if size == image.size:
        return image
    has_palette = image.mode in ("1", "P")
    pixels = image.convert("RGBA" if "transparency" in image.info else "RGB") if has_palette else image
    fit, smooth = step.get("fit"), Image.Resampling.LANCZOS
    if fit in ("cover", "crop"):
        return ImageOps.fit(pixels, size, method=smooth, centering=_centering(step.get("gravity")))
    if fit == "pad":
        return ImageOps.pad(pixels.convert("RGBA"), size, method=smooth, color=_background(step))
    return pixels.resize(size, smooth)


def _background(step: Mapping[str, Any]) -> Any:
    """The colour around a padded picture, white unless it is named. Raises `ValueError`."""
    from PIL import ImageColor

    return ImageColor.getcolor(str(step.get("background") or "#ffffff"), "RGBA")


def _centering(gravity: Any) -> tuple[float, float]:
    """Which part of a picture stays when it is cut."""
    sides = {"left": (0.0, 0.5), "right": (1.0, 0.5), "top": (0.5, 0.0), "bottom": (0.5, 1.0)}
    if isinstance(gravity, dict):
        x, y = (gravity.get(axis, 0.5) for axis in ("x", "y"))
        return (float(x), float(y)) if all(isinstance(each, int | float) for each in (x, y)) else (0.5, 0.5)
    return sides.get(str(gravity), (0.5, 0.5))


def _in_writable_mode(image: Image.Image, mime: str) -> Image.Image:
    """JPEG has no transparency: it shows on black, as under `wrangler dev`."""
    if mime == "image/png":
        return image
    is_opaque = mime == "image/jpeg" or (image.mode != "RGBA" and "transparency" not in image.info)
    if not is_opaque:
        return image.convert("RGBA")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        from PIL import Image

        see_through = image.convert("RGBA")
        ground = Image.new("RGB", image.size)
        ground.paste(see_through, mask=see_through.getchannel("A"))
        return ground
    return image.convert("RGB")
