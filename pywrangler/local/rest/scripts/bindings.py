"""Bindings of an upload: resolve kept and inherited ones, take out secrets, check what they refer to.

`resolve_bindings` is pure; `check_references` looks into the store.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.scripts.classes.migrations import ClassState
from pywrangler.local.store import Store
from pywrangler.sensitive import Sensitive

NOTHING_TO_INHERIT = 10057
NO_MIGRATION = 10061
MAX_SECRET_BYTES = 120 * 1024
"""`workerd` gets secrets through its environment, and Linux limits each variable to 128 KiB."""
SECRET = "secret_text"  # noqa: S105 - the name of a type of binding
AI = "ai"
"""A type of binding that may bring the `key` of a model server."""


@dataclass(frozen=True)
class ResolvedBindings:
    """The bindings of a version, and the values of its secrets."""

    bindings: tuple[Mapping[str, Any], ...]
    secrets: Mapping[str, Sensitive[str]]


NO_BINDINGS = ResolvedBindings((), {})


def resolve_bindings(
    uploaded: Iterable[Any], keep_types: Collection[str], previous: ResolvedBindings
) -> ResolvedBindings:
    """The bindings of a new version, sorted by name.

    `keep_types` are the upload's `keep_bindings`: bindings of these types that the version before has and the
    upload does not name stay. The exception are bindings with a `source`, a file on this machine: the file no
    longer names them. A binding of type `inherit` is the version before's binding of that name.
    """
    before = {binding["name"]: binding for binding in previous.bindings}
    made: dict[str, Mapping[str, Any]] = {}
    secrets: dict[str, Sensitive[str]] = {}
    for binding in uploaded:
        name = _checked_name(binding, made)
        if binding["type"] == "inherit":
            source = _inherited_name(binding, before)
            made[name] = {**before[source], "name": name}
            if source in previous.secrets:
                secrets[name] = previous.secrets[source]
        elif binding["type"] == SECRET:
            made[name] = {"name": name, "type": SECRET} | _source(binding)
            secrets[name] = Sensitive(_secret_text(binding))
        elif binding["type"] == AI and isinstance(binding.get("key"), str):
            made[name] = {field: value for field, value in binding.items() if field != "key"}
            secrets[name] = Sensitive(binding["key"])
        else:
            made[name] = binding
    for name, binding in before.items():
        if binding["type"] in keep_types and name not in made and not _source(binding):
            made[name] = binding
            if name in previous.secrets:
                secrets[name] = previous.secrets[name]
    return ResolvedBindings(tuple(made[name] for name in sorted(made)), secrets)


def _checked_name(binding: Any, made: Mapping[str, Any]) -> str:
    if not isinstance(binding, dict) or not isinstance(binding.get("type"), str):
        raise RestError('A binding must be an object with "name" and "type".')
    name = binding.get("name")
    if not isinstance(name, str) or not name:
        raise RestError(f'A binding of type "{binding["type"]}" has no name.')
    if name in made:
        raise RestError(f'There are two bindings named "{name}".')
    return name


def _source(binding: Mapping[str, Any]) -> dict[str, Any]:
    return {"source": binding["source"]} if binding.get("source") else {}


def _inherited_name(binding: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]]) -> str:
    source = str(binding.get("old_name") or binding["name"])
    if source not in before:
        raise RestError(
            f'The binding "{binding["name"]}" cannot be inherited: the previous version has no "{source}".'
            f" If it is a required secret, run `pywrangler secret put {source}`.",
            code=NOTHING_TO_INHERIT,
        )
    return source


def _secret_text(binding: Mapping[str, Any]) -> str:
    text = binding.get("text")
    if not isinstance(text, str):
        raise RestError(f'The secret "{binding["name"]}" has no text.')
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_SECRET_BYTES:
        raise RestError(
            f'The value of the secret "{binding["name"]}" has {size} bytes. At most {MAX_SECRET_BYTES}'
            " are possible here, and 5120 on Cloudflare."
        )
    return text


def classes_by_worker(script: str, outcome: ClassState) -> frozenset[tuple[str, str]]:
    """The classes that exist after an upload of Worker `script`, each with the Worker that will have it."""
    own = {(script, each.class_name) for each in outcome.namespaces} | {
        (script, name) for name in outcome.awaited
    }
    return frozenset(own | {(each.target, each.class_name) for each in outcome.transfers})


def check_references(
    store: Store, script: str, bindings: Sequence[Mapping[str, Any]], classes: Collection[tuple[str, str]]
) -> None:
    """Raises `RestError` for the first binding that refers to something that does not exist.

    Unlike on Cloudflare, another Worker may be deployed later, so that two Workers that need each other can
    be deployed in either order. Calls fail until it exists.
    """
    for binding in bindings:
        if "account" in binding:
            continue  # what it leads to is at Cloudflare
        problem = _problem(store, script, binding, classes)
        if problem is not None:
            raise problem


def _problem(
    store: Store, script: str, binding: Mapping[str, Any], classes: Collection[tuple[str, str]]
) -> RestError | None:
    name = binding["name"]
    match binding["type"]:
        case "durable_object_namespace":
            return _missing_class(store, script, binding, classes)
        case "service" if not binding.get("service"):
            return RestError(f'The binding "{name}" names no Worker as its "service".', code=10144)
        case "kv_namespace":
            namespace_id = binding.get("namespace_id")
            if not isinstance(namespace_id, str) or store.kv.get(namespace_id) is None:
                return RestError(
                    f"The binding `{name}` needs the KV namespace `{namespace_id}`, which does not exist.",
                    code=10041,
                )
        case "d1":
            database = str(binding.get("id") or binding.get("database_id"))
            if store.d1.get(database) is None:
                message = f"The binding `{name}` needs the D1 database `{database}`, which does not exist."
                return RestError(message, code=10181)
        case "r2_bucket":
            bucket = str(binding.get("bucket_name"))
            if store.r2.get(bucket) is None:
                message = f"The binding `{name}` needs the R2 bucket `{bucket}`, which does not exist."
                return RestError(message, code=10085)
        case "queue":
            queue = str(binding.get("queue_name"))
            if store.queues.named(queue) is None:
                message = f"The binding `{name}` needs the queue `{queue}`, which does not exist."
                return RestError(message, code=11000)
        case "secrets_store_secret":
            return _missing_stored_secret(store, binding)
    return None


def _missing_class(
    store: Store, script: str, binding: Mapping[str, Any], classes: Collection[tuple[str, str]]
) -> RestError | None:
    class_name, other = binding.get("class_name"), binding.get("script_name")
    if (other or script, class_name) in classes:
        return None
    if other and other != script:
        is_deployed = store.workers.get(str(other)) is not None
        if is_deployed and store.namespaces.find(str(other), str(class_name)) is None:
            return RestError(
                f'The binding "{binding["name"]}" needs the class "{class_name}" of the Worker "{other}",'
                " which does not exist.",
                code=NO_MIGRATION,
            )
        return None
    return RestError(
        f'The binding "{binding["name"]}" needs the class "{class_name}", which this Worker does not have.'
        ' Add it to "new_sqlite_classes" of a migration, or name the Worker that has it as "script_name".',
        code=NO_MIGRATION,
    )


def _missing_stored_secret(store: Store, binding: Mapping[str, Any]) -> RestError | None:
    store_id, secret_name = str(binding.get("store_id")), str(binding.get("secret_name"))
    if store.secrets_stores.secret_named(store_id, secret_name) is None:
        known = store.secrets_stores.get(store_id)
        name = known.name if known else store_id
        return RestError(
            f'The binding "{binding["name"]}" needs the secret "{secret_name}" of the store "{name}",'
            " which does not exist. Create it: `pywrangler secrets-store secret create"
            f" {shlex.quote(name)} --name {secret_name} --scopes workers`.",
            code=10182,
        )
    return None
