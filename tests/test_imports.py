"""The picture of who imports whom, and which part owns which third-party package, kept true."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "pywrangler"
COMMON = {"errors", "sensitive", "private_files", "image_names", "asset_rules", "version"}

ALLOWED = {
    "commands": {
        "commands", "console", "config", "deploy", "images", "cloudflare", "credentials", "local.client",
        "local.protocol", "toolchain", "init",
    },
    "init": {"init", "config", "toolchain"},
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
    "local.registry": {"local.registry"},
    "local.daemon": {
        "local.daemon", "local.rest", "local.gateway", "local.workerd", "local.store", "local.instances",
        "local.registry", "local.protocol", "engine", "credentials", "toolchain",
    },
}  # fmt: skip
"""Part → what it may import of ours, besides `COMMON`, which all may use."""

OWNERS = {
    "typer": {"commands", "console"},
    "rich": {"commands", "console"},
    "docker": {"engine"},
    "tomlkit": {"config"},
    "json5": {"config"},
    "keyring": {"credentials"},
    "sqlite3": {"local.store", "local.workerd"},
    "aiohttp": {"engine", "local.rest", "local.gateway", "local.daemon", "local.registry"},
    "blake3": {"deploy"},
    "pathspec": {"deploy"},
    "urllib3": {"cloudflare", "images", "engine"},
}
"""Third-party package → the parts that may import it."""


def part_of(module: str) -> str:
    """The part a dotted name under `pywrangler.` belongs to: `local.rest`, `commands`, `errors`, ..."""
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
    """Whether the picture has this arrow; both are dotted full names."""
    part, words = part_of(importer), imported.split(".")
    if words[0] in OWNERS:
        return part in OWNERS[words[0]]
    if words[0] != "pywrangler" or part_of(".".join(words[1:])) in COMMON:
        return True
    to = part_of(".".join(words[1:]))
    return part not in COMMON and bool({to, to.split(".")[0]} & ALLOWED[part])


def test_modules_import_only_what_their_part_may() -> None:
    arrows = ((module, name) for module, code in modules() for name in imports(code))
    assert [f"{module} imports {name}" for module, name in arrows if not may_import(module, name)] == []


def test_one_module_owns_boto3() -> None:
    owners = [name for name, code in modules() if "boto3" in {full.split(".")[0] for full in imports(code)}]
    assert len(owners) <= 1
