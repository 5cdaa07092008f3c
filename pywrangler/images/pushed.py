"""Remembers which digest an image got in a registry, so that a deploy can ask the registry whether it is
still there.

The engine forgets this with the name under which the image was pushed; that name is removed after a push.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from pywrangler.images.reference import Reference
from pywrangler.private_files import write_cache


def recall_digest(image_id: str, to: Reference, cache_directory: Path) -> str | None:
    """The digest that the image got in the repository of `to`, or None if it was not pushed from this
    machine.
    """
    try:
        digest = json.loads(_file(image_id, to, cache_directory).read_bytes())["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return digest if isinstance(digest, str) else None


def remember_digest(image_id: str, to: Reference, digest: str, cache_directory: Path) -> None:
    """Remember the result of a push. If the cache cannot be written, the only effect is another push."""
    write_cache(_file(image_id, to, cache_directory), json.dumps({"digest": digest}))


def _file(image_id: str, to: Reference, cache_directory: Path) -> Path:
    key = hashlib.sha256(f"{image_id} {to.registry}/{to.repository}".encode()).hexdigest()
    return cache_directory / "pushed" / f"{key}.json"
