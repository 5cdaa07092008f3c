"""Remembers the image of each build's inputs, so that a build with unchanged inputs is not started."""

from __future__ import annotations

import json
from pathlib import Path

from pywrangler.engine.client import Engine
from pywrangler.engine.records import ImageFacts
from pywrangler.images.inputs import BuildInputs
from pywrangler.private_files import write_cache


def recall_image(inputs: BuildInputs, engine: Engine, cache_directory: Path) -> ImageFacts | None:
    """The image that a build with these inputs made, if it is still in the engine's store and no other input
    decides about a build.
    """
    if inputs.unseen is not None:
        return None
    try:
        image_id = json.loads(_file(inputs, cache_directory).read_bytes())["image_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return engine.image(image_id) if isinstance(image_id, str) else None


def remember_image(inputs: BuildInputs, image_id: str, cache_directory: Path) -> None:
    """Remember what a build made. If the cache cannot be written, the only effect is that the next build
    runs.
    """
    write_cache(_file(inputs, cache_directory), json.dumps({"image_id": image_id}))


def _file(inputs: BuildInputs, cache_directory: Path) -> Path:
    return cache_directory / "builds" / f"{inputs.key}.json"
