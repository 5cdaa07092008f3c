"""The id of a Durable Object with a name. From an id the name cannot be found, but a name can be tried."""

from __future__ import annotations

import hashlib
import hmac

PART_BYTES = 16


def object_id(namespace_id: str, name: str) -> str:
    """64 hex digits, as workerd (2026-11-17, `ActorIdFactoryImpl`) makes them with the namespace's id as key:
    a hash of the name, and a hash of that, which shows to which namespace the id belongs.
    """
    key = hashlib.sha256(namespace_id.encode()).digest()
    of_name = _hash(key, name.encode(errors="surrogatepass"))
    return (of_name + _hash(key, of_name)).hex()


def _hash(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")[:PART_BYTES]
