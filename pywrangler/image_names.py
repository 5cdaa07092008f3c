"""The grammar of images' names, as the distribution project has it: `[host/]repository[:tag][@digest]`.

The one place that knows it, for the configuration, the engine's images and the managed registry alike. The
local platform's own registry has its twin (`local.registry.names`), so that each checks the other.
"""

from __future__ import annotations

import re

_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?"
REPOSITORY = rf"{_COMPONENT}(?:/{_COMPONENT})*"
TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
DIGEST = r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-fA-F]{32,}"
"""Patterns without groups, to be put together."""

MAX_REPOSITORY_CHARACTERS = 255

MANAGED_REGISTRY = "registry.cloudflare.com"
"""Where Cloudflare keeps the images of all accounts, those of each account below its id."""
ACCOUNT = r"[0-9a-f]{32}"


def is_repository(text: str) -> bool:
    """Whether an image can have this name in a registry."""
    return len(text) <= MAX_REPOSITORY_CHARACTERS and re.fullmatch(REPOSITORY, text) is not None


def repository_of(application: str) -> str:
    """The name of the image that is built for an application: its own in lower case, as with Wrangler."""
    return application.lower()


def is_tag(text: str) -> bool:
    """Whether this is a tag. The managed registry lists digests among the tags, but they are not tags."""
    return re.fullmatch(TAG, text) is not None


def in_account(name: str, account_id: str) -> str:
    """An image's name below the id of this account, whichever account's it is written with, or without."""
    owner, _, rest = name.partition("/")
    return f"{account_id}/{rest if rest and re.fullmatch(ACCOUNT, owner) else name}"


BUILT = "pywrangler.local"
"""What the names of images begin with that are built here for applications."""
MARK_DIGITS = 12


def built_repository(application: str) -> str:
    """The name, without a tag, of the images that are built here for an application."""
    readable = re.sub(r"[^a-z0-9]+", "-", application.lower()).strip("-") or "image"
    return f"{BUILT}/{readable}"


def built_tag(application: str, image_id: str, owner: str = "") -> str:
    """The name of an image built here: by application and image id, with a mark of the local platform that
    it was built for (`owner`, an account id). So one platform can tell its own images from those of others.
    """
    mark = f"-{built_mark(owner)}" if owner else ""
    return f"{built_repository(application)}:{image_id.removeprefix('sha256:')[:12]}{mark}"


def built_mark(owner: str) -> str:
    """The mark of a local platform, by its account id."""
    return owner[:MARK_DIGITS]


def owner_mark(tag: str) -> str | None:
    """The mark of the local platform in the name of an image; None in a name without one."""
    found = _MARKED.fullmatch(tag)
    return found["mark"] if found else None


def shown_name(tag: str) -> tuple[str, str] | None:
    """The name of an image of a local platform for people: name and tag, without the owner's mark. None for a
    name without a mark.
    """
    found = _MARKED.fullmatch(tag)
    return (found["name"], found["tag"]) if found else None


_MARKED = re.compile(
    rf"{re.escape(BUILT)}/(?P<name>[^:]+):(?P<tag>[0-9a-f]{{12}})-(?P<mark>[0-9a-f]{{{MARK_DIGITS}}})"
)
