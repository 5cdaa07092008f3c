"""Which images `containers images prune` removes. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pywrangler.dataclass import dataclass


@dataclass(frozen=True)
class PrunableImage:
    """A tag of an image, and what it points to."""

    name: str
    tag: str
    digest: str
    size_bytes: int
    created: str | None
    """As the image says, or None if it does not."""

    @property
    def created_at(self) -> float | None:
        """Seconds since the epoch; None if unknown."""
        try:
            moment = datetime.fromisoformat(self.created or "")
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@dataclass(frozen=True)
class InUse:
    """What is referred to: digests, and tags as `NAME:TAG`."""

    digests: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def has(self, image: PrunableImage) -> bool:
        """Whether something refers to the tag, or to what it points to."""
        return image.digest in self.digests or f"{image.name}:{image.tag}" in self.tags


def plan_prune(
    images: Iterable[PrunableImage], in_use: InUse, *, keep: int | None, before: float | None
) -> list[PrunableImage]:
    """The tags to remove, oldest first within each image.

    Of each image the `keep` newest digests stay, what was made at or after `before` (in seconds, Unix time),
    and what is in use. An image whose age is unknown is the oldest one for `keep`, and stays for `before`.
    """
    by_name: dict[str, list[PrunableImage]] = {}
    for image in images:
        by_name.setdefault(image.name, []).append(image)
    found = []
    for tags in by_name.values():
        newest_first = sorted(tags, key=lambda each: each.created_at or 0.0, reverse=True)
        digests = list(dict.fromkeys(each.digest for each in newest_first))
        kept = set(digests[:keep]) if keep is not None else set()
        found += [
            each
            for each in reversed(newest_first)
            if each.digest not in kept and not in_use.has(each) and _is_older(each, before)
        ]
    return found


def _is_older(image: PrunableImage, before: float | None) -> bool:
    if before is None:
        return True
    return image.created_at is not None and image.created_at < before


def images_of_rollouts(rollouts: Iterable[Mapping[str, Any]]) -> set[str]:
    """The references that rollouts have: what they lead to, and what a revert goes back to."""
    names = ("current_configuration", "target_configuration")
    configurations = (rollout.get(name) for rollout in rollouts for name in names)
    return {str(each["image"]) for each in configurations if isinstance(each, Mapping) and each.get("image")}


def read_in_use(references: Collection[str], account_id: str) -> InUse:
    """What the references mean in the account's managed registry, whatever they name before the account."""
    digests, tags = set(), set()
    for text in references:
        name, _, digest = text.partition("@")
        if digest:
            digests.add(digest)
        repository, _, tag = name.rpartition(":")
        if not digest and repository and "/" not in tag:
            tags.add(f"{_short(repository, account_id)}:{tag}")
    return InUse(frozenset(digests), frozenset(tags))


def _short(repository: str, account_id: str) -> str:
    """The image's name without registry and account."""
    _, separator, rest = repository.partition(f"{account_id}/")
    return rest if separator else repository


def total_bytes(images: Sequence[PrunableImage]) -> int:
    """The size of the images together; one with several tags counts once. Shared layers count in each."""
    return sum({image.digest: image.size_bytes for image in images}.values())
