"""Uploads of static assets: a session says which files are missing, and a token names what was uploaded."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client, Part, Request, encode_multipart
from pywrangler.cloudflare.workers import script_path
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError
from pywrangler.sensitive import Sensitive

NO_TYPE = "application/null"
"""Tells the API to serve a file without a content type."""
UPLOAD_READ_SECONDS = 300
"""The API sends nothing while it processes an upload."""


@dataclass(frozen=True)
class Session:
    """An upload that has begun."""

    token: Sensitive[str]
    """Lets files be uploaded; if none are missing, it names the assets at once."""
    buckets: tuple[tuple[str, ...], ...]
    """Hashes of the files that the API does not have, by request."""


@dataclass(frozen=True)
class Content:
    """A file to upload."""

    hash: str
    content: bytes
    content_type: str | None


def begin_upload(client: Client, worker: str, manifest: Mapping[str, Mapping[str, Any]]) -> Session:
    """Tell the API which files there are: `{path: {hash, size}}`."""
    path = f"{script_path(worker)}/assets-upload-session"
    response = client.call("POST", path, json={"manifest": manifest}, is_repeatable=True).fields
    buckets = tuple(tuple(map(str, bucket)) for bucket in response.get("buckets") or ())
    return Session(_token(response), tuple(bucket for bucket in buckets if bucket))


def upload_contents(client: Client, session: Session, contents: Sequence[Content]) -> Sensitive[str] | None:
    """Upload the files of one bucket; the token that names the assets, where these were the last ones."""
    parts = [
        Part(each.hash, base64.b64encode(each.content), each.content_type or NO_TYPE, each.hash)
        for each in contents
    ]
    body, content_type = encode_multipart(parts)
    request = Request(
        "POST",
        "workers/assets/upload",
        {"base64": "true"},
        body,
        content_type,
        is_repeatable=True,
        read_seconds=UPLOAD_READ_SECONDS,
        auth=ApiToken(session.token),
    )
    response = client.fetch(request).result
    return _token(response) if isinstance(response, dict) and response.get("jwt") else None


def _token(response: Mapping[str, Any]) -> Sensitive[str]:
    token = response.get("jwt")
    if not isinstance(token, str) or not token:
        raise ApiError(
            "The API did not say how to continue the upload of static assets.", hint="Deploy again."
        )
    return Sensitive(token)
