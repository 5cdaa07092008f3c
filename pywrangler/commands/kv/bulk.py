"""`pywrangler kv bulk`: get, put, delete."""

from __future__ import annotations

import base64
from functools import partial
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
    IgnoredExpiration,
    IgnoredMetadata,
    IgnoredTtl,
    check_key,
    check_ttl,
    read_metadata,
)
from pywrangler.commands.shared.input import confirmed, json_kind, read_json_array
from pywrangler.commands.shared.options import PersistTo, warn_about_persist_to
from pywrangler.commands.shared.unknown_names import expecting_namespace
from pywrangler.errors import UsageError
from pywrangler.wording import count

File = Annotated[Path, typer.Argument(metavar="FILE", help="A file with a JSON array.")]
Force = Annotated[bool, typer.Option("--force", "-f", "-y", "--yes", help="Do not ask before deleting.")]
PAIR_FIELDS: dict[str, tuple[type, ...]] = {
    "key": (str,),
    "value": (str,),
    "expiration": (int, float),
    "expiration_ttl": (int, float),
    "metadata": (dict, list, type(None)),
    "base64": (bool,),
}
REQUIRED = ("key", "value")
MAX_LISTED = 12
"""Positions in one message: a file can have thousands of wrong entries."""


def get(
    run: Invocation,
    file: File,
    binding: Binding = None,
    identifier: NamespaceId = None,
    preview: Preview = False,
    persist_to: PersistTo = None,
) -> None:
    """Read the values of the keys in FILE: ["key", {"name": "key"}, ...]. The result is JSON.

    Example: pywrangler kv bulk get keys.json --binding CACHE
    """
    from pywrangler.cloudflare.kv import get_values

    warn_about_persist_to(run, persist_to)
    keys = _keys(read_json_array(run, file), file)
    namespace = namespace_id(run, binding, identifier, preview)
    nothing: dict[str, Any] = dict.fromkeys(keys)
    with expecting_namespace(run.client, namespace):
        values = unless_unknown(run, lambda: get_values(run.client, namespace, keys), nothing)
    if run.target is Target.LOCAL:  # where Wrangler (4.164) prints them so
        values = {key: {"value": value} for key, value in values.items()}
    run.console.json(values)


def put(
    run: Invocation,
    file: File,
    binding: Binding = None,
    identifier: NamespaceId = None,
    preview: Preview = None,
    ttl: IgnoredTtl = None,
    expiration: IgnoredExpiration = None,
    metadata: IgnoredMetadata = None,
    persist_to: PersistTo = None,
) -> None:
    """Write the pairs in FILE: [{"key": "...", "value": "...", "expiration_ttl": 60}, ...].

    A value with "base64": true is decoded first. Thousands are written in several requests.

    Example: pywrangler kv bulk put pairs.json --binding CACHE
    """
    from pywrangler.cloudflare.kv import put_values

    warn_about_persist_to(run, persist_to)
    if metadata is not None:
        read_metadata(metadata)
    for option, value in (("--ttl", ttl), ("--expiration", expiration), ("--metadata", metadata)):
        if value is not None:
            run.console.warning(f"`{option}` is ignored: write it in each pair of `{file}`.")
    pairs = _pairs(run, read_json_array(run, file), file)
    target = namespace_id(run, binding, identifier, preview)
    with run.console.progress() as progress:
        client = run.changing_client()
        open_for_writing(run, client, target, binding)
        task = progress.task("Writing")
        with expecting_namespace(client, target):
            put_values(client, target, pairs, lambda written: task.advance(written, len(pairs)))
        task.done(f"{count(len(pairs), 'pair')} written")


def delete(
    run: Invocation,
    file: File,
    binding: Binding = None,
    identifier: NamespaceId = None,
    preview: Preview = None,
    force: Force = False,
    persist_to: PersistTo = None,
) -> None:
    """Delete the keys in FILE: ["key", {"name": "key"}, ...].

    Example: pywrangler kv bulk delete keys.json --binding CACHE --force
    """
    from pywrangler.cloudflare.kv import delete_values

    warn_about_persist_to(run, persist_to)
    keys = _keys(read_json_array(run, file), file)
    target = namespace_id(run, binding, identifier, preview)
    client = run.changing_client()
    if not confirmed(run, f"Delete the {count(len(keys), 'key')} in {file}?", skip=force):
        return
    with run.console.progress() as progress:
        task = progress.task("Deleting")
        advance = partial(task.advance, total=len(keys))
        with expecting_namespace(client, target):
            unless_unknown(run, lambda: delete_values(client, target, keys, advance), None)
        task.done(f"{count(len(keys), 'key')} deleted")


def _keys(entries: list[Any], file: Path) -> list[str]:
    """Keys as texts or as `{"name"}`, which is how `key list` prints them."""
    found = [entry.get("name") if isinstance(entry, dict) else entry for entry in entries]
    keys = [key for key in found if isinstance(key, str)]
    if len(keys) < len(found):
        wrong = [index for index, key in enumerate(found) if not isinstance(key, str)]
        raise UsageError(
            f"`{file}` has entries that are not keys: {_listed(wrong)}, counted from 0.",
            hint='Each is `"key"` or `{"name": "key"}`.',
        )
    for index, key in enumerate(keys):
        check_key(key, f"`{file}`, entry {index}: the key")
    return keys


def _pairs(run: Invocation, entries: list[Any], file: Path) -> list[dict[str, Any]]:
    wrong = {index: why for index, entry in enumerate(entries) if (why := _mistake(entry))}
    if wrong:
        first = next(iter(wrong))
        others = [index for index in wrong if index != first]
        more = f" {_entries(others)} wrong, too." if others else ""
        raise UsageError(
            f"`{file}`, entry {first} (counted from 0): {wrong[first]}.{more}",
            hint='Each is `{"key": "...", "value": "..."}`, and optionally `expiration`, `expiration_ttl`,'
            " `metadata`, `base64`.",
        )
    for index, entry in enumerate(entries):
        place = f"`{file}`, entry {index}"
        check_key(entry["key"], f"{place}: the key")
        if entry.get("expiration_ttl") is not None:
            check_ttl(entry["expiration_ttl"], f"{place}: `expiration_ttl`")
        if entry.get("base64") and not _is_base64(entry["value"]):
            raise UsageError(
                f"{place}: the value is not base64.", hint='Encode it, or omit `"base64": true`.'
            )
    odd = [index for index, entry in enumerate(entries) if not entry.keys() <= PAIR_FIELDS.keys()]
    if odd:
        run.console.warning(f"`{file}` has unknown fields in the entries {_listed(odd)}, counted from 0.")
    return entries


def _mistake(entry: Any) -> str | None:
    """The reason why an entry is not a pair."""
    if not isinstance(entry, dict):
        return f"it is {json_kind(entry)}, not an object"
    if missing := next((name for name in REQUIRED if name not in entry), None):
        return f"it has no `{missing}`"
    wrong = (n for n, kind in PAIR_FIELDS.items() if n in entry and not _has_type(entry[n], kind))
    name = next(wrong, None)
    return f"its `{name}` is {json_kind(entry[name])}" if name is not None else None


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


def _has_type(value: object, kinds: tuple[type, ...]) -> bool:
    # JSON's true is not a number, although Python's is.
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def _entries(indexes: list[int]) -> str:
    return f"Entries {_listed(indexes)} are" if len(indexes) > 1 else f"Entry {indexes[0]} is"


def _listed(indexes: list[int]) -> str:
    shown = ", ".join(str(index) for index in indexes[:MAX_LISTED])
    return f"{shown}, ..." if len(indexes) > MAX_LISTED else shown
