"""What can be said of a value that is written: when it goes away, and metadata.

`kv bulk put` takes the same options, as Wrangler does (4.164), where they have no effect and are not shown.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from pywrangler.commands.shared.input import parse_json
from pywrangler.errors import UsageError


def _option(name: str, metavar: str, text: str, *, hidden: bool) -> Any:
    return typer.Option(name, metavar=metavar, help=text, hidden=hidden)


def _ttl(*, hidden: bool = False) -> Any:
    return _option("--ttl", "SECONDS", "Seconds after which it goes away.", hidden=hidden)


def _expiration(*, hidden: bool = False) -> Any:
    return _option("--expiration", "TIME", "Seconds since 1970 when it goes away.", hidden=hidden)


def _metadata(*, hidden: bool = False) -> Any:
    return _option("--metadata", "JSON", "A JSON object beside it.", hidden=hidden)


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
        raise UsageError(f"--metadata is not JSON: {error}.") from error
    if not isinstance(found, dict):
        raise UsageError("--metadata must be a JSON object.")
    return found
