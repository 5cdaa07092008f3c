"""A constructor that starts a container, or waits for its end, without a check whether it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pywrangler.config.problems.records import Problem
from pywrangler.deploy.code.rules import warning
from pywrangler.deploy.code.syntax_tree import (
    FUNCTIONS,
    SourceFile,
    called,
    contains,
    name_of,
    parameters,
    walk,
)

if TYPE_CHECKING:
    from tree_sitter import Node

RUNNING = ("property_identifier", "property_identifier_pattern")
"""`container.running`, or the same field taken out of `container` by its name."""


def constructor_calls(source: SourceFile) -> Iterator[Problem]:
    """`monitor()` before a start, and `start()` without a check of `running`, in a constructor."""
    for node in source.nodes("method_definition"):
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None or name_of(name) != "constructor":
            continue
        if any(each.type.endswith(RUNNING) and name_of(each) == "running" for each in walk(body)):
            continue
        is_package = any(contains(outer, node) for outer in source.container_classes)
        known = frozenset({"this.container"} if is_package else ())
        yield from _check(source, node, body, known)


def _check(
    source: SourceFile, constructor: Node, body: Node, containers: frozenset[str]
) -> Iterator[Problem]:
    containers |= _containers(constructor, body)
    was_started = False
    for call in _carried_out(body):
        target, method = called(call) or (None, "")
        if target is None or _path(target) not in containers:
            continue
        if method == "destroy":
            return  # it ends what runs
        if method not in ("start", "monitor"):
            continue
        is_handled = _is_in_try(call, body)
        if method == "start" and not is_handled:
            yield warning(
                source,
                call,
                "start-in-constructor",
                "`start()` in a constructor fails if the container is already running, as after a deploy.",
                "Check first: `if (!ctx.container.running) ctx.container.start();`.",
            )
        elif method == "monitor" and not was_started and not is_handled:
            yield warning(
                source,
                call,
                "monitor-before-start",
                "`monitor()` in a constructor fails if no container is running: none was started before it.",
                "Call `monitor()` after `start()`, or check `ctx.container.running` first.",
            )
        was_started = was_started or method == "start"


def _containers(constructor: Node, body: Node) -> set[str]:
    """What the object's container is called in its constructor: `ctx.container`, `this.ctx.container`, and
    the names that they are given.
    """
    states = {"this.ctx", "this.state"}
    if first := next(parameters(constructor), None):
        states |= {first, f"this.{first}"}
    found: set[str] = set()
    for node in walk(body):
        value = node.child_by_field_name("right") or node.child_by_field_name("value")
        left = node.child_by_field_name("left") or node.child_by_field_name("name")
        if value is None or left is None:
            continue
        path = _path(value)
        if path in states and left.type == "object_pattern":
            found |= set(_taken_out(left))
        elif path in states:
            states.add(_path(left))
        elif path in found or path in {f"{state}.container" for state in states}:
            found.add(_path(left))
    return found | {f"{state}.container" for state in states}


def _taken_out(pattern: Node) -> Iterator[str]:
    """The names that `{ container }`, or `{ container: name }`, gives a container."""
    for part in pattern.named_children:
        key, value = part.child_by_field_name("key"), part.child_by_field_name("value")
        if key is not None and value is not None and name_of(key) == "container":
            yield name_of(value)
        elif part.type == "shorthand_property_identifier_pattern" and name_of(part) == "container":
            yield "container"


def _path(node: Node) -> str:
    """A chain of names as it is written, without blanks, `!` and `?`."""
    return re.sub(r"[\s!?()]", "", name_of(node))


def _carried_out(body: Node) -> Iterator[Node]:
    """The calls that a constructor carries out: those of functions only where it calls them by
    `blockConcurrencyWhile()` or at once.
    """
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if node.type in FUNCTIONS and not _is_called_at_once(node):
            continue
        if node.type in ("class", "class_declaration"):
            continue
        if node.type == "call_expression":
            yield node
        waiting.extend(reversed(node.children))


def _is_called_at_once(function: Node) -> bool:
    parent = function.parent
    if parent is None:
        return False
    if parent.type == "parenthesized_expression":
        outer = parent.parent
        return outer is not None and outer.type == "call_expression"
    call = parent.parent if parent.type == "arguments" else None
    return call is not None and (called(call) or (None, ""))[1] == "blockConcurrencyWhile"


def _is_in_try(call: Node, body: Node) -> bool:
    """Whether a `catch` of the constructor takes what the call throws."""
    node = call
    while node.parent is not None and node != body:
        parent = node.parent
        if parent.type == "try_statement" and parent.child_by_field_name("body") == node:
            return parent.child_by_field_name("handler") is not None
        node = parent
    return False
