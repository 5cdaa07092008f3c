"""The projects that both tools deploy."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from benchmarks.timing import run

BASE = "busybox:1.35"
LAYER_BYTES = 50_000_000
"""Of each layer of the image that is pushed: random, so that nothing compresses it."""
LAYERS = 10
LAYERED = "layered:v1"

WORKER = """\
import {{ DurableObject }} from "cloudflare:workers";
{classes}
export default {{ fetch() {{ return new Response("hello {text}"); }} }};
"""
CLASS = "export class {name} extends DurableObject {{ async fetch() {{ return new Response('{name}'); }} }}"


def write_project(directory: Path, images: int) -> None:
    """A Worker with this many containers, each with an image of its own."""
    names = [f"Box{number}" for number in range(images)]
    for name in names:
        (directory / name).mkdir(parents=True)
        (directory / name / "Dockerfile").write_text(
            f'FROM {BASE}\nCOPY data /data\nCMD ["httpd", "-f", "-p", "8080"]\n'
        )
        change_image(directory, name)
    configuration: dict[str, Any] = {
        "name": f"measured-{directory.name}",
        "main": "index.js",
        "compatibility_date": "2026-11-01",
        "containers": [
            {"class_name": name, "image": f"./{name}/Dockerfile", "max_instances": 1} for name in names
        ],
        "durable_objects": {"bindings": [{"name": name.upper(), "class_name": name} for name in names]},
        "migrations": [{"tag": "v1", "new_sqlite_classes": names}],
    }
    (directory / "wrangler.json").write_text(json.dumps(configuration, indent=2))
    change_worker(directory)


def change_image(directory: Path, name: str) -> None:
    """Make the next build of this image differ, and from every other tool's."""
    (directory / name / "data").write_bytes(os.urandom(1000))


def change_worker(directory: Path) -> None:
    """Make the next deploy's code differ."""
    classes = "\n".join(CLASS.format(name=each.name) for each in sorted(directory.glob("Box*")))
    (directory / "index.js").write_text(WORKER.format(text=os.urandom(8).hex(), classes=classes))


def write_layers(directory: Path, layers: int = LAYERS, size: int = LAYER_BYTES) -> None:
    """An image of so many layers, each of so many random bytes: no two images share one."""
    directory.mkdir(parents=True)
    lines = "".join(f"COPY layer{number} /\n" for number in range(layers))
    (directory / "Dockerfile").write_text(f"FROM {BASE}\n{lines}")
    for number in range(layers):
        write_layer(directory, number, size)


def write_layer(directory: Path, number: int, size: int = LAYER_BYTES) -> None:
    """New contents of a layer."""
    (directory / f"layer{number}").write_bytes(os.urandom(size))


def rebuild_layered(directory: Path) -> None:
    """Have the engine's image `LAYERED` differ in its last layer from what was pushed of this directory."""
    write_layer(directory, LAYERS - 1)
    run(["docker", "build", "--quiet", "--tag", LAYERED, "."], cwd=directory)


def write_long_configuration(directory: Path, lines: int) -> None:
    """A configuration of at least so many lines, with a Worker that it fits."""
    directory.mkdir(parents=True)
    (directory / "index.js").write_text(WORKER.format(text="", classes=""))
    variables = {f"VARIABLE_{number}": "a value" for number in range(lines)}
    fields = {"name": "long", "main": "index.js", "compatibility_date": "2026-11-01", "vars": variables}
    (directory / "wrangler.json").write_text(json.dumps(fields, indent=2))
