"""The platform's images: the ones that were pushed to its registry, and the ones that deploys built, which
the engine keeps under our names.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.records import TaggedImage
from pywrangler.errors import PywranglerError
from pywrangler.image_names import BUILT, built_mark, owner_mark, shown_name
from pywrangler.local.daemon.own_registry import own_parts
from pywrangler.local.registry.inventory import InventoryImage
from pywrangler.local.registry.server import RegistryServer
from pywrangler.local.rest.envelope import timestamp
from pywrangler.local.rest.operations import ImageInUse, ImageListing, ListedImage, NoImage
from pywrangler.local.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Held:
    """An image and its place: the registry, or the engine, where it has a name."""

    image: ListedImage
    holder: InventoryImage | TaggedImage


class PlatformImages:
    """Lists and removes them."""

    def __init__(self, store: Store, engine: EngineAddress, registry: RegistryServer) -> None:
        self._store = store
        self._engine = engine
        self._registry = registry
        self._account_id = registry.account_id

    async def find_all(self) -> ImageListing:
        """All of them. If the engine cannot be asked, only the ones that were pushed."""
        store = self._store
        needed = [*store.applications.needed_images(), *store.versions.needed_images()]
        held, problem = await self._find(needed)
        return ImageListing(tuple(each.image for each in held), problem)

    async def remove(self, name: str, tag: str) -> ListedImage:
        """Remove the image with this name and tag. Raises `NoImage` and `ImageInUse`.

        An image that only earlier versions of a Worker have goes, because the user names it. The way back to
        such a version is then refused.
        """
        held, problem = await self._find(self._store.applications.needed_images())
        chosen = [each for each in held if (each.image.name, each.image.tag) == (name, tag)]
        if not chosen:
            raise NoImage(name, tag, problem)
        for each in chosen:
            if blocking := find_users(each, held):
                raise ImageInUse(f"{name}:{tag}", blocking)
        for each in chosen:
            if isinstance(each.holder, InventoryImage):
                await self._registry.remove(each.holder)
            else:
                await asyncio.to_thread(self._untag, each.holder.tag)
        return chosen[0].image

    async def missing(self, references: Iterable[str]) -> list[str]:
        """The ones that deploys built, by their names with ids, and that the engine no longer has. On a node
        of a cluster those that the bucket has are not missing.
        """
        ours = (each for each in references if each.startswith(f"{BUILT}/"))
        built = [each for each in ours if self._store.images.get(each) is None]
        try:
            return await asyncio.to_thread(self._missing, built) if built else []
        except PywranglerError as error:
            log.info("The engine was not asked for images: %s", error.message)
            return []

    def _missing(self, references: Sequence[str]) -> list[str]:
        from pywrangler.engine.client import connect

        engine = connect(self._engine)
        try:
            return [each for each in references if engine.image(each.rpartition("@")[2]) is None]
        finally:
            engine.close()

    async def _find(self, needed: Sequence[tuple[str, str]]) -> tuple[Sequence[Held], str | None]:
        """The images with those who need them, and why the engine could not be asked."""
        pushed, problem = await self._registry.images(), None
        built: list[TaggedImage] = []
        try:
            built = await asyncio.to_thread(self._built)
        except PywranglerError as error:
            problem = error.message
        own = [pushed_image(each, self._registry.host, self._account_id, needed) for each in pushed]
        return sorted(
            [*own, *built_images(built, self._account_id, needed)],
            key=lambda each: (each.image.name, each.image.created or "", each.image.tag),
        ), problem

    def _built(self) -> list[TaggedImage]:
        from pywrangler.engine.client import connect

        engine = connect(self._engine)
        try:
            return engine.tagged_images(f"{BUILT}/*")
        finally:
            engine.close()

    def _untag(self, name: str) -> None:
        from pywrangler.engine.client import connect

        engine = connect(self._engine)
        try:
            engine.remove_image(name)
        finally:
            engine.close()


def pushed_image(
    pushed: InventoryImage, host: str, account_id: str, needed: Iterable[tuple[str, str]]
) -> Held:
    """An image of the registry, with the applications that name it, by its digest or by this tag."""
    names = {(pushed.repository, pushed.digest), (pushed.repository, pushed.tag)}
    users = {application for application, image in needed if own_parts(image, host, account_id) in names}
    short = pushed.repository.removeprefix(f"{account_id}/")
    image = ListedImage(
        short, pushed.tag, pushed.digest, pushed.size_bytes, pushed.created, tuple(sorted(users))
    )
    return Held(image, pushed)


def built_images(
    tagged: Iterable[TaggedImage], account_id: str, needed: Iterable[tuple[str, str]]
) -> list[Held]:
    """The images that deploys built for this platform, with the applications that name them by their ids."""
    needed = list(needed)
    found = []
    for each in tagged:
        shown = shown_name(each.tag)
        if shown is None or owner_mark(each.tag) != built_mark(account_id):
            continue
        users = {application for application, image in needed if image.endswith(f"@{each.image_id}")}
        created = timestamp(each.created_at)
        image = ListedImage(*shown, each.image_id, each.size_bytes, created, tuple(sorted(users)))
        found.append(Held(image, each))
    return found


def find_users(chosen: Held, held: Iterable[Held]) -> tuple[str, ...]:
    """The applications that would miss an image: none if they find it under another name."""
    is_pushed = isinstance(chosen.holder, InventoryImage)
    for other in held:
        same_kind = isinstance(other.holder, InventoryImage) == is_pushed
        same_place = not is_pushed or other.image.name == chosen.image.name
        if other is not chosen and same_kind and same_place and other.image.digest == chosen.image.digest:
            return ()
    return chosen.image.used_by
