"""Which tags of images are old, and which are spared."""

from __future__ import annotations

import pytest

from pywrangler.commands.containers.images.pruning import (
    InUse,
    PrunableImage,
    images_of_rollouts,
    plan_prune,
    read_in_use,
    total_bytes,
)

ACCOUNT = "0123456789abcdef0123456789abcdef"
DAY = 86400.0
TODAY = 1_764_374_400.0  # 2025-11-29T00:00:00Z


def image(tag: str, day: int | None, digest: str | None = None, name: str = "web") -> PrunableImage:
    created = None if day is None else f"2025-11-{day:02}T00:00:00Z"
    return PrunableImage(name, tag, digest or f"sha256:{tag}", 10, created)


IMAGES = [image("v3", 28), image("v1", 1), image("v2", 20), image("v0", None)]


def removed(keep: int | None, before: float | None = None, in_use: InUse | None = None) -> list[str]:
    return [each.tag for each in plan_prune(IMAGES, in_use or InUse(), keep=keep, before=before)]


@pytest.mark.parametrize(
    ("keep", "days", "expected"),
    [
        (0, None, ["v0", "v1", "v2", "v3"]),
        (1, None, ["v0", "v1", "v2"]),
        (3, None, ["v0"]),
        (9, None, []),
        (None, 5, ["v1", "v2"]),
        (None, 100, []),
        (2, 5, ["v1"]),
        (0, 5, ["v1", "v2"]),
    ],
)
def test_what_is_superseded_and_old_goes(keep: int | None, days: int | None, expected: list[str]) -> None:
    assert removed(keep, None if days is None else TODAY - days * DAY) == expected


def test_what_is_in_use_stays_by_digest_or_tag() -> None:
    assert removed(0, None, InUse(frozenset({"sha256:v1"}), frozenset({"web:v2"}))) == ["v0", "v3"]


def test_each_image_keeps_its_own_and_a_digest_counts_once() -> None:
    images = [image("a", 3, "sha256:x"), image("b", 3, "sha256:x"), image("c", 2), image("d", 1)]
    other = [image("z", 1, name="other")]
    assert [each.tag for each in plan_prune([*images, *other], InUse(), keep=2, before=None)] == ["d"]
    assert total_bytes(images) == 30


def test_references_are_read_whatever_is_before_the_account() -> None:
    references = [
        f"registry.cloudflare.com/{ACCOUNT}/web@sha256:1",
        f"registry.cloudflare.com/{ACCOUNT}/team/api:v1",
        "docker.io/library/nginx:1.27",
        "localhost:5000/tool",
    ]
    found = read_in_use(references, ACCOUNT)
    assert found.digests == {"sha256:1"}
    assert "team/api:v1" in found.tags
    assert found.has(PrunableImage("team/api", "v1", "sha256:other", 1, None))
    assert not any(tag.startswith("localhost") for tag in found.tags)


def test_rollouts_refer_to_what_they_lead_to_and_come_from() -> None:
    rollouts = [
        {"current_configuration": {"image": "a"}, "target_configuration": {"image": "b"}},
        {"target_configuration": None},
        {},
    ]
    assert images_of_rollouts(rollouts) == {"a", "b"}
