"""R2: buckets and objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import quote

from pywrangler.cloudflare.client import Client, Request, segment
from pywrangler.dataclass import dataclass

BUCKETS = "r2/buckets"
NO_SUCH_BUCKET = 10006
NO_SUCH_KEY = 10007
CATALOG_IN_USE = 10081
"""The bucket belongs to a data catalog, which a change of its objects may damage."""
JURISDICTION_HEADER = "cf-r2-jurisdiction"
STORAGE_CLASS_HEADER = "cf-r2-storage-class"
CATALOG_HEADER = "cf-r2-data-catalog-check"
UPLOAD_READ_SECONDS = 600
"""How long R2 may be silent after the last byte of an object."""
USAGE_QUERY = """query ($account: String, $filter: R2StorageAdaptiveGroupsFilter_InputObject) {
  viewer { accounts(filter: { accountTag: $account }) {
    r2StorageAdaptiveGroups(limit: 1, filter: $filter, orderBy: [datetime_DESC]) {
      max { objectCount payloadSize metadataSize } dimensions { datetime }
    } } } }"""


@dataclass(frozen=True)
class BucketUsage:
    """The number and size of a bucket's objects."""

    objects: int = 0
    bytes: int = 0


def list_buckets(client: Client, jurisdiction: str | None = None) -> list[dict[str, Any]]:
    """All buckets, as the API gives them."""
    pages = client.pages(BUCKETS, params={"per_page": 1000}, headers=_scope(jurisdiction))
    return [bucket for page in pages for bucket in page.fields.get("buckets") or []]


def create_bucket(
    client: Client,
    name: str,
    *,
    location: str | None = None,
    storage_class: str | None = None,
    jurisdiction: str | None = None,
) -> dict[str, Any]:
    """The bucket just made."""
    import json

    given = {"name": name, "locationHint": location, "storageClass": storage_class}
    body = json.dumps({field: value for field, value in given.items() if value is not None}).encode()
    request = Request("POST", BUCKETS, {}, body, "application/json", headers=_scope(jurisdiction))
    found: dict[str, Any] = client.fetch(request).fields
    return found


def get_bucket(client: Client, name: str, jurisdiction: str | None = None) -> dict[str, Any]:
    """The bucket, as the API gives it; raises `ApiError` with status 404 if it does not exist."""
    request = Request("GET", _bucket(name), headers=_scope(jurisdiction))
    found: dict[str, Any] = client.fetch(request).fields
    return found


def set_storage_class(client: Client, name: str, storage_class: str, jurisdiction: str | None = None) -> None:
    """Change the storage class of objects that are written from now on."""
    headers = {**_scope(jurisdiction), STORAGE_CLASS_HEADER: storage_class}
    client.fetch(Request("PATCH", _bucket(name), headers=headers))


def delete_bucket(client: Client, name: str, jurisdiction: str | None = None) -> None:
    """Remove a bucket, which must be empty."""
    client.fetch(Request("DELETE", _bucket(name), headers=_scope(jurisdiction)))


def count_objects(client: Client, name: str) -> BucketUsage:
    """The usage of a bucket, counted object by object."""
    pages = client.pages(f"{_bucket(name)}/objects", params={"per_page": 1000})
    sizes = [int(entry["size"]) for page in pages for entry in page.entries]
    return BucketUsage(len(sizes), sum(sizes))


def measured_usage(
    client: Client, name: str, since: str, until: str, jurisdiction: str | None
) -> BucketUsage:
    """What Cloudflare's analytics say of a bucket, whose newest values lie between two times (ISO 8601)."""
    measured = f"{jurisdiction}_{name}" if jurisdiction else name
    wanted = {"datetime_geq": since, "datetime_leq": until, "bucketName": measured}
    variables = {"account": client.account_id, "filter": wanted}
    response = client.call(
        "POST", "/graphql", json={"query": USAGE_QUERY, "variables": variables}, is_repeatable=True
    ).fields
    found: Any = response.get("data")
    try:
        newest = found["viewer"]["accounts"][0]["r2StorageAdaptiveGroups"][0]["max"]
        return BucketUsage(
            newest["objectCount"] or 0, (newest["payloadSize"] or 0) + (newest["metadataSize"] or 0)
        )
    except (LookupError, TypeError):  # nothing was measured yet
        return BucketUsage()


def read_object(client: Client, bucket: str, key: str, jurisdiction: str | None = None) -> Iterator[bytes]:
    """The object piece by piece; raises `ApiError`, with status 404 if it does not exist."""
    return client.download(Request("GET", _object(bucket, key), headers=_scope(jurisdiction)))


def write_object(
    client: Client,
    bucket: str,
    key: str,
    content: IO[bytes],
    size: int,
    *,
    metadata: Mapping[str, str],
    jurisdiction: str | None = None,
    storage_class: str | None = None,
    checks_catalog: bool = False,
) -> None:
    """Write an object of `size` bytes. `metadata` are headers of HTTP, such as `Cache-Control`."""
    headers = {**metadata, **_scope(jurisdiction, checks_catalog), "Content-Length": str(size)}
    if storage_class:
        headers[STORAGE_CLASS_HEADER] = storage_class
    # Headers travel as Latin-1; what is beyond is read as UTF-8 at the other end.
    encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    path = _object(bucket, key)
    client.fetch(Request("PUT", path, body=content, headers=encoded, read_seconds=UPLOAD_READ_SECONDS))


def delete_object(
    client: Client, bucket: str, key: str, *, jurisdiction: str | None = None, checks_catalog: bool = False
) -> None:
    """Remove an object, whether or not it is there."""
    headers = _scope(jurisdiction, checks_catalog)
    client.fetch(Request("DELETE", _object(bucket, key), headers=headers))


def _scope(jurisdiction: str | None, checks_catalog: bool = False) -> dict[str, str]:
    scope = {JURISDICTION_HEADER: jurisdiction} if jurisdiction else {}
    return scope | ({CATALOG_HEADER: "true"} if checks_catalog else {})


def _bucket(name: str) -> str:
    return f"{BUCKETS}/{segment(name)}"


def _object(bucket: str, key: str) -> str:
    """The path of an object. Slashes stay where no program on the way can take them for another path."""
    encoded = segment(key)
    is_plain = all(part not in ("", ".", "..") for part in key.split("/"))
    return f"{_bucket(bucket)}/objects/{quote(key, safe='/') if is_plain else encoded}"
