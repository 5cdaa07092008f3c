"""`pywrangler kv key`: put, list, get, delete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pywrangler.cli.input import read_file
from pywrangler.cli.invocation import Invocation
from pywrangler.cli.kv.choice import Binding, NamespaceId, Preview, namespace_id
from pywrangler.cli.options import PersistTo, warn_about_persist_to
from pywrangler.errors import UsageError

Key = Annotated[str, typer.Argument(metavar="KEY", help="The key.")]
Value = Annotated[str | None, typer.Argument(metavar="VALUE", help="The value; or give --path.")]
File = Annotated[Path | None, typer.Option("--path", metavar="FILE", help="Take the value from this file.")]
Ttl = Annotated[
    int | None, typer.Option("--ttl", metavar="SECONDS", help="Seconds after which it goes away.")
]
Expiration = Annotated[
    int | None, typer.Option("--expiration", metavar="TIME", help="Seconds since 1970 when it goes away.")
]
Metadata = Annotated[str | None, typer.Option("--metadata", metavar="JSON", help="A JSON object beside it.")]
Prefix = Annotated[str | None, typer.Option("--prefix", metavar="TEXT", help="Only keys that begin so.")]
Text = Annotated[bool, typer.Option("--text", help="Decode the value as UTF-8 and end it with a new line.")]


def put(
    run: Invocation,
    key: Key,
    value: Value = None,
    path: File = None,
    binding: Binding = None,
    identifier: NamespaceId = None,
    preview: Preview = None,
    ttl: Ttl = None,
    expiration: Expiration = None,
    metadata: Metadata = None,
    persist_to: PersistTo = None,
) -> None:
    """Write a value, given as text or as a file.

    Example: pywrangler kv key put --binding CACHE greeting "hello" --ttl 3600
    """
    from pywrangler.cloudflare.kv import Expiry, put_value

    warn_about_persist_to(run, persist_to)
    if (value is None) == (path is None):
        raise UsageError("Which value?", hint="Give it after the key, or name a file with --path.")
    fields = None if metadata is None else _json_object(metadata)
    content = read_file(run, path) if path else (value or "").encode("utf-8", "surrogateescape")
    target = namespace_id(run, binding, identifier, preview)
    client = run.changing_client()
    put_value(client, target, key, content, expiry=Expiry(expiration, ttl), metadata=fields)
    run.console.success(f"Wrote {len(content)} bytes to {key}.")


def list_(
    run: Invocation,
    binding: Binding = None,
    identifier: NamespaceId = None,
    preview: Preview = False,
    prefix: Prefix = None,
    persist_to: PersistTo = None,
) -> None:
    """List all keys of a namespace, as JSON.

    Example: pywrangler kv key list --binding CACHE --prefix user:
    """
    from pywrangler.cloudflare.kv import list_keys

    warn_about_persist_to(run, persist_to)
    run.console.json(list_keys(run.client, namespace_id(run, binding, identifier, preview), prefix))


def get(
    run: Invocation,
    key: Key,
    binding: Binding = None,
    identifier: NamespaceId = None,
    preview: Preview = False,
    text: Text = False,
    persist_to: PersistTo = None,
) -> None:
    """Write a value to standard output, byte for byte.

    Example: pywrangler kv key get --binding CACHE logo > logo.png
    """
    from pywrangler.cloudflare.kv import get_value

    warn_about_persist_to(run, persist_to)
    value = get_value(run.client, namespace_id(run, binding, identifier, preview), key)
    if text:
        run.console.result(value.decode("utf-8", "replace"))
    else:
        run.console.write(value)


def delete(
    run: Invocation,
    key: Key,
    binding: Binding = None,
    identifier: NamespaceId = None,
    preview: Preview = None,
    persist_to: PersistTo = None,
) -> None:
    """Delete a key.

    Example: pywrangler kv key delete --binding CACHE greeting
    """
    from pywrangler.cloudflare.kv import delete_value

    warn_about_persist_to(run, persist_to)
    target = namespace_id(run, binding, identifier, preview)
    delete_value(run.changing_client(), target, key)
    run.console.success(f"Deleted {key}.")


def check_metadata(text: str) -> Any:
    """The JSON value that `--metadata` gives; raises `UsageError` for another text."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"--metadata is not JSON: {error}.") from error


def _json_object(text: str) -> dict[str, Any]:
    found = check_metadata(text)
    if not isinstance(found, dict):
        raise UsageError("--metadata must be a JSON object.")
    return found
