"""The picture of who imports whom, and which part owns which third-party package, kept true."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pywrangler"
COMMON = {
    "errors", "sensitive", "private_files", "file_hashes", "spelling", "wording", "image_names",
    "asset_rules", "module_types", "object_ids", "path_steps", "version", "dataclass",
}  # fmt: skip

ALLOWED = {
    "commands": {
        "commands", "console", "config", "deploy", "images", "cloudflare", "credentials", "local.client",
        "local.protocol", "toolchain", "init", "declarations", "inside", "explanations",
    },
    "explanations": {"explanations"},
    "declarations": {"declarations", "config", "deploy"},
    "testing": {"testing", "cloudflare", "local.client"},
    "init": {"init", "config", "toolchain"},
    "console": {"console"},
    "config": {"config"},
    "credentials": {"credentials"},
    "cloudflare": {"cloudflare"},
    "toolchain": {"toolchain"},
    "engine": {"engine"},
    "images": {"images", "engine"},
    "inside": {"inside", "engine"},
    "deploy": {"deploy", "config", "images", "cloudflare", "toolchain"},
    "local": set(),
    "local.client": {"local.client", "local.protocol", "local.processes"},
    "local.protocol": set(),
    "local.certificates": set(),
    "local.processes": set(),
    "local.instances": {"local.instances"},
    "local.store": {"local.store", "local.instances", "local.protocol"},
    "local.rest": {"local.rest", "local.store", "local.instances"},
    "local.gateway": {"local.gateway", "local.certificates", "local.instances", "engine"},
    "local.workerd": {"local.workerd", "local.processes"},
    "local.registry": {"local.registry"},
    "local.cluster": {"local.cluster", "local.certificates", "local.store"},
    "local.daemon": {
        "local.daemon", "local.rest", "local.gateway", "local.workerd", "local.store", "local.instances",
        "local.registry", "local.cluster", "local.protocol", "local.processes", "engine", "credentials",
        "toolchain",
    },
}  # fmt: skip
"""Part → what it may import of ours, besides `COMMON`, which all may use."""

OWNERS = {
    "typer": {"commands", "console"},
    "rich": {"commands", "console"},
    "docker": {"engine"},
    "requests": {"engine"},
    "tomlkit": {"config"},
    "json5": {"config"},
    "keyring": {"credentials"},
    "boto3": {"credentials"},
    "botocore": {"credentials", "local.cluster"},
    "cryptography": {
        "local.certificates",
        "local.cluster",
        "local.gateway",
        "local.registry",
        "local.store",
    },
    "sqlite3": {"local.cluster", "local.store", "local.workerd"},
    "aiohttp": {"cloudflare", "engine", "local.cluster", "local.rest", "local.daemon", "local.registry"},
    "PIL": {"local.daemon"},
    "uvloop": {"local.daemon"},
    "yarl": {"local.cluster", "local.daemon"},
    "blake3": {"deploy"},
    "pathspec": {"deploy"},
    "tree_sitter": {"deploy"},
    "tree_sitter_typescript": {"deploy"},
    "watchfiles": {"commands"},
    "urllib3": {"cloudflare", "engine"},
}
"""Third-party package → the parts that may import it."""


def part_of(module: str) -> str:
    """The part a dotted name under `pywrangler.` belongs to: `local.rest`, `commands`, `errors`, ..."""
    words = module.split(".")
    return ".".join(words[:2]) if words[0] == "local" else words[0]


@cache  # parsing eight hundred files takes seconds
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Every module's dotted name under `pywrangler.`, with its code."""
    return tuple(
        (module_name(file), ast.parse(file.read_text(), str(file))) for file in sorted(PACKAGE.rglob("*.py"))
    )


def module_name(file: Path) -> str:
    """The dotted name under `pywrangler.` of a file."""
    words = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(words[:-1] if words[-1] == "__init__" else words)


@cache
def imported_by() -> dict[str, tuple[str, ...]]:
    """Every module's absolute imports, wherever in the file."""
    return {module: tuple(imports(code)) for module, code in modules()}


def imports(code: ast.Module) -> Iterator[str]:
    """Every absolute name that a module imports, wherever in the file."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def may_import(importer: str, imported: str) -> bool:
    """Whether the picture has this arrow; both are dotted full names."""
    part, words = part_of(importer), imported.split(".")
    if words[0] in OWNERS:
        return part in OWNERS[words[0]]
    if words[0] != "pywrangler" or part_of(".".join(words[1:])) in COMMON:
        return True
    to = part_of(".".join(words[1:]))
    return part not in COMMON and bool({to, to.split(".")[0]} & ALLOWED[part])


def test_modules_import_only_what_their_part_may() -> None:
    arrows = ((module, name) for module, names in imported_by().items() for name in names)
    assert [f"{module} imports {name}" for module, name in arrows if not may_import(module, name)] == []


def test_the_picture_has_no_unused_arrow() -> None:
    used: dict[str, set[str]] = {}
    for module, names in imported_by().items():
        ours = (name.removeprefix("pywrangler.") for name in names if name.startswith("pywrangler."))
        used.setdefault(part_of(module), set()).update(map(part_of, ours))
    for part, allowed in ALLOWED.items():
        assert allowed - {part} <= used.get(part, set()), part


def test_every_package_of_others_has_owners() -> None:
    own = {"pywrangler", "__future__"}
    packages = {name.split(".")[0] for names in imported_by().values() for name in names} - own
    assert packages - sys.stdlib_module_names - set(OWNERS) == set()


def test_one_module_owns_boto3() -> None:
    owners = [
        module for module, names in imported_by().items() if "boto3" in {name.split(".")[0] for name in names}
    ]
    assert len(owners) <= 1


MAX_FILES = 20
"""Files that may stand beside each other in a directory: more want rooms of their own."""


@cache
def files_imported() -> dict[str, set[str]]:
    """Module → the modules of ours that it imports, wherever in the file; packages' faces are left out."""
    known = imported_by()
    packages = {f"{directory.relative_to(PACKAGE)}".replace("/", ".") for directory in PACKAGE.rglob("*/")}
    arrows: dict[str, set[str]] = {}
    for module, imported in known.items():
        if module in packages:
            continue
        names = {name.removeprefix("pywrangler.") for name in imported if name.startswith("pywrangler.")}
        ends = {name if name in known else name.rpartition(".")[0] for name in names}
        arrows[module] = {end for end in ends if end in known and end not in packages and end != module}
    return arrows


def test_no_files_import_each_other_in_a_circle() -> None:
    try:
        list(TopologicalSorter(files_imported()).static_order())
    except CycleError as error:
        raise AssertionError(f"a circle: {' → '.join(error.args[1])}") from None


def test_no_two_directories_import_each_other() -> None:
    """Directories beside each other have an order; the files in front of them may tie them together."""
    arrows: dict[str, set[str]] = {}
    for module, others in files_imported().items():
        ends = {other.rpartition(".")[0] for other in others}
        arrows.setdefault(module.rpartition(".")[0], set()).update(ends)
    mutual = {(a, b) for a, ends in arrows.items() for b in ends if a in arrows.get(b, ())}
    assert {(a, b) for a, b in mutual if not is_within(a, b) and not is_within(b, a)} == set()


def is_within(directory: str, other: str) -> bool:
    """Whether `directory` is `other` or is inside it."""
    return f"{directory}.".startswith(f"{other}." if other else "")


def test_no_directory_is_crowded() -> None:
    files = (file for top in (PACKAGE, ROOT / "tests") for file in top.rglob("*.py"))
    directories = Counter(file.parent for file in files if file.name != "__init__.py")
    crowded = {
        str(directory.relative_to(ROOT)): count
        for directory, count in directories.items()
        if count > MAX_FILES
    }
    assert crowded == {}


def test_each_public_class_has_a_name_of_its_own() -> None:
    names = Counter(
        node.name
        for _, code in modules()
        for node in code.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert sorted(name for name, count in names.items() if count > 1) == []


def test_nothing_is_raised_within_a_handler_of_groups() -> None:
    """Python before 3.11.4 wraps it into a group, which no handler expects."""
    handled = (node for _, code in modules() for node in ast.walk(code) if isinstance(node, ast.TryStar))
    raised = (node for star in handled for handler in star.handlers for node in ast.walk(handler))
    assert [ast.unparse(node) for node in raised if isinstance(node, ast.Raise)] == []
