"""JavaScript and TypeScript as a tree, for rules about it: comments and texts are no code there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pywrangler.config.problems.records import Place

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
        """Where a node begins; columns count characters."""
        row, column = node.start_point
        line = self.content.split(b"\n")[row]
        before = line[:column].decode(errors="replace")
        source = line.decode(errors="replace").rstrip("\r")
        return Place(self.path, row + 1, len(before) + 1, max(len(name_of(node)), 1), source)

    @property
    def container_classes(self) -> list[Node]:
        """The classes of the file that extend one of a package for containers, directly or not."""
        known = set(self._imported())
        found: list[Node] = []
        for node in walk(self.root):
            if node.type in ("class_declaration", "class", "abstract_class_declaration"):
                parent = base_name(node)
                if parent in known:
                    found.append(node)
                    if name := node.child_by_field_name("name"):
                        known.add(name_of(name))
        return found

    def _imported(self) -> Iterator[str]:
        """The names under which classes of these packages are known: `Container`, `containers.Container`."""
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
    """The file as a tree; what is no code in it is left out, as far as that is possible."""
    return SourceFile(path, content)


def walk(node: Node) -> Iterator[Node]:
    """The node and all that stands in it, in the order of the text."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def name_of(node: Node) -> str:
    """The text of a node, as it is written."""
    return (node.text or b"").decode(errors="replace")


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


def enclosing_function(node: Node) -> Node | None:
    """The innermost function that a node stands in."""
    current = node.parent
    while current is not None and current.type not in FUNCTIONS:
        current = current.parent
    return current


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
