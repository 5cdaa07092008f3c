"""The interface of the runtime that holds the values of KV namespaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class KvValue:
    """A value of a KV namespace. `expiration` is seconds since the epoch."""

    value: bytes
    metadata: object | None = None
    expiration: int | None = None


@dataclass(frozen=True)
class KvKey:
    """A key of a KV namespace, as in a listing."""

    name: str
    expiration: int | None = None
    metadata: object | None = None


@dataclass(frozen=True)
class KvPage:
    """A page of a namespace's keys; `cursor` is None on the last one."""

    keys: tuple[KvKey, ...]
    cursor: str | None = None


@dataclass(frozen=True)
class KvPut:
    """A value to write, with its expiration and metadata."""

    key: str
    value: bytes
    expiration: int | None = None
    expiration_ttl_seconds: int | None = None
    metadata: object | None = None


class KvStore(Protocol):
    """The values of KV namespaces, which live in the Workers' runtime and not in the store."""

    async def get(self, namespace_id: str, key: str) -> KvValue | None:
        """The value, or None if the key does not exist or has expired."""

    async def put(self, namespace_id: str, entry: KvPut) -> None:
        """Write one value. Readers see it when this returns.

        Raises `PywranglerError` with the runtime's reason.
        """

    async def delete(self, namespace_id: str, key: str) -> None:
        """Remove a key, whether or not it exists."""

    async def page(self, namespace_id: str, prefix: str, limit: int, cursor: str | None) -> KvPage:
        """Keys in order, at most `limit` (up to 1000)."""

    async def remove_namespace(self, namespace_id: str) -> None:
        """Remove every value of a namespace."""
