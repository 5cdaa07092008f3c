"""Modules around a Worker's main one, for classes that choose sizes of containers: see `sizes.js`."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence

from pywrangler.local.workerd.bindings.links import SCRIPTS
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.records import ModuleFile, WorkerSpec


def modules_around(spec: WorkerSpec, main: ModuleFile) -> list[Value]:
    """The modules, of which the first is the main one then; none if no class chooses a size. `main` is an ES
    module.
    """
    classes = [entry.class_name for entry in spec.classes if entry.is_managed]
    if not classes:
        return []
    taken = {module.name for module in spec.modules}
    around, sizes = (_free_name(name, taken) for name in ("pywrangler_main.js", "pywrangler_sizes.js"))
    code = main.path.read_text(encoding="utf-8", errors="replace")
    return [
        {"name": around, "esModule": around_main(main.name, sizes, classes, code)},
        {"name": sizes, "esModule": Embed(SCRIPTS / "sizes.js")},
    ]


def around_main(main: str, sizes: str, classes: Sequence[str], code: str) -> str:
    """A module that exports what `main` exports, whose code is `code`, with classes that `sizes` made."""
    source = json.dumps(f"./{main}")
    lines = [
        f"import * as code from {source};",
        f"import {{ sized }} from {json.dumps(f'./{sizes}')};",
        f"export * from {source};",
        *(f"export const {name} = sized(code.{name});" for name in classes),
    ]
    if re.search(r"\bdefault\b", code):
        lines.append("export default code.default;")
    return "\n".join(lines) + "\n"


def _free_name(name: str, taken: Collection[str]) -> str:
    while name in taken:
        name = f"_{name}"
    return name
