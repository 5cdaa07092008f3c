"""Images that every node of a cluster can have, by the names that applications use."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pywrangler.local.store.connection import Database

Part = Mapping[str, Any]
"""An entry of an image's archive (`local.cluster.archives`); `sha256` names its content."""


@dataclass(frozen=True)
class SharedImage:
    """An image, as an archive of parts."""

    reference: str
    image_id: str
    """`sha256:...`, the same in every engine."""
    parts: Sequence[Part]
    shared_on: float


class SharedImages:
    """Repository of images. All that changes is part of a change of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, reference: str) -> SharedImage | None:
        """The image with this name."""
        row = self._database.row("SELECT * FROM shared_images WHERE reference = ?", (reference,))
        if row is None:
            return None
        return SharedImage(reference, row["image_id"], json.loads(row["parts"]), row["shared_on"])

    def put(self, image: SharedImage) -> None:
        """Add or replace an image."""
        self._database.execute(
            "INSERT OR REPLACE INTO shared_images (reference, image_id, parts, shared_on)"
            " VALUES (?, ?, ?, ?)",
            (image.reference, image.image_id, json.dumps(list(image.parts)), image.shared_on),
        )

    def forget_all_but(self, needed: Collection[str], before: float) -> None:
        """Remove images that are not needed, and were shared before this time."""
        for row in self._database.rows("SELECT reference FROM shared_images WHERE shared_on < ?", (before,)):
            if row["reference"] not in needed:
                self._database.execute("DELETE FROM shared_images WHERE reference = ?", (row["reference"],))
