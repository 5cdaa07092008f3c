"""The picture of who imports whom, and which part owns which third-party package, kept true."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pywrangler"
COMMON = {"errors", "sensitive", "__version__"}

ALLOWED = {
    "__main__": {"cli"},
    "cli": {
        "cli", "console", "config", "deploy", "images", "cloudflare", "credentials", "local.client",
        "local.protocol", "toolchain",
    },
    "console": {"console"},
    "config": {"config"},
    "credentials": {"credentials"},
    "cloudflare": {"cloudflare"},
    "toolchain": {"toolchain"},
    "engine": {"engine"},
    "images": {"images", "engine"},
    "deploy": {"deploy", "config", "images", "cloudflare", "toolchain"},
    "local": {"local", "cloudflare"},
    "local.client": {"local.protocol", "cloudflare"},
    "local.protocol": set(),
    "local.instances": {"local.instances"},
    "local.store": {"local.store", "local.instances"},
    "local.rest": {"local.rest", "local.store", "local.instances"},
    "local.gateway": {"local.gateway", "local.instances", "engine"},
    "local.workerd": {"local.workerd"},
    "local.daemon": {
        "local.daemon", "local.rest", "local.gateway", "local.workerd", "local.store", "local.instances",
        "local.protocol", "engine", "credentials", "toolchain",
    },
}  # fmt: skip
"""Part → what it may import of ours, besides `errors` and `sensitive`, which all may use."""

OWNERS = {
    "typer": {"cli", "console"},
    "rich": {"cli", "console"},
    "docker": {"engine"},
    "tomlkit": {"config"},
    "json5": {"config"},
    "keyring": {"credentials"},
    "sqlite3": {"local.store", "local.workerd"},
    "aiohttp": {"local.rest", "local.gateway", "local.daemon"},
    "urllib3": {"cloudflare", "images"},
}
"""Third-party package → the parts that may import it."""


def part_of(module: str) -> str:
    """The part a dotted name under `pywrangler.` belongs to: `local.rest`, `cli`, `errors`, ..."""
    words = module.split(".")
    return ".".join(words[:2]) if words[0] == "local" else words[0]


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module's dotted name under `pywrangler.`, with its code."""
    for file in sorted(PACKAGE.rglob("*.py")):
        words = file.relative_to(PACKAGE).with_suffix("").parts
        yield (
            ".".join(words[:-1] if words[-1] == "__init__" else words),
            ast.parse(file.read_text(), str(file)),
        )


def imports(code: ast.Module) -> Iterator[str]:
    """Every absolute name that a module imports, wherever in the file."""
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def may_import(importer: str, imported: str) -> bool:
    """Whether the picture has this arrow."""
    part = part_of(imported)
    return part in COMMON or part in ALLOWED[importer] or part.split(".")[0] in ALLOWED[importer]


@pytest.mark.parametrize(("module", "code"), [pytest.param(*found, id=found[0]) for found in modules()])
def test_a_module_imports_only_what_its_part_may(module: str, code: ast.Module) -> None:
    importer = part_of(module)
    if importer in COMMON:
        assert not [name for name in imports(code) if name.startswith("pywrangler.")]
        return
    ours = [name.removeprefix("pywrangler.") for name in imports(code) if name.startswith("pywrangler.")]
    assert [name for name in ours if not may_import(importer, name)] == []
    foreign = {name.split(".")[0] for name in imports(code)} & OWNERS.keys()
    assert {name for name in foreign if importer not in OWNERS[name]} == set()


def test_one_module_owns_boto3() -> None:
    assert (
        len([name for name, code in modules() if any(i.split(".")[0] == "boto3" for i in imports(code))]) <= 1
    )
