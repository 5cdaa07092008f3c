"""Which image came out of which inputs, so that a build whose inputs did not change is not started."""

from __future__ import annotations

import json
from pathlib import Path

from pywrangler.engine.client import Engine
from pywrangler.engine.records import ImageFacts
from pywrangler.images.inputs import BuildInputs
from pywrangler.private_files import write_cache


def recall_image(inputs: BuildInputs, engine: Engine, cache_folder: Path) -> ImageFacts | None:
    """The image that a build with these inputs made, when it is still in the engine's store, and when nothing
    else decides what a build would make now.
    """
    if inputs.unseen is not None:
        return None
    try:
        image_id = json.loads(_file(inputs, cache_folder).read_bytes())["image_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return engine.image(image_id) if isinstance(image_id, str) else None


def remember_image(inputs: BuildInputs, image_id: str, cache_folder: Path) -> None:
    """Remember what a build made. A cache that cannot be written costs the next build, and nothing else."""
    write_cache(_file(inputs, cache_folder), json.dumps({"image_id": image_id}))


def _file(inputs: BuildInputs, cache_folder: Path) -> Path:
    return cache_folder / "builds" / f"{inputs.key}.json"
