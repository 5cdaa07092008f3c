"""Options of values that are written: their expiry and metadata.

`kv bulk put` takes the same options, as Wrangler does (4.164), where they have no effect and are not shown.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pywrangler.commands.shared.input import json_kind, parse_json
from pywrangler.errors import UsageError

OBJECT_HINT = 'Write a JSON object, in shell quotes: `--metadata \'{"name": "value"}\'`.'
KEY_HINT = "A key has 1 to 512 bytes of UTF-8, and is not `.` or `..`."
MAX_KEY_BYTES = 512
MAX_VALUE_BYTES = 25 * 1024 * 1024
MIN_TTL_SECONDS = 60
"""Limits of Workers KV, from Cloudflare's documentation."""


def _option(name: str, metavar: str, text: str, *, hidden: bool) -> Any:
    return typer.Option(name, metavar=metavar, help=text, hidden=hidden)


def _ttl(*, hidden: bool = False) -> Any:
    return _option("--ttl", "SECONDS", "Seconds until it expires.", hidden=hidden)


def _expiration(*, hidden: bool = False) -> Any:
    return _option("--expiration", "TIME", "When it expires, in seconds since 1970.", hidden=hidden)


def _metadata(*, hidden: bool = False) -> Any:
    return _option("--metadata", "JSON", "A JSON object to store with it.", hidden=hidden)


Ttl = Annotated[int | None, _ttl()]
Expiration = Annotated[int | None, _expiration()]
Metadata = Annotated[str | None, _metadata()]
IgnoredTtl = Annotated[int | None, _ttl(hidden=True)]
IgnoredExpiration = Annotated[int | None, _expiration(hidden=True)]
IgnoredMetadata = Annotated[str | None, _metadata(hidden=True)]


def read_metadata(text: str) -> dict[str, Any]:
    """The JSON object that `--metadata` gives; raises `UsageError` for another text."""
    try:
        found = parse_json(text)
    except ValueError as error:
        raise UsageError(f"`--metadata` is not JSON: {error}.", hint=OBJECT_HINT) from error
    if not isinstance(found, dict):
        raise UsageError(f"`--metadata` is {json_kind(found)}.", hint=OBJECT_HINT)
    return found


def check_key(key: str, place: str = "The key") -> None:
    """Raise `UsageError` for a key that KV cannot have. `place` says which key it is."""
    if key in ("", ".", ".."):
        raise UsageError(f"{place} is `{key}`." if key else f"{place} is empty.", hint=KEY_HINT)
    size = len(key.encode("utf-8", "surrogatepass"))
    if size > MAX_KEY_BYTES:
        raise UsageError(f"{place} has {size} bytes; at most {MAX_KEY_BYTES} are allowed.", hint=KEY_HINT)


def check_ttl(seconds: float, place: str = "`--ttl`") -> None:
    """Raise `UsageError` for a time to live that KV refuses."""
    if seconds < MIN_TTL_SECONDS:
        raise UsageError(f"{place} is {seconds} s; it must be at least {MIN_TTL_SECONDS} s.")


def check_size(content: bytes, place: str = "The value") -> None:
    """Raise `UsageError` for a value that is too long."""
    if len(content) > MAX_VALUE_BYTES:
        raise UsageError(f"{place} has {len(content)} bytes; at most {MAX_VALUE_BYTES} (25 MiB) are allowed.")
