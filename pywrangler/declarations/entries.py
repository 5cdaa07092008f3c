"""Finds out what a Worker's main file exports, without bundling it."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from pywrangler.declarations.records import WorkerEntry
from pywrangler.errors import BuildError

_EVENT_LISTENER = "__PYWRANGLER_EVENT_LISTENER__"
"""Takes the place of `addEventListener`: only the name of the global remains in what is written."""


def read_entry(worker: str, main: Path, root: Path, tsconfig: Path | None, esbuild: Path) -> WorkerEntry:
    """The main file's exports by name, and whether it is a module. Raises BuildError."""
    if main.suffix == ".py":
        return WorkerEntry(worker, main, frozenset())
    with tempfile.TemporaryDirectory(prefix="pywrangler-types-") as directory:
        metafile = Path(directory, "meta.json")
        ended = subprocess.run(
            [esbuild, *_args(main, Path(directory, "out"), metafile, tsconfig)],
            cwd=root,
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
        )
        if ended.returncode:
            raise BuildError(
                f"The exports of {main} cannot be read.",
                detail=ended.stderr.strip() or None,
                code="types-main",
            )
        meta = json.loads(metafile.read_bytes())
        entry = next(output for output in meta["outputs"].values() if output.get("entryPoint"))
        exports = frozenset(entry["exports"])
        listens = any(
            _EVENT_LISTENER in file.read_text(errors="replace") for file in Path(directory, "out").rglob("*")
        )
    is_module = bool(exports) and ("default" in exports or not listens)
    return WorkerEntry(worker, main, exports, is_module)


def _args(main: Path, output: Path, metafile: Path, tsconfig: Path | None) -> list[str]:
    """esbuild's arguments; Wrangler (4.164) guesses the format of a Worker with the same ones."""
    names = ("addEventListener", "globalThis.addEventListener", "self.addEventListener")
    return [
        str(main),
        "--target=es2024",
        "--supported:import-source=true",
        "--supported:using=true",
        "--loader:.js=jsx",
        "--loader:.mjs=jsx",
        "--loader:.cjs=jsx",
        *(f"--define:{name}={_EVENT_LISTENER}" for name in names),
        *([f"--tsconfig={tsconfig}"] if tsconfig else []),
        f"--outdir={output}",
        f"--metafile={metafile}",
        "--color=false",
        "--log-level=error",
    ]
