"""The rules of `pywrangler.deploy.code.mistakes`, one function for each mistake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.config.problems.records import Problem
from pywrangler.deploy.code.class_fields import are_fields_defined
from pywrangler.deploy.code.syntax_tree import (
    SourceFile,
    arguments,
    called,
    contains,
    key_of,
    name_of,
)

if TYPE_CHECKING:
    from tree_sitter import Node

STATIC_HANDLERS = frozenset(
    {"outbound", "outboundByHost", "outboundHandlers", "outboundProxy", "outboundProxies"}
)
GIVES_STUB = ("getContainer", "getRandom")
"""The package's functions that give the stub of a container."""


def warning(source: SourceFile, node: Node, code: str, message: str, hint: str) -> Problem:
    """A warning about a node."""
    return Problem("warning", code, message, source.place(node), hint)


def start_options_env(source: SourceFile) -> Iterator[Problem]:
    """`env` in the options of `startAndWaitForPorts()`, and of `start()` of a class for containers."""
    for node in source.nodes("call_expression"):
        target, name = called(node) or (None, "")
        if name not in ("start", "startAndWaitForPorts") or _is_defined_here(source, name):
            continue
        options = source.value_of(_start_options(source, node, target, name))
        if options is None or options.type != "object":
            continue
        for pair in options.named_children:
            if key_of(pair) == "env":
                yield warning(
                    source,
                    pair,
                    "start-options-env",
                    "`env` in the start options has no effect: the package does not read it.",
                    "Write `envVars` instead of `env`.",
                )


def _start_options(source: SourceFile, node: Node, target: Node | None, name: str) -> Node | None:
    given = arguments(node)
    if name == "start":
        return given[0] if given and target is not None and _has_package_start(source, node, target) else None
    first = source.value_of(given[0]) if given else None
    if first is None or first.type != "object":
        return given[2] if len(given) > 2 else None
    for pair in first.named_children:
        if key_of(pair) == "startOptions":
            return pair if pair.type == "shorthand_property_identifier" else pair.child_by_field_name("value")
    return None


def _has_package_start(source: SourceFile, call: Node, target: Node) -> bool:
    """Whether `start()` of this object is the package's."""
    if target.type in ("this", "super"):
        return any(contains(class_node, call) for class_node in source.container_classes)
    maker = source.value_of(target)
    name = (called(maker) or (None, ""))[1] if maker is not None else ""
    return name in GIVES_STUB and name in source.imported


def _is_defined_here(source: SourceFile, name: str) -> bool:
    """Whether a class for containers has a method of this name itself, which may read what it likes."""
    methods = (
        method
        for method in source.nodes("method_definition")
        if (known := method.child_by_field_name("name")) is not None and name_of(known) == name
    )
    return any(contains(outer, method) for method in methods for outer in source.container_classes)


def buffer(source: SourceFile) -> Iterator[Problem]:
    """`Buffer` without Node's compatibility, where the file neither imports it nor asks for it."""
    uses: list[Node] = []
    patterns = ("shorthand_property_identifier_pattern", "property_identifier")
    if any(name_of(node) == "Buffer" for node in source.nodes(*patterns)):
        return  # taken out of a module, or set as a global one
    classes = (each.child_by_field_name("name") for each in source.nodes("class_declaration", "class"))
    if any(name is not None and name_of(name) == "Buffer" for name in classes):
        return
    for node in source.nodes("identifier"):
        if name_of(node) != "Buffer":
            continue
        parent = node.parent
        if parent is None:
            continue
        is_used = parent.type == "member_expression" and parent.child_by_field_name("object") == node
        is_made = parent.type == "new_expression" and parent.child_by_field_name("constructor") == node
        if not is_used and not is_made:
            return  # declared, imported, or asked for by `typeof`
        uses.append(node)
    if uses:
        yield warning(
            source,
            uses[0],
            "buffer-without-node",
            "`Buffer` does not exist in this Worker: Node's globals are off.",
            'Add "nodejs_compat" to `compatibility_flags`, or use `Uint8Array`, `btoa()` and `atob()`.',
        )


def autoscale(source: SourceFile) -> Iterator[Problem]:
    """`autoscale = true` in a class, as a field or in its constructor."""
    fields = ((field, name, field.child_by_field_name("value")) for field, name, _ in _fields(source))
    for node, name, value in (*fields, *_own_assignments(source)):
        meant = source.value_of(value)
        if name == "autoscale" and meant is not None and name_of(meant) == "true":
            yield warning(
                source,
                node,
                "autoscale",
                "`autoscale` has no effect: it was announced but is not released, and nothing reads it.",
                "Remove it. `getRandom(env.BINDING, COUNT)` chooses any instance; the example `autoscaling`"
                " chooses by load.",
            )


def _own_assignments(source: SourceFile) -> Iterator[tuple[Node, str, Node | None]]:
    """What classes for containers assign to fields of `this`: statement, field, value."""
    for node in source.nodes("assignment_expression"):
        left = node.child_by_field_name("left")
        if left is None or left.type != "member_expression":
            continue
        target, name = left.child_by_field_name("object"), left.child_by_field_name("property")
        is_own = target is not None and target.type == "this" and name is not None
        if is_own and name is not None and any(contains(each, node) for each in source.container_classes):
            yield node, name_of(name), node.child_by_field_name("right")


def static_handlers(source: SourceFile, tsconfig: Path | None = None) -> Iterator[Problem]:
    """`static outboundByHost = {...}`: a field of that name hides the accessor of the package.

    `tsconfig` is the file that the configuration names.
    """
    found = [
        (field, name) for field, name, is_static in _fields(source) if is_static and name in STATIC_HANDLERS
    ]
    if found and not are_fields_defined(source.path, tsconfig):
        found = []
    for field, name in (*found, *_static_methods(source)):
        yield warning(
            source,
            field,
            "static-handlers",
            f"`static {name}` has no effect: it hides the package's accessor of that name.",
            f"Assign it below the class: `ClassName.{name} = ...;`.",
        )


def _static_methods(source: SourceFile) -> Iterator[tuple[Node, str]]:
    """Static methods in the place of handlers: these are never assigned."""
    for class_node in source.container_classes:
        body = class_node.child_by_field_name("body")
        for member in body.named_children if body else ():
            name = member.child_by_field_name("name") if member.type == "method_definition" else None
            kinds = {child.type for child in member.children}
            if name is not None and "static" in kinds and not kinds & {"get", "set"}:
                yield from [(member, name_of(name))] if name_of(name) in STATIC_HANDLERS else []


def _fields(source: SourceFile) -> Iterator[tuple[Node, str, bool]]:
    """The fields of classes for containers, with their names and whether they are static."""
    for class_node in source.container_classes:
        body = class_node.child_by_field_name("body")
        for member in body.named_children if body else ():
            name = member.child_by_field_name("name") or member.child_by_field_name("property")
            if member.type in ("public_field_definition", "field_definition") and name is not None:
                is_static = any(child.type == "static" for child in member.children)
                yield member, name_of(name).strip("'\""), is_static
