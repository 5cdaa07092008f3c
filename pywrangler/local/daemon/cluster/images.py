"""Images of containers for all nodes: a deploy leaves them in the bucket, and a node takes those it
starts.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.pulling import FindSource
from pywrangler.local.cluster.archives import assemble, split
from pywrangler.local.cluster.blobs import KEPT_SECONDS, ClusterBlobs
from pywrangler.local.store import Store
from pywrangler.local.store.shared.images import SharedImage


class ClusterImages:
    """The images of the cluster's applications. `directory` is for archives on their way."""

    def __init__(
        self,
        store: Store,
        blobs: ClusterBlobs,
        engine: EngineAddress,
        find_source: FindSource,
        directory: Path,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._engine = engine
        self._find_source = find_source
        self._directory = directory
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def share(self, references: Iterable[str]) -> None:
        """Leave images of this node's engine for other nodes. One that the engine does not have is left out:
        its application cannot start anywhere, and says so. Raises `PywranglerError`.
        """
        for reference in dict.fromkeys(references):
            async with self._locks[reference]:
                image_id = await asyncio.to_thread(self._find, reference)
                known = self._store.images.get(reference)
                if image_id is not None and (known is None or known.image_id != image_id):
                    await self._share(reference, image_id)

    async def bring(self, reference: str) -> str | None:
        """Load an image that another node has shared into this node's engine; its id. None for another image.

        Raises `PywranglerError`.
        """
        async with self._locks[reference]:
            known = self._store.images.get(reference)
            if known is None:
                return None
            if await asyncio.to_thread(self._find, known.image_id) is None:
                with tempfile.TemporaryDirectory(dir=self._directory) as directory:
                    archive = Path(directory) / "image.tar"
                    await assemble(known.parts, archive, self._blobs.local)
                    await asyncio.to_thread(self._load, archive)
            return known.image_id

    async def _share(self, reference: str, image_id: str) -> None:
        with tempfile.TemporaryDirectory(dir=self._directory) as directory:
            archive, scratch = Path(directory) / "image.tar", Path(directory) / "part"
            await asyncio.to_thread(self._save, image_id, archive)
            parts = await split(archive, scratch, self._blobs.add)
        image = SharedImage(reference, image_id, parts, time.time())
        await self._store.change(lambda: self._store.images.put(image))

    def _find(self, reference: str) -> str | None:
        from pywrangler.engine.client import connect

        engine = connect(self._engine)
        try:
            found = engine.image(reference)
            source = self._find_source(reference) if found is None else None
            if source is not None:
                platform = engine.version().platform
                found = engine.pull(source.reference, platform, lambda _: None, login=source.login)
            return found.id if found else None
        finally:
            engine.close()

    def _save(self, image_id: str, archive: Path) -> None:
        from pywrangler.engine.client import connect

        engine = connect(self._engine)
        try:
            engine.save(image_id, archive)
        finally:
            engine.close()

    def _load(self, archive: Path) -> None:
        from pywrangler.engine.client import connect

        engine = connect(self._engine)
        try:
            engine.load(archive)
        finally:
            engine.close()


async def forget_old_images(store: Store) -> None:
    """Let go of images that no application and no version needs."""
    before = time.time() - KEPT_SECONDS

    def forget() -> None:
        needed = [*store.applications.needed_images(), *store.versions.needed_images()]
        store.images.forget_all_but({image for _, image in needed}, before)

    await store.change(forget)
