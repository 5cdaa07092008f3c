"""Make a Worker's modules ready to upload: bundled by esbuild, or as they are with `no_bundle`."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from pywrangler.config.records import Configuration
from pywrangler.dataclass import dataclass
from pywrangler.deploy.bundle.bundler_args import (
    NODE_MODULES,
    BundlerRun,
    bundler_args,
    has_node_compatibility,
)
from pywrangler.deploy.bundle.bundler_errors import as_editors_count, explain_failure
from pywrangler.deploy.bundle.modules import Module, find_modules, types_by_suffix
from pywrangler.errors import BuildError
from pywrangler.module_types import ES_MODULE, SOURCE_MAP
from pywrangler.toolchain.records import Toolchain

__all__ = ["NO_CODE", "Bundle", "Module", "bundle", "hash_modules", "write_modules"]


@dataclass(frozen=True)
class Bundle:
    """A Worker's modules, the main one first, with what is known about them."""

    main_module: str
    modules: tuple[Module, ...]
    content_hash: str
    """SHA-256, in hexadecimal, over names, types and contents of the modules without the source map."""
    exported_classes: frozenset[str] | None
    """What the main module exports by name, classes or not; None when it was not bundled."""
    has_default_export: bool = True
    """Whether the main module has a handler for requests; True if it was not bundled."""
    source_map: Module | None = None
    warnings: str = ""
    """What esbuild warned about, in its own words."""
    inputs: tuple[Path, ...] = ()
    """The files that went in; a change of one of them changes the bundle."""
    meta: Mapping[str, Any] | None = field(default=None, repr=False)
    """esbuild's description of the bundle; None when it was not bundled."""


NO_CODE = Bundle("", (), hashlib.sha256().hexdigest(), exported_classes=None)
"""What is uploaded of a Worker of static assets only."""


def bundle(
    configuration: Configuration, toolchain: Toolchain, environment: Mapping[str, str] | None = None
) -> Bundle:
    """The Worker of `configuration` as modules; `environment` gives Wrangler's `WRANGLER_BUILD_...` settings.

    Raises BuildError when the main file is missing, when esbuild fails (its words are the detail) and
    when `rules` asks for what cannot be.
    """
    main = configuration.entry
    if not main.is_file():
        built = " after the build command, which should create it" if configuration.build else ""
        raise BuildError(
            f"The Worker's main file {main} does not exist{built}.",
            hint="Correct `main` in the configuration.",
            code="bundle-main",
        )
    if main.suffix == ".py":
        raise BuildError(
            f"{main} is a Python Worker, which is not supported.",
            hint="Write the Worker in TypeScript or JavaScript; what runs in its containers may be Python.",
            code="bundle-python",
        )
    if configuration.no_bundle:
        return _take_as_it_is(configuration)
    with tempfile.TemporaryDirectory(prefix="pywrangler-bundle-") as directory:
        return _run_bundler(BundlerRun(configuration, Path(directory), environment or {}), toolchain.esbuild)


def hash_modules(modules: Sequence[Module]) -> str:
    """A hash that changes with any name, type or content, and with nothing else."""
    digest = hashlib.sha256()
    for module in sorted(modules, key=lambda module: module.name):
        for part in (module.name.encode(), module.type.encode(), module.content):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _take_as_it_is(configuration: Configuration) -> Bundle:
    main = configuration.entry
    found = _additional_modules(configuration)
    modules = (Module(main.name, ES_MODULE, main.read_bytes()), *found.values())
    inputs = (main, *found)
    return Bundle(main.name, modules, hash_modules(modules), exported_classes=None, inputs=inputs)


def _additional_modules(configuration: Configuration) -> dict[Path, Module]:
    """The modules that are uploaded whether the code imports them or not, by file."""
    if not configuration.find_additional_modules:
        return {}
    directory = configuration.base_dir or configuration.entry.parent
    if not directory.is_dir():
        raise BuildError(
            f"The directory of additional modules {directory} does not exist.",
            hint="Correct `base_dir` in the configuration.",
            code="bundle-base",
        )
    found = find_modules(configuration.entry, configuration.rules, directory)
    return {directory / module.name: module for module in found}


def _run_bundler(run: BundlerRun, esbuild: Path) -> Bundle:
    warnings = _run_once(run, esbuild)
    meta = json.loads(run.metafile.read_bytes())
    if has_node_compatibility(run.configuration) and _requires_externals(meta):
        run = replace(run, needs_require=True)
        warnings = _run_once(run, esbuild)
        meta = json.loads(run.metafile.read_bytes())
    return _read_result(run, meta, warnings)


def _run_once(run: BundlerRun, esbuild: Path) -> str:
    """Run esbuild; its warnings."""
    root = run.configuration.root
    try:
        process = subprocess.Popen(
            [esbuild, *bundler_args(run)],
            cwd=root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise BuildError(
            f"esbuild at {esbuild} cannot be run: {error.strerror}.", code="bundle-esbuild"
        ) from error
    with process:
        try:
            _, complaints = process.communicate()
        except BaseException:
            # `subprocess.run` waits only a moment after a Ctrl-C, and its directory is removed next.
            process.kill()
            process.wait()
            raise
    if process.returncode:
        raise explain_failure(run.configuration, complaints, frozenset(NODE_MODULES))
    return as_editors_count(complaints, root).strip()


def _requires_externals(meta: Mapping[str, Any]) -> bool:
    imports = (imported for output in meta["outputs"].values() for imported in output["imports"])
    return any(imported["kind"] == "require-call" and imported.get("external") for imported in imports)


def _read_result(run: BundlerRun, meta: Mapping[str, Any], warnings: str) -> Bundle:
    root, output = run.configuration.root, run.output
    main_name = f"{run.configuration.entry.stem}.js"
    outputs = {Path(path).name: entry for path, entry in meta["outputs"].items()}
    if main_name not in outputs:  # the loader of its suffix, or a rule, took it for data
        raise BuildError(
            f"{run.configuration.entry} cannot be the entry point of a Worker.",
            hint="Name a JavaScript or TypeScript file.",
            code="bundle-entry",
        )
    main = outputs[main_name]
    if not main["exports"]:
        raise BuildError(
            f"The Worker's main file {run.configuration.entry} exports nothing.",
            hint="Write it as a module: export default { async fetch(request, env) { ... } };",
            code="bundle-exports",
        )
    additional = _additional_modules(run.configuration)
    bundled = (Module(main_name, ES_MODULE, (output / main_name).read_bytes()), *_separate_modules(run, main))
    modules = (*bundled, *additional.values())
    inputs = {root / path.partition("?")[0] for path in meta["inputs"]} | set(additional)
    source_map = _with_project_paths((output / f"{main_name}.map").read_bytes(), output, root)
    return Bundle(
        main_module=main_name,
        modules=modules,
        content_hash=hash_modules(modules),
        exported_classes=frozenset(main["exports"]) - {"default"},
        has_default_export="default" in main["exports"],
        source_map=Module(f"{main_name}.map", SOURCE_MAP, source_map),
        warnings=warnings,
        inputs=tuple(sorted(inputs)),
        meta=meta,
    )


def _separate_modules(run: BundlerRun, main: Mapping[str, Any]) -> list[Module]:
    """The files that the bundle imports. `a.wasm` and `a.wasm?module` are two modules from one file."""
    types = types_by_suffix(run.configuration.rules)
    names = sorted({Path(item["path"]).name for item in main["imports"] if not item.get("external")})
    return [
        Module(name, types[_longest_suffix(file.name, types)], file.read_bytes())
        for name in names
        if (file := run.output / name.partition("?")[0]).is_file()
    ]


def _longest_suffix(name: str, types: Mapping[str, str]) -> str:
    return max((suffix for suffix in types if name.endswith(suffix)), key=len)


def _with_project_paths(source_map: bytes, output: Path, root: Path) -> bytes:
    """The source map with sources named from the project's directory instead of from the temporary one."""
    content = json.loads(source_map)
    # Both directories may be reached through links (/tmp on macOS); esbuild goes by the real ones.
    base, target = os.path.realpath(output), os.path.realpath(root)
    content["sources"] = [
        os.path.relpath(os.path.normpath(f"{base}/{source}"), target) for source in content["sources"]
    ]
    return json.dumps(content, separators=(",", ":")).encode()


def write_modules(made: Bundle, directory: Path) -> None:
    """Write the modules, and the source map, as files into `directory`. Raises BuildError."""
    for module in (*made.modules, *([made.source_map] if made.source_map else [])):
        _write(directory / module.name, module.content)


def write_metafile(made: Bundle, file: Path) -> None:
    """Write esbuild's description of the bundle, where it was bundled. Raises BuildError."""
    if made.meta is not None:
        _write(file, json.dumps(made.meta, indent=2).encode())


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        is_no_directory = isinstance(error, FileExistsError | NotADirectoryError)
        reason = "there is a file in place of its directory" if is_no_directory else error.strerror
        raise BuildError(
            f"`{file}` cannot be written: {reason}.",
            hint="Choose another place, or make room there.",
            code="bundle-write",
        ) from error
