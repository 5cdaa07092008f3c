"""The current places of Durable Object classes that were renamed or transferred to another Worker. Pure.

Bindings name a class by its Worker and its name. Bindings from before the move still lead to its objects, as
on Cloudflare. So do later bindings with a former name, which Cloudflare refuses. A name that a class has now
means that class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pywrangler.local.rest.scripts.classes.migrations import ClassState
from pywrangler.local.store.records import ClassName, Namespace

Moves = Mapping[ClassName, ClassName]
"""Former names of classes, and the names to replace them with."""


def namespaces_after(present: Iterable[Namespace], script: str, outcome: ClassState) -> dict[str, Namespace]:
    """All Workers' namespaces, by id, once an upload of Worker `script` is active."""
    others = {each.id: each for each in present if each.script != script}
    moved = {each.namespace.id: each.moved for each in outcome.transfers}
    return others | {each.id: each for each in outcome.namespaces} | moved


def names_given_up(
    present: Iterable[Namespace], after: Mapping[str, Namespace], outcome: ClassState
) -> dict[ClassName, str]:
    """Names that classes no longer have, with the ids of their namespaces. Steps of migrations may add and
    remove a name within one upload.
    """
    live = {each.key for each in after.values()}
    passing = {name: id_ for name, id_ in outcome.former_names.items() if name not in live}
    changed = {each.key: each.id for each in present if each.id in after and after[each.id].key != each.key}
    return {name: id_ for name, id_ in (passing | changed).items() if id_ in after}


def moves(names: Mapping[ClassName, str], after: Mapping[str, Namespace]) -> Moves:
    """Where former names lead, by the ids of their namespaces. Names of deleted namespaces are omitted."""
    return {name: after[id_].key for name, id_ in names.items() if id_ in after and after[id_].key != name}


def forward(metadata: Mapping[str, Any], owner: str, moved: Moves) -> dict[str, Any]:
    """The metadata of a version of Worker `owner` after moves: bindings to moved classes lead to their
    current places, and a container is no longer linked to a class that left.

    The Worker's own classes have the names that its code gives them, so a binding with another name is not
    changed.
    """
    own = {name: target for name, target in moved.items() if name[0] == owner}
    left = {class_name for (_, class_name), target in own.items() if target[0] != owner}
    theirs = {name: target for name, target in moved.items() if name[0] != owner or target[0] != owner}
    bindings = [_forwarded(binding, owner, theirs) for binding in metadata.get("bindings") or ()]
    containers = metadata.get("containers")
    changed: dict[str, Any] = {**metadata, "bindings": bindings}
    if left and containers:
        changed["containers"] = [entry for entry in containers if entry.get("class_name") not in left]
    return changed


def forwarded_bindings(
    script: str, uploaded: Iterable[Any], stored: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Bindings of an upload that name another Worker's class by a former name, for the response."""
    now = {binding["name"]: class_of(binding, script) for binding in stored}
    named = {binding["name"]: class_of(binding, script) for binding in uploaded}
    return [
        {"binding": name, "from": _class_json(before), "to": _class_json(target)}
        for name, before in named.items()
        if before is not None
        and before[0] != script
        and (target := now.get(name)) is not None
        and target != before
    ]


def class_of(binding: Mapping[str, Any], owner: str) -> ClassName | None:
    """The class that a binding of Worker `owner` names; None for a binding to something else."""
    if binding.get("type") != "durable_object_namespace":
        return None
    return str(binding.get("script_name") or owner), str(binding.get("class_name"))


def _class_json(name: ClassName) -> dict[str, str]:
    return {"script": name[0], "class": name[1]}


def _forwarded(binding: Mapping[str, Any], owner: str, moved: Moves) -> Mapping[str, Any]:
    name = class_of(binding, owner)
    if name is None or name not in moved:
        return binding
    script, class_name = moved[name]
    kept = {field: binding[field] for field in ("name", "type")}
    elsewhere = {"script_name": script} if script != owner else {}
    return {**kept, "class_name": class_name, **elsewhere}
