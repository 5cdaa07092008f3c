"""The rules of `pywrangler.deploy.code.mistakes`, one function for each mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pywrangler.config.problems.records import Problem
from pywrangler.deploy.code.syntax_tree import (
    FUNCTIONS,
    SourceFile,
    arguments,
    called,
    enclosing_function,
    key_of,
    name_of,
    walk,
)

if TYPE_CHECKING:
    from tree_sitter import Node

STATIC_HANDLERS = frozenset(
    {"outbound", "outboundByHost", "outboundHandlers", "outboundProxy", "outboundProxies"}
)
RUNNING = ("property_identifier", "property_identifier_pattern")
"""`container.running`, or the same field taken out of `container` by its name."""
BODY_READERS = frozenset({"json", "text", "formData", "arrayBuffer", "blob", "bytes"})
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
"""What is carried out whenever the statement that it stands in is."""


def start_options_env(source: SourceFile) -> Iterator[Problem]:
    """`env` in the options of `startAndWaitForPorts()`, and of `this.start()` in a class for containers."""
    for node in walk(source.root):
        call = called(node)
        if call is None:
            continue
        for options in _start_options(source, node, *call):
            for pair in options.named_children:
                if key_of(pair) == "env":
                    yield _warning(
                        source,
                        pair,
                        "start-options-env",
                        "`env` in the start options reaches no container: the package does not read it.",
                        "Write `envVars` in place of `env`.",
                    )


def _start_options(source: SourceFile, node: Node, target: Node | None, name: str) -> Iterator[Node]:
    given = arguments(node)
    if name == "startAndWaitForPorts":
        if given and given[0].type == "object":
            pairs = (pair for pair in given[0].named_children if key_of(pair) == "startOptions")
            values = (pair.child_by_field_name("value") for pair in pairs)
            yield from (value for value in values if value is not None and value.type == "object")
        elif len(given) > 2 and given[2].type == "object":
            yield given[2]
    elif name == "start" and target is not None and target.type == "this" and given[:1]:
        is_package = any(_contains(class_node, node) for class_node in source.container_classes)
        if is_package and given[0].type == "object":
            yield given[0]


def constructor_calls(source: SourceFile) -> Iterator[Problem]:
    """`monitor()` before a start, and `start()` without a look at `running`, in a constructor."""
    for node in walk(source.root):
        name = node.child_by_field_name("name") if node.type == "method_definition" else None
        body = node.child_by_field_name("body")
        if name is None or body is None or name_of(name) != "constructor":
            continue
        if any(each.type.endswith(RUNNING) and name_of(each) == "running" for each in walk(body)):
            continue
        has_started = False
        for call in _carried_out(body):
            target, method = called(call) or (None, "")
            if target is None or not _is_container(target):
                continue
            if method == "start":
                has_started = True
                yield _warning(
                    source,
                    call,
                    "start-in-constructor",
                    "`start()` in a constructor fails where the container runs already, as after a deploy.",
                    "Ask first: `if (!ctx.container.running) ctx.container.start();`.",
                )
            elif method == "monitor" and not has_started:
                yield _warning(
                    source,
                    call,
                    "monitor-before-start",
                    "`monitor()` in a constructor fails where no container runs: none was started before it.",
                    "Call `monitor()` after `start()`, or ask `ctx.container.running` first.",
                )


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


def _is_container(target: Node) -> bool:
    """Whether a called object is `container`, or a field of that name."""
    if target.type == "non_null_expression":
        target = target.named_children[0]
    if target.type == "member_expression":
        name = target.child_by_field_name("property")
        return name is not None and name_of(name) == "container"
    return target.type == "identifier" and name_of(target) == "container"


def request_used_twice(source: SourceFile) -> Iterator[Problem]:
    """A request whose body was read, and which is passed on then in the same function."""
    for node in walk(source.root):
        if node.type not in FUNCTIONS:
            continue
        for name in _parameters(node):
            yield from _used_twice(source, node, name)


def _parameters(function: Node) -> Iterator[str]:
    listed = function.child_by_field_name("parameters")
    alone = function.child_by_field_name("parameter")
    if alone is not None:
        yield name_of(alone)
    for parameter in listed.named_children if listed else ():
        pattern = parameter.child_by_field_name("pattern") or parameter
        if pattern.type == "identifier":
            yield name_of(pattern)


def _used_twice(source: SourceFile, function: Node, name: str) -> Iterator[Problem]:
    body = function.child_by_field_name("body")
    if body is None:
        return
    reads: list[Node] = []
    for node in walk(body):
        if enclosing_function(node) != function:
            continue
        if _assigns(node, name):
            return
        target, method = called(node) or (None, "")
        if (
            target is not None
            and target.type == "identifier"
            and name_of(target) == name
            and method in BODY_READERS
        ):
            reads.append(node)
        elif reads and (passed := _passed_on(node, name)):
            read = next((read for read in reads if _always_before(read, passed)), None)
            if read is not None:
                yield _warning(
                    source,
                    passed,
                    "request-used-twice",
                    f"`{name}` is passed on after its body was read in line {read.start_point[0] + 1}: "
                    "a body can be read once.",
                    f"Read a copy: `{name}.clone()`, or pass on `new Request({name}, {{ body }})`.",
                )
                return


def _assigns(node: Node, name: str) -> bool:
    left = node.child_by_field_name("left") if node.type == "assignment_expression" else None
    declared = node.child_by_field_name("name") if node.type == "variable_declarator" else None
    return any(each is not None and name_of(each) == name for each in (left, declared))


def _passed_on(node: Node, name: str) -> Node | None:
    """The argument that is the request, where a call passes it on as it is."""
    given = arguments(node)
    if node.type == "new_expression":
        made = node.child_by_field_name("constructor")
        if made is None or name_of(made) != "Request" or not given:
            return None
        last = given[-1]
        return last if name_of(last) == name and len(given) <= 2 else None
    method = (called(node) or (None, ""))[1]
    if (method == "fetch" and len(given) == 1) or (method == "containerFetch" and given):
        return given[0] if name_of(given[0]) == name else None
    return None


def _always_before(read: Node, passed: Node) -> bool:
    """Whether the body was read whenever the request is passed on: the read is a statement of a block that
    the passing stands in, too, and nothing decides whether it is carried out.
    """
    node = read
    while node.parent is not None:
        parent = node.parent
        if parent.type in ("statement_block", "program", "switch_case"):
            is_shared = _contains(parent, passed)
            if is_shared:
                return not _contains(node, passed)
        if parent.type not in UNCONDITIONAL:
            return False
        node = parent
    return False


def buffer(source: SourceFile) -> Iterator[Problem]:
    """`Buffer` without Node's compatibility, where the file neither imports it nor asks for it."""
    uses: list[Node] = []
    for node in walk(source.root):
        if node.type != "identifier" or name_of(node) != "Buffer":
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
        yield _warning(
            source,
            uses[0],
            "buffer-without-node",
            "`Buffer` does not exist in this Worker: Node's globals are off.",
            'Add "nodejs_compat" to `compatibility_flags`, or use `Uint8Array`, `btoa()` and `atob()`.',
        )


def autoscale(source: SourceFile) -> Iterator[Problem]:
    """`autoscale = true` in a class."""
    for field, name, _ in _fields(source):
        value = field.child_by_field_name("value")
        if name == "autoscale" and value is not None and name_of(value) == "true":
            yield _warning(
                source,
                field,
                "autoscale",
                "`autoscale` does nothing: it was announced and is not released, and nothing reads it.",
                "Remove it, and choose instances with `getRandom(env.BINDING, COUNT)`.",
            )


def static_handlers(source: SourceFile) -> Iterator[Problem]:
    """`static outboundByHost = {...}`: a field of that name hides the accessor of the package."""
    if source.path.suffix in (".ts", ".mts", ".cts", ".tsx"):
        return  # tsconfig.json decides whether it is an assignment
    for field, name, is_static in _fields(source):
        if is_static and name in STATIC_HANDLERS:
            yield _warning(
                source,
                field,
                "static-handlers",
                f"`static {name}` is not heeded: the field hides the package's accessor of that name.",
                f"Assign it below the class: `ClassName.{name} = ...;`.",
            )


def _fields(source: SourceFile) -> Iterator[tuple[Node, str, bool]]:
    """The fields of classes for containers, with their names and whether they are static."""
    for class_node in source.container_classes:
        body = class_node.child_by_field_name("body")
        for member in body.named_children if body else ():
            name = member.child_by_field_name("name") or member.child_by_field_name("property")
            if member.type in ("public_field_definition", "field_definition") and name is not None:
                yield member, name_of(name), any(child.type == "static" for child in member.children)


def _contains(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def _warning(source: SourceFile, node: Node, code: str, message: str, hint: str) -> Problem:
    return Problem("warning", code, message, source.place(node), hint)
