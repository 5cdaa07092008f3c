"""JavaScript and TypeScript as a tree, for rules about it: comments and strings are not code there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.config.problems.records import Place
from pywrangler.dataclass import dataclass

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

SUFFIXES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
TYPESCRIPT = (".ts", ".mts", ".cts")
"""Where `<T>value` is a cast; elsewhere it is the start of an element."""
FUNCTIONS = frozenset(
    {
        "function_declaration",
        "function_expression",
        "generator_function",
        "generator_function_declaration",
        "arrow_function",
        "method_definition",
    }
)
CASTS = frozenset(
    {
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "parenthesized_expression",
        "await_expression",
    }
)
"""What is around a value and changes nothing about it here."""
DEEPEST = 20
CONTAINER_PACKAGES = ("@cloudflare/containers", "@cloudflare/sandbox")


@dataclass
class SourceFile:
    """One file of the Worker's code."""

    path: Path
    content: bytes = field(repr=False)
    root: Node = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.root = _parser(is_typescript=self.path.suffix in TYPESCRIPT).parse(self.content).root_node

    def place(self, node: Node) -> Place:
        """The place where a node begins; columns count characters."""
        row, column = node.start_point
        line = self.content.split(b"\n")[row]
        before = line[:column].decode(errors="replace")
        source = line.decode(errors="replace").rstrip("\r")
        return Place(self.path, row + 1, len(before) + 1, max(len(name_of(node)), 1), source)

    @cached_property
    def _by_type(self) -> dict[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for node in walk(self.root):
            if node.is_named:
                found.setdefault(node.type, []).append(node)
        return found

    def nodes(self, *types: str) -> list[Node]:
        """The nodes of these types in the file, in the order of the text, if they are of one type."""
        return [node for each in types for node in self._by_type.get(each, ())]

    def value_of(self, node: Node | None) -> Node | None:
        """What a node is: a name's one declaration is followed, and casts and brackets are removed."""
        for _ in range(DEEPEST):
            if node is None:
                return None
            if node.type in CASTS and node.named_children:
                node = node.named_children[0]
            elif node.type in ("identifier", "shorthand_property_identifier"):
                name = name_of(node)
                declared = [
                    each
                    for each in self.nodes("variable_declarator")
                    if (known := each.child_by_field_name("name")) is not None and name_of(known) == name
                ]
                if len(declared) != 1:
                    return node
                value = declared[0].child_by_field_name("value")
                if value is None:
                    return node
                node = value
            else:
                return node
        return node

    @cached_property
    def container_classes(self) -> list[Node]:
        """The classes of the file that extend one of a package for containers, directly or not."""
        known = set(self.imported)
        found: list[Node] = []
        classes = self.nodes("class_declaration", "class", "abstract_class_declaration")
        for node in sorted(classes, key=lambda each: each.start_byte):
            if base_name(node) in known:
                found.append(node)
                if name := _class_name(node):
                    known.add(name)
        return found

    @cached_property
    def imported(self) -> frozenset[str]:
        """The names under which parts of these packages are known: `Container`, `containers.Container`."""
        return frozenset(self._imported())

    def _imported(self) -> Iterator[str]:
        for statement in self.root.named_children:
            source = statement.child_by_field_name("source") if statement.type == "import_statement" else None
            if source is None or name_of(source).strip("'\"`") not in CONTAINER_PACKAGES:
                continue
            for node in walk(statement):
                if node.type == "import_specifier":
                    known = node.child_by_field_name("alias") or node.child_by_field_name("name")
                    yield name_of(known) if known else ""
                elif node.type == "namespace_import":
                    name = name_of(node.named_children[-1])
                    yield from (f"{name}.Container", f"{name}.Sandbox")


def parse(path: Path, content: bytes) -> SourceFile:
    """The file as a tree; parts that are not code are left out, as far as that is possible."""
    return SourceFile(path, content)


def walk(node: Node) -> Iterator[Node]:
    """The node and all that is in it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def name_of(node: Node) -> str:
    """The text of a node, as it is written."""
    return (node.text or b"").decode(errors="replace")


def _class_name(class_node: Node) -> str | None:
    """What a class is known as: its own name, or that of the variable it is given to."""
    name = class_node.child_by_field_name("name")
    if name is None and class_node.parent is not None and class_node.parent.type == "variable_declarator":
        name = class_node.parent.child_by_field_name("name")
    return name_of(name) if name is not None else None


def base_name(class_node: Node) -> str | None:
    """What a class extends, as it is written, without type arguments."""
    for child in class_node.named_children:
        if child.type == "class_heritage":
            clause = child.named_children[0] if child.named_children else None
            if clause is not None and clause.type == "extends_clause":
                clause = clause.child_by_field_name("value")
            return name_of(clause) if clause is not None else None
    return None


def called(node: Node) -> tuple[Node | None, str] | None:
    """The object and the name of a called method (`a.b()`), or None and the name of a called function."""
    function = node.child_by_field_name("function") if node.type == "call_expression" else None
    if function is None:
        return None
    if function.type == "member_expression":
        name, target = function.child_by_field_name("property"), function.child_by_field_name("object")
        return (target, name_of(name)) if name is not None else None
    return (None, name_of(function)) if function.type == "identifier" else None


def arguments(node: Node) -> list[Node]:
    """The arguments of a call."""
    listed = node.child_by_field_name("arguments")
    return [child for child in listed.named_children if child.type != "comment"] if listed else []


def walk_own(function_body: Node) -> Iterator[Node]:
    """The nodes of a function in the order of the text, without those of the functions within it."""
    waiting = [function_body]
    while waiting:
        current = waiting.pop()
        yield current
        if current.type not in FUNCTIONS:
            waiting.extend(reversed(current.children))


def key_of(pair: Node) -> str | None:
    """The name of a property in an object literal, shorthand or not."""
    if pair.type in ("shorthand_property_identifier", "method_definition"):
        named = pair.child_by_field_name("name") or pair
        return name_of(named)
    key = pair.child_by_field_name("key") if pair.type == "pair" else None
    return name_of(key).strip("'\"") if key is not None else None


@cache
def _parser(*, is_typescript: bool) -> Parser:
    import tree_sitter_typescript
    from tree_sitter import Language, Parser

    grammar = tree_sitter_typescript
    return Parser(Language(grammar.language_typescript() if is_typescript else grammar.language_tsx()))


def contains(outer: Node, inner: Node) -> bool:
    """Whether a node is in another, or is it."""
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte


def parameters(function: Node) -> Iterator[str]:
    """The names of a function's parameters that have one."""
    listed = function.child_by_field_name("parameters")
    alone = function.child_by_field_name("parameter")
    if alone is not None:
        yield name_of(alone)
    for parameter in listed.named_children if listed else ():
        pattern = parameter.child_by_field_name("pattern") or parameter
        if pattern.type == "identifier":
            yield name_of(pattern)
