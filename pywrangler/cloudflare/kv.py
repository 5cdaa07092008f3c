"""Workers KV: namespaces, keys and values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pywrangler.cloudflare.client import Client, Part, Request, encode_multipart, segment
from pywrangler.dataclass import dataclass

NAMESPACES = "storage/kv/namespaces"
NO_SUCH_NAMESPACE = 10013
NO_SUCH_KEY = 10009
BATCH_KEYS = 1000
"""Keys in one bulk request; the API takes ten times as many, but slowly."""
Advance = Callable[[int], None]


@dataclass(frozen=True)
class Expiry:
    """When a value expires: at a time (seconds since the epoch), or after so many seconds."""

    expiration: int | None = None
    ttl_seconds: int | None = None

    def parameters(self) -> dict[str, int]:
        """The query that says so."""
        return {
            name: value
            for name, value in (("expiration", self.expiration), ("expiration_ttl", self.ttl_seconds))
            if value
        }


def list_namespaces(client: Client) -> list[dict[str, Any]]:
    """All namespaces as the API gives them, by title."""
    return client.list(NAMESPACES, params={"per_page": 100, "order": "title", "direction": "asc", "page": 1})


def create_namespace(
    client: Client, title: str, *, jurisdiction: str | None = None, mode: str | None = None
) -> dict[str, Any]:
    """The namespace just made."""
    given = {"title": title, "jurisdiction": jurisdiction, "mode": mode}
    body = {name: value for name, value in given.items() if value is not None}
    made: dict[str, Any] = client.call("POST", NAMESPACES, json=body).fields
    return made


def rename_namespace(client: Client, namespace_id: str, title: str) -> None:
    """Give a namespace another title."""
    client.request("PUT", f"{NAMESPACES}/{segment(namespace_id)}", json={"title": title})


def delete_namespace(client: Client, namespace_id: str) -> None:
    """Remove a namespace with everything in it."""
    client.request("DELETE", f"{NAMESPACES}/{segment(namespace_id)}")


def list_keys(client: Client, namespace_id: str, prefix: str | None) -> list[dict[str, Any]]:
    """All keys that begin with `prefix`, each with its `name` and, where it has them, expiration and
    metadata.
    """
    return client.list(f"{NAMESPACES}/{segment(namespace_id)}/keys", params={"prefix": prefix or None})


def get_value(client: Client, namespace_id: str, key: str) -> bytes:
    """The value; raises `ApiError` with status 404 if there is none."""
    return client.content(Request("GET", _value(namespace_id, key)))


def put_value(
    client: Client,
    namespace_id: str,
    key: str,
    value: bytes,
    *,
    expiry: Expiry,
    metadata: Mapping[str, Any] | None,
    is_text: bool = False,
) -> None:
    """Write a value. Metadata travels as a second part beside it."""
    body, content_type = value, "application/octet-stream"
    if metadata is not None:
        part = Part("value", value) if is_text else Part("value", value, content_type, "blob")
        parts = [part, Part("metadata", json.dumps(metadata).encode())]
        body, content_type = encode_multipart(parts)
    client.fetch(Request("PUT", _value(namespace_id, key), expiry.parameters(), body, content_type))


def delete_value(client: Client, namespace_id: str, key: str) -> None:
    """Remove a key; one that is not there is no error."""
    client.request("DELETE", _value(namespace_id, key))


def get_values(client: Client, namespace_id: str, keys: Sequence[str]) -> dict[str, Any]:
    """The values of `keys` by key, None for one that is not there."""
    path = f"{NAMESPACES}/{segment(namespace_id)}/bulk/get"
    response = client.call("POST", path, json={"keys": list(keys)}, is_repeatable=True).fields
    values: dict[str, Any] = response["values"]
    return values


def put_values(
    client: Client, namespace_id: str, entries: Sequence[Mapping[str, Any]], advance: Advance
) -> None:
    """Write many entries (`key`, `value`, ...) batch by batch; `advance` hears how many are written."""
    _in_batches(client, "PUT", namespace_id, entries, advance)


def delete_values(client: Client, namespace_id: str, keys: Sequence[str], advance: Advance) -> None:
    """Remove many keys batch by batch; `advance` hears how many are removed."""
    _in_batches(client, "DELETE", namespace_id, keys, advance)


def _in_batches(
    client: Client, method: str, namespace_id: str, entries: Sequence[Any], advance: Advance
) -> None:
    path = f"{NAMESPACES}/{segment(namespace_id)}/bulk"
    for start in range(0, len(entries), BATCH_KEYS):
        client.request(method, path, json=list(entries[start : start + BATCH_KEYS]))
        advance(min(start + BATCH_KEYS, len(entries)))


def _value(namespace_id: str, key: str) -> str:
    return f"{NAMESPACES}/{segment(namespace_id)}/values/{segment(key)}"
