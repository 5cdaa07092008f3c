"""What deploys from this machine gave to applications, by version: a hint for where the API does not tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pywrangler.private_files import write_cache

KEPT_VERSIONS = 30
"""How many versions of a Worker stay on record."""


class ImageRecord:
    """The record of an account, a file in `home`. What cannot be read counts as empty."""

    def __init__(self, home: Path, account_id: str) -> None:
        self._file = home / "deployed-images" / f"{account_id}.json"

    def images(self, worker: str, version: str) -> dict[str, str]:
        """The images that applications had with this version, by application name."""
        found = self._read().get(worker, {}).get(version, {})
        return dict(found) if isinstance(found, dict) else {}

    def add(self, worker: str, version: str, images: Mapping[str, str]) -> None:
        """Keep the images of a version that was just deployed or uploaded."""
        content = self._read()
        versions = content.setdefault(worker, {})
        versions.pop(version, None)
        versions[version] = dict(images)
        for old in list(versions)[:-KEPT_VERSIONS]:
            del versions[old]
        write_cache(self._file, json.dumps(content))

    def _read(self) -> dict[str, dict[str, dict[str, str]]]:
        try:
            content = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        is_sound = isinstance(content, dict) and all(isinstance(each, dict) for each in content.values())
        return content if is_sound else {}
