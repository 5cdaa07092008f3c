"""Makes records of bindings and migrations, and checks that binding names are unique."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pywrangler.config.classes.declarations import export_entries
from pywrangler.config.environments import Section
from pywrangler.config.problems.report import Report
from pywrangler.config.records import (
    DurableObjectBinding,
    KVNamespace,
    Migration,
    RemoteBinding,
    SecretsStoreSecret,
    ServiceBinding,
)
from pywrangler.config.schema.products import PRODUCT_KINDS
from pywrangler.config.syntax.document import Node

_OWN_FIELDS = ("assets", "kv_namespaces", "secrets_store_secrets", "services")


def read_bindings(section: Section) -> dict[str, Any]:
    """The fields of `Configuration` that are bindings, variables and migrations; for a section without
    errors.
    """
    return {
        "durable_objects": tuple(
            DurableObjectBinding(
                node.value["name"],
                node.value["class_name"],
                node.text("script_name"),
                node.text("environment"),
            )
            for node in section.children("durable_objects", "bindings")
        ),
        "migrations": tuple(_migration(node) for node in section.children("migrations")),
        "exports": {name: entry.value for name, entry in export_entries(section)},
        "vars": section.table("vars"),
        "kv_namespaces": read_kv_namespaces(section),
        "secrets_store_secrets": tuple(
            SecretsStoreSecret(node.value["binding"], node.value["store_id"], node.value["secret_name"])
            for node in section.children("secrets_store_secrets")
        ),
        "services": tuple(
            ServiceBinding(
                node.value["binding"],
                node.value["service"],
                node.text("entrypoint"),
                node.text("environment"),
                node.value.get("props"),
                node.text("cross_account_grant"),
            )
            for node in section.children("services")
        ),
        "remote": _remote_bindings(section),
    }


def read_kv_namespaces(section: Section) -> tuple[KVNamespace, ...]:
    """The entries of `kv_namespaces` that have a binding."""
    return tuple(
        KVNamespace(binding, node.text("id"), node.text("preview_id"))
        for node in section.children("kv_namespaces")
        if (binding := node.text("binding"))
    )


def check_binding_names(section: Section, report: Report) -> None:
    """Reports two bindings with the same name in `env`."""
    named: defaultdict[str, list[Node]] = defaultdict(list)
    for node in _named_bindings(section):
        if isinstance(node.value, str):
            named[node.value].append(node)
    variables = section.get("vars")
    for name, node in variables.entries() if variables else ():
        named[name].append(node)
    for node in section.children("secrets", "required"):
        if isinstance(node.value, str):
            named[node.value].append(node)
    for name, nodes in named.items():
        if len(nodes) > 1:
            message = f'Two bindings are named "{name}": "{nodes[0]}" and "{nodes[1]}"'
            report.error("binding-repeated", message, nodes[1].place, "Give each its own name.")


def _migration(node: Node) -> Migration:
    return Migration(
        tag=node.value["tag"],
        new_classes=node.texts("new_classes"),
        new_sqlite_classes=node.texts("new_sqlite_classes"),
        renamed_classes=tuple(
            (entry.value["from"], entry.value["to"]) for entry in node.children("renamed_classes")
        ),
        deleted_classes=node.texts("deleted_classes"),
        transferred_classes=tuple(dict(entry.value) for entry in node.children("transferred_classes")),
    )


def _named_bindings(section: Section) -> list[Node]:
    """The names of bindings of every kind but variables."""
    return [name for entry in _entries(section) if (name := _name_of(entry))]


def _entries(section: Section) -> list[Node]:
    return [entry for _, entries in _entries_by_field(section) for entry in entries]


def _entries_by_field(section: Section) -> list[tuple[str, list[Node]]]:
    return [
        ("durable_objects", section.children("durable_objects", "bindings")),
        ("queues", section.children("queues", "producers")),
        *((name, _list_or_single(section.get(name))) for name in (*_OWN_FIELDS, *PRODUCT_KINDS)),
    ]


def _name_of(entry: Node) -> Node | None:
    return entry.get("binding") or entry.get("name")


def _remote_bindings(section: Section) -> tuple[RemoteBinding, ...]:
    """The bindings that are `remote: true`, in the order of their fields."""
    return tuple(
        RemoteBinding(name.value, field, str(entry), entry.value, remote.key_place)
        for field, entries in _entries_by_field(section)
        for entry in entries
        if (remote := entry.get("remote")) and remote.value is True and (name := _name_of(entry))
    )


def _list_or_single(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return [*node.elements()] if isinstance(node.value, list) else [node]
