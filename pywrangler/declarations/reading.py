"""Reads what declarations are made of out of a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pywrangler.config import ConfigurationError, Fields, read_fields
from pywrangler.config.records import ModuleRule
from pywrangler.config.syntax.document import Node
from pywrangler.declarations.javascript import in_order
from pywrangler.declarations.records import Declared, Member, RuleSet, Table
from pywrangler.errors import UsageError


def read_declared(
    file: Path, fields: Fields, root: Node, environment: str | None, local_secrets: Iterable[str]
) -> Declared:
    """What `file` says: of `environment`, or of the top level and every named environment.

    `fields` are those of the environment that holds, and `root` is the document as the user wrote it.
    """
    table: Table = root.value
    environments: Mapping[str, Table] = {name: own or {} for name, own in (table.get("env") or {}).items()}
    if environment:
        chosen = _chosen(environments, environment)
        named: Mapping[str, Table] = {}
    else:
        chosen, named = table, environments
    rule_sets = [_rule_set(fields)]
    rule_sets += [_rule_set(read_fields(file, environment=name)) for name in in_order(named)]
    return Declared(
        top=chosen,
        environments=named,
        rule_sets=rule_sets,
        classes=durable_classes(fields.get("migrations") or (), fields.get("exports") or {}),
        compatibility_date=fields.get("compatibility_date"),
        compatibility_flags=tuple(fields.get("compatibility_flags") or ()),
        secrets=_required_secrets(table, environments, chosen, named),
        local_secrets=tuple(local_secrets),
        blobs=(*_blobs(fields, "data_blobs", "ArrayBuffer"), *_blobs(fields, "text_blobs", "string")),
    )


def durable_classes(
    migrations: Iterable[Mapping[str, Any]], exports: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """The Durable Object classes that exist after all migrations, in the order in which they appear."""
    found: dict[str, None] = {}
    for migration in migrations:
        for name in migration.get("deleted_classes") or ():
            found.pop(name, None)
        for renamed in migration.get("renamed_classes") or ():
            if renamed["from"] in found:
                del found[renamed["from"]]
                found[renamed["to"]] = None
        for kind in ("new_classes", "new_sqlite_classes"):
            found |= dict.fromkeys(migration.get(kind) or ())
    for name in in_order(exports):
        entry = exports[name]
        is_live = entry.get("state", "created") in ("created", "expecting-transfer")
        if entry.get("type") == "durable-object" and is_live:
            found[name] = None
    return list(found)


def worker_names(file: Path, fields: Fields) -> list[str]:
    """The names that the Worker in `file` has, in its environments too; the top level's first."""
    names = [fields.worker_name]
    for environment in fields.environments:
        try:
            names.append(read_fields(file, environment=environment).worker_name)
        except ConfigurationError:
            continue
    return [name for name in dict.fromkeys(names) if name]


def _chosen(environments: Mapping[str, Table], environment: str) -> Table:
    if environment not in environments:
        listed = ", ".join(f"`{name}`" for name in environments)
        raise UsageError(
            f'There is no environment "{environment}" in the configuration.',
            hint=f"There is {listed}." if listed else "The configuration has no environments: omit `--env`.",
        )
    return environments[environment]


def _required_secrets(
    table: Table, environments: Mapping[str, Table], chosen: Table, named: Mapping[str, Table]
) -> dict[str, tuple[str, ...]]:
    """By environment, the chosen one under ""; empty if none requires secrets."""
    if not any("secrets" in one for one in (table, *environments.values())):
        return {}
    tables = {"": chosen, **named}
    return {name: tuple((one.get("secrets") or {}).get("required") or ()) for name, one in tables.items()}


def _rule_set(fields: Fields) -> RuleSet:
    finds = fields.get("find_additional_modules")
    return RuleSet(
        _rules(fields.get("rules") or ()), fields.get("no_bundle") is True if finds is None else finds
    )


def _rules(entries: Sequence[Mapping[str, Any]]) -> tuple[ModuleRule, ...]:
    return tuple(
        ModuleRule(entry["type"], tuple(entry["globs"]), entry.get("fallthrough") is True)
        for entry in entries
    )


def _blobs(fields: Fields, field: str, kind: str) -> list[Member]:
    return [Member(name, kind) for name in in_order(fields.get(field) or {})]
