"""A request that is passed on after its body was read in the same function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pywrangler.config.problems.records import Problem
from pywrangler.dataclass import dataclass
from pywrangler.deploy.code.marks import read_names
from pywrangler.deploy.code.rules import warning
from pywrangler.deploy.code.syntax_tree import (
    FUNCTIONS,
    SourceFile,
    arguments,
    called,
    contains,
    key_of,
    name_of,
    parameters,
    walk_own,
)

if TYPE_CHECKING:
    from tree_sitter import Node

READERS = frozenset({"json", "text", "formData", "arrayBuffer", "blob", "bytes"})
HONO_READERS = READERS | {"parseBody"}
UNCONDITIONAL = frozenset(
    {
        "await_expression",
        "parenthesized_expression",
        "variable_declarator",
        "lexical_declaration",
        "variable_declaration",
        "expression_statement",
        "assignment_expression",
        "try_statement",
        "statement_block",
        "call_expression",
        "arguments",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "member_expression",
    }
)
"""What is carried out whenever the statement that it is in is."""


@dataclass(frozen=True)
class _Passed:
    """A request of a function: how it is called, and how its readers are called."""

    name: str
    """`request`, or `c.req.raw` of Hono."""
    readers: tuple[str, ...]
    methods: frozenset[str]


def request_used_twice(source: SourceFile) -> Iterator[Problem]:
    """A request that is passed on after its body was read in the same function."""
    read = read_names(source.content)
    for node in source.nodes(*FUNCTIONS):
        body = node.child_by_field_name("body")
        for name in parameters(node) if body is not None else ():
            if body is not None and name in read:
                yield from _used_twice(source, body, _Passed(name, (name,), READERS), name)
            if body is not None and (f"{name}.req" in read or "raw" in read):
                raw = f"{name}.req.raw"
                hono = _Passed(raw, (f"{name}.req", raw), HONO_READERS)
                yield from _used_twice(source, body, hono, name)


def _used_twice(source: SourceFile, body: Node, request: _Passed, parameter: str) -> Iterator[Problem]:
    reads: list[Node] = []
    for node in walk_own(body):
        if _assigns(node, parameter) or _asks(node, request):
            return
        target, method = called(node) or (None, "")
        if target is not None and method in request.methods and _path(target) in request.readers:
            reads.append(node)
        elif reads and (passed := _passed_on(node, request.name)):
            read = next((read for read in reads if _always_before(read, passed)), None)
            if read is not None:
                name = request.name
                yield warning(
                    source,
                    passed,
                    "request-used-twice",
                    f"`{name}` is passed on after its body was read on line {read.start_point[0] + 1}: "
                    "a body can be read once.",
                    f"Read a copy, `{name}.clone()`, or pass on `new Request({name}, {{ body }})`.",
                )
                return


def _path(node: Node) -> str:
    """A chain of names as it is written, without blanks, `!` and `?`."""
    return re.sub(r"[\s!?]", "", name_of(node))


def _assigns(node: Node, name: str) -> bool:
    left = node.child_by_field_name("left") if node.type == "assignment_expression" else None
    declared = node.child_by_field_name("name") if node.type == "variable_declarator" else None
    return any(each is not None and name_of(each) == name for each in (left, declared))


def _asks(node: Node, request: _Passed) -> bool:
    return node.type == "member_expression" and _path(node) == f"{request.name}.bodyUsed"


def _passed_on(node: Node, name: str) -> Node | None:
    """The argument that is the request, where a call passes it on with its body."""
    given = arguments(node)
    if node.type == "new_expression":
        made = node.child_by_field_name("constructor")
        is_request = made is not None and name_of(made) == "Request"
        return _request_of(given, name) if is_request and len(given) <= 2 else None
    method = (called(node) or (None, ""))[1]
    if method == "fetch" and len(given) <= 2:
        return _request_of(given, name)
    if method in ("containerFetch", "switchPort") and given:
        return given[0] if _is_request(given[0], name) else _body_of(given, name)
    return None


def _request_of(given: list[Node], name: str) -> Node | None:
    """The request among the arguments of `fetch()` or `new Request()`, if no other body takes its place."""
    if not given:
        return None
    last = given[-1]
    if _is_request(last, name):
        return last
    if len(given) == 2 and _is_request(given[0], name) and last.type == "object":
        is_whole = all(pair.type in ("pair", "shorthand_property_identifier") for pair in last.named_children)
        has_body = any(key_of(pair) == "body" for pair in last.named_children)
        if is_whole and not has_body:
            return given[0]
    return _body_of(given, name)


def _body_of(given: list[Node], name: str) -> Node | None:
    """`request.body` as the `body` of the options."""
    for pair in given[-1].named_children if given and given[-1].type == "object" else ():
        value = pair.child_by_field_name("value")
        if key_of(pair) == "body" and value is not None and _path(value) == f"{name}.body":
            return value
    return None


def _is_request(node: Node, name: str) -> bool:
    """Whether a node is the request, or a copy that is made now, which is too late."""
    return _path(node) in (name, f"{name}.clone()")


def _always_before(read: Node, passed: Node) -> bool:
    """Whether the body was read whenever the request is passed on: the read is a statement of a block that
    the passing is in, too, and nothing decides whether it is carried out.
    """
    node = read
    while node.parent is not None:
        parent = node.parent
        if parent.type in ("statement_block", "program", "switch_case"):
            if contains(parent, passed):
                return not contains(node, passed)
            if any(child.type == "return_statement" for child in parent.named_children):
                return False
        if parent.type not in UNCONDITIONAL:
            return False
        node = parent
    return False
