"""Finds the error codes that the code can print, by reading it: `python -m scripts.error_codes` lists them.

A code is what is given as `code`: to an error of `pywrangler.errors`, to a problem of the configuration, or
to a function that has a parameter of that name and passes it on. A class of errors may also have its own.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "pywrangler"
MADE = {
    "f\"{name.replace('_', '-')}-missing\"": ("name-missing", "main-missing", "compatibility-date-missing")
}
"""Codes that the code puts together, by the expression."""
METHODS = {"report.error": 0, "report.warning": 0, "Problem": 1}
"""What takes the code of a problem, and at which position."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Codes:
    """What was found: the places of each code, as `file:line`, and expressions that could not be read."""

    places: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    unread: list[str] = field(default_factory=list)


def find_codes(package: Path = PACKAGE) -> Codes:
    """All codes in the package's modules."""
    trees = {file: ast.parse(file.read_text("utf-8")) for file in sorted(package.rglob("*.py"))}
    constants: dict[str, ast.expr] = {}
    for tree in trees.values():
        constants |= _constants(tree)
    shared = {
        name: at for tree in trees.values() for name, at in _functions(tree) if not name.startswith("_")
    }
    found = Codes()
    for file, tree in trees.items():
        functions = METHODS | shared | dict(_functions(tree))
        if "config" in file.parts:
            functions["tell"] = 0  # one of a report's two methods
        for scope, node in _scoped(tree):
            for expression in (*_given(node, functions), *_own(node)):
                place = f"{file.relative_to(package.parent)}:{expression.lineno}"
                codes = _values(expression, scope, constants, _constants(tree))
                if codes is None:
                    found.unread.append(f"{place}: {ast.unparse(expression)}")
                for code in codes or ():
                    found.places[code].append(place)
    return found


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The module's functions with a parameter `code: str`: name, and the parameter's position or -1."""
    for node in tree.body:
        if isinstance(node, Function):
            names = [each.arg for each in node.args.args]
            parameters = (*node.args.args, *node.args.kwonlyargs)
            has_code = any(each.arg == "code" and _is_text(each.annotation) for each in parameters)
            if has_code and any(map(_passes_code_on, ast.walk(node))):
                yield node.name, names.index("code") if "code" in names else -1


def _passes_code_on(node: ast.AST) -> bool:
    """Whether a call gives `code` to an error or a problem."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func).removeprefix("self._")
    given = [*node.args, *(each.value for each in node.keywords)]
    is_given = any(isinstance(each, ast.Name) and each.id == "code" for each in given)
    return is_given and (called in METHODS or called.endswith("Error"))


def _is_text(annotation: ast.expr | None) -> bool:
    return annotation is not None and ast.unparse(annotation) in ("str", "str | None")


def _scoped(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Every node with the function that it is in."""

    def walk(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            yield scope, child
            yield from walk(child, child if isinstance(child, Function) else scope)

    yield from walk(tree, tree)


def _given(node: ast.AST, functions: Mapping[str, int]) -> Iterator[ast.expr]:
    """What a call gives as the code of an error or problem."""
    if not isinstance(node, ast.Call):
        return
    called = ast.unparse(node.func).removeprefix("self._")
    named = next((each.value for each in node.keywords if each.arg == "code"), None)
    is_error = called.endswith("Error") and called != "RestError"
    if named is not None and (called in functions or is_error):
        yield named
    elif named is None and 0 <= functions.get(called, -1) < len(node.args):
        yield node.args[functions[called]]


def _own(node: ast.AST) -> Iterator[ast.expr]:
    """The code that a class of errors has."""
    if isinstance(node, ast.ClassDef) and node.bases:
        for each in node.body:
            targets = each.targets if isinstance(each, ast.Assign) else [getattr(each, "target", None)]
            is_code = any(isinstance(target, ast.Name) and target.id == "code" for target in targets)
            value = each.value if isinstance(each, ast.Assign | ast.AnnAssign) else None
            if is_code and isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value


def _values(
    expression: ast.expr, scope: ast.AST, shared: Mapping[str, ast.expr], own: Mapping[str, ast.expr]
) -> list[str] | None:
    """The codes that an expression can be; empty for another error's code, None if it cannot be read."""

    def values(each: ast.expr) -> list[str] | None:
        return _values(each, scope, shared, own)

    text = ast.unparse(expression)
    match expression:
        case ast.Constant(value=str(code)):
            return [code]
        case ast.IfExp(body=body, orelse=orelse):
            return _joined([values(body), values(orelse)])
        case ast.Dict(values=items):
            return _joined([values(item) for item in items])
        case ast.Subscript(value=ast.Name(id=name)) if name in own:
            return values(own[name])
        case ast.Name(id=name):
            if assigned := list(_assigned(scope, name)):
                return _joined([values(each) for each in assigned])
            if name in own or (name in shared and name.isupper()):
                return values(own.get(name, shared.get(name, expression)))
    if text in MADE:
        return list(MADE[text])
    is_forwarded = text in ("code", "told['code']") or text.endswith(".code")
    return [] if is_forwarded else None


def _joined(lists: Iterable[list[str] | None]) -> list[str] | None:
    found = list(lists)
    return None if None in found else [code for each in found for code in each or ()]


def _assigned(scope: ast.AST, name: str) -> Iterator[ast.expr]:
    """What a function assigns to a name, also as one of several."""
    for node in ast.walk(scope):
        if not isinstance(node, ast.Assign):
            continue
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == name:
                yield node.value
            elif isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=True)
                yield from (value for each, value in pairs if isinstance(each, ast.Name) and each.id == name)


if __name__ == "__main__":
    codes = find_codes()
    for code, places in sorted(codes.places.items()):
        print(f"{code:34} {' '.join(places)}")
    for line in codes.unread:
        print(f"? {line}")
