"""Which image came out of which inputs, so that a build whose inputs did not change is not started.

What the network gives to a build (`apt-get`, `ADD https://...`) is no input, as in the builder's own
cache; `no_cache` on a request builds anyway.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pywrangler.engine.client import Engine
from pywrangler.engine.records import ImageFacts
from pywrangler.images.context import hash_context, ignore_patterns
from pywrangler.images.dockerfile import base_images
from pywrangler.images.records import PLATFORM, BuildRequest


@dataclass(frozen=True)
class BuildInputs:
    """Everything that decides what a build makes."""

    dockerfile: str
    context_hash: str
    build_vars: Mapping[str, str]
    target: str | None
    bases: Mapping[str, str | None]
    """Image id by name for every image the Dockerfile builds on; None for one the engine does not have."""
    platform: str = PLATFORM

    @property
    def key(self) -> str:
        """A hash of the inputs, in hexadecimal."""
        described = [
            self.dockerfile,
            self.context_hash,
            sorted(self.build_vars.items()),
            self.target,
            sorted(self.bases.items()),
            self.platform,
        ]
        return hashlib.sha256(json.dumps(described).encode()).hexdigest()


def read_inputs(request: BuildRequest, engine: Engine, cache_folder: Path) -> BuildInputs:
    """The inputs of a build as they are now. Raises BuildError when the context cannot be read."""
    dockerfile = request.dockerfile.read_text(errors="replace")
    patterns = ignore_patterns(request.dockerfile, request.context)
    found = {name: engine.image(name) for name in base_images(dockerfile, request.build_vars) if name}
    return BuildInputs(
        dockerfile=dockerfile,
        context_hash=hash_context(request.context, patterns, cache_folder / "contexts"),
        build_vars=request.build_vars,
        target=request.target,
        bases={name: image.id if image else None for name, image in found.items()},
    )


def recall_image(key: str, engine: Engine, cache_folder: Path) -> ImageFacts | None:
    """The image that a build with these inputs made, when it is still in the engine's store."""
    try:
        image_id = json.loads(_file(key, cache_folder).read_bytes())["image_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return engine.image(image_id) if isinstance(image_id, str) else None


def remember_image(key: str, image_id: str, cache_folder: Path) -> None:
    """Remember what a build made. A cache that cannot be written costs the next build, and nothing else."""
    file = _file(key, cache_folder)
    draft = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps({"image_id": image_id}))
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)


def _file(key: str, cache_folder: Path) -> Path:
    return cache_folder / "images" / f"{key}.json"
