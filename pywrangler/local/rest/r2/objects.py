"""The interface of the runtime that holds R2 buckets and their objects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class ObjectFacts:
    """R2's facts about an object."""

    key: str
    size: int
    etag: str
    uploaded: float
    """Seconds since the epoch."""
    version: str
    http_metadata: Mapping[str, str] = field(default_factory=dict)
    """Such as `contentType`, as R2 names them."""
    custom_metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ObjectPage:
    """A page of a bucket's objects; `cursor` is None on the last one."""

    objects: tuple[ObjectFacts, ...]
    prefixes: tuple[str, ...] = ()
    cursor: str | None = None


@dataclass(frozen=True)
class OpenObject:
    """An object whose value is being read."""

    facts: ObjectFacts
    body: AsyncIterator[bytes]


class Objects(Protocol):
    """The objects of R2 buckets, which live in a runtime and not in the store."""

    async def refresh(self) -> None:
        """Take over the rules of event notifications that the store has now. Raises `PywranglerError`."""

    def open(self, bucket: str, key: str) -> AbstractAsyncContextManager[OpenObject | None]:
        """The object with its value, or None if it does not exist."""

    async def put(
        self, bucket: str, key: str, body: AsyncIterator[bytes], size: int, http_metadata: Mapping[str, str]
    ) -> ObjectFacts:
        """Write an object of `size` bytes. Raises `PywranglerError` with R2's reason."""

    async def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Remove objects, whether or not they exist."""

    async def page(
        self,
        bucket: str,
        *,
        prefix: str = "",
        limit: int = 1000,
        cursor: str | None = None,
        delimiter: str = "",
    ) -> ObjectPage:
        """Objects in the order of their keys, at most `limit`."""


class S3Interface(Protocol):
    """The server of R2 for clients of S3, and of public buckets for all."""

    async def refresh(self) -> None:
        """Serve the store's present buckets and keys; nothing without a key and a public bucket."""

    def endpoint(self) -> str | None:
        """Its address, for `endpoint_url` and the like; None where it does not run."""

    def public_address(self, bucket: str) -> str:
        """Host, port and path below which a public bucket's objects are."""
