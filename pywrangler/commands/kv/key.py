"""`pywrangler kv key`: put, list, get, delete."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.kv.choice import (
    Binding,
    NamespaceId,
    Preview,
    namespace_id,
    open_for_writing,
    unless_unknown,
)
from pywrangler.commands.kv.entry_options import (
    Expiration,
    Metadata,
    Ttl,
    check_key,
    check_size,
    check_ttl,
    read_metadata,
)
from pywrangler.commands.shared.input import read_file
from pywrangler.commands.shared.options import PersistTo, warn_about_persist_to
from pywrangler.commands.shared.unknown_names import expecting_namespace
from pywrangler.errors import ApiError, UsageError
from pywrangler.wording import count

Key = Annotated[str, typer.Argument(metavar="KEY", help="The key.")]
Value = Annotated[str | None, typer.Argument(metavar="VALUE", help="The value; or give --path.")]
File = Annotated[str | None, typer.Option("--path", metavar="FILE", help="Take the value from this file.")]
Prefix = Annotated[
    str | None, typer.Option("--prefix", metavar="TEXT", help="Only keys that begin with this.")
]
Text = Annotated[bool, typer.Option("--text", help="Decode the value as UTF-8 and end it with a new line.")]

NOT_FOUND = 404


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
    # An empty one counts as none, as with Wrangler (4.164): most likely it is a variable that is not set.
    if value and path:
        raise UsageError("A value and `--path` exclude each other.", hint="Omit one of them.")
    if not value and not path:
        raise UsageError(
            "There is no value.",
            hint="Give it after the key, or name a file with `--path FILE`, which may be empty.",
        )
    check_key(key)
    if ttl is not None:
        check_ttl(ttl)
    fields = None if metadata is None else read_metadata(metadata)
    content = read_file(run, Path(path)) if path else (value or "").encode("utf-8", "surrogateescape")
    check_size(content)
    target = namespace_id(run, binding, identifier, preview)
    client = run.changing_client()
    open_for_writing(run, client, target, binding)
    expiry = Expiry(expiration, ttl)
    with expecting_namespace(client, target):
        put_value(client, target, key, content, expiry=expiry, metadata=fields, is_text=not path)
    run.console.success(f"Wrote {count(len(content), 'byte')} to `{key}`.")


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
    namespace = namespace_id(run, binding, identifier, preview)
    nothing: list[dict[str, Any]] = []
    with expecting_namespace(run.client, namespace):
        found = unless_unknown(run, lambda: list_keys(run.client, namespace, prefix), nothing)
    run.console.json(found)


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

    A terminal shows control characters as escapes, and gets no value that is not text.

    Example: pywrangler kv key get --binding CACHE logo > logo.png
    """
    from pywrangler.cloudflare.kv import get_value

    warn_about_persist_to(run, persist_to)
    check_key(key)
    namespace = namespace_id(run, binding, identifier, preview)
    try:
        with expecting_namespace(run.client, namespace, key):
            value = get_value(run.client, namespace, key)
    except ApiError as error:
        if run.target is not Target.LOCAL or error.status != NOT_FOUND:
            raise
        run.console.write(b"Value not found\n")  # with status 0, as Wrangler (4.164) answers locally
        return
    if text:
        run.console.write((value.decode("utf-8", "replace") + "\n").encode())
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
    check_key(key)
    target = namespace_id(run, binding, identifier, preview)
    client = run.changing_client()
    with expecting_namespace(client, target):
        unless_unknown(run, lambda: delete_value(client, target, key), None)
    run.console.success(f"Deleted `{key}`.")
