"""KV namespaces, R2 buckets and secrets of a deployed project, for tests to read and write."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO

from pywrangler.cloudflare import kv, r2, workers
from pywrangler.cloudflare.client import Client
from pywrangler.errors import ApiError
from pywrangler.sensitive import Sensitive

NOT_FOUND = 404


class ProjectNamespace:
    """A KV namespace."""

    def __init__(self, client: Client, namespace_id: str) -> None:
        self._client = client
        self.id = namespace_id

    def get(self, key: str) -> str | None:
        """The value as text; None without the key."""
        value = self.get_bytes(key)
        return None if value is None else value.decode()

    def get_bytes(self, key: str) -> bytes | None:
        """The value; None without the key."""
        try:
            return kv.get_value(self._client, self.id, key)
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise
            return None

    def put(self, key: str, value: str | bytes) -> None:
        """Write a value."""
        kv.put_value(self._client, self.id, key, _bytes(value), expiry=kv.Expiry(), metadata=None)

    def delete(self, key: str) -> None:
        """Remove a key."""
        kv.delete_value(self._client, self.id, key)

    def keys(self, prefix: str | None = None) -> list[str]:
        """The keys, in their order."""
        return [entry["name"] for entry in kv.list_keys(self._client, self.id, prefix)]


class ProjectBucket:
    """An R2 bucket."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.name = name

    def get(self, key: str) -> bytes | None:
        """The object's content; None without the object."""
        try:
            return b"".join(r2.read_object(self._client, self.name, key))
        except ApiError as error:
            if error.status != NOT_FOUND:
                raise
            return None

    def put(self, key: str, content: str | bytes, content_type: str | None = None) -> None:
        """Write an object."""
        data = _bytes(content)
        headers = {"Content-Type": content_type} if content_type else {}
        r2.write_object(self._client, self.name, key, BytesIO(data), len(data), metadata=headers)

    def delete(self, key: str) -> None:
        """Remove an object, whether or not it is there."""
        r2.delete_object(self._client, self.name, key)


class ProjectSecrets:
    """A Worker's secrets. Their values cannot be read."""

    def __init__(self, client: Client, worker: str) -> None:
        self._client = client
        self._worker = worker

    def put(self, name: str, value: str) -> None:
        """Create or replace a secret."""
        workers.put_secret(self._client, self._worker, name, Sensitive(value))

    def update(self, values: Mapping[str, str]) -> None:
        """Create or replace several secrets at once."""
        secrets = {name: Sensitive(value) for name, value in values.items()}
        workers.change_secrets(self._client, self._worker, secrets)

    def delete(self, name: str) -> None:
        """Remove a secret."""
        workers.delete_secret(self._client, self._worker, name)

    def names(self) -> list[str]:
        """The names of the secrets, in their order."""
        return sorted(secret["name"] for secret in workers.list_secrets(self._client, self._worker))


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else value
