"""A configuration, a container and a bundle, to vary in tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pywrangler.config.records import (
    Configuration,
    Container,
    DockerfileImage,
    DurableObjectBinding,
    InstanceType,
    Migration,
)
from pywrangler.deploy.bundle.bundling import Bundle, Module

ROOT = Path("/project")
LITE = InstanceType("lite", 0.0625, 256, 2000)


def a_container(**changes: Any) -> Container:
    fields: dict[str, Any] = {
        "name": "web-hello",
        "class_name": "Hello",
        "image": DockerfileImage(ROOT / "Dockerfile", ROOT),
        "max_instances": 10,
        "instance_type": LITE,
        "constraints": {"tiers": [1, 2]},
    }
    return Container(**(fields | changes))


def a_configuration(**changes: Any) -> Configuration:
    fields: dict[str, Any] = {
        "file": ROOT / "wrangler.jsonc",
        "root": ROOT,
        "environment": None,
        "name": "web",
        "main": ROOT / "src/index.ts",
        "compatibility_date": "2026-01-10",
        "containers": (a_container(),),
        "durable_objects": (DurableObjectBinding("HELLO", "Hello"),),
        "migrations": (Migration("v1", new_sqlite_classes=("Hello",)),),
    }
    return Configuration(**(fields | changes))


def a_bundle() -> Bundle:
    module = Module("index.js", "application/javascript+module", b"export default {}")
    return Bundle(main_module="index.js", modules=(module,), content_hash="0" * 64, exported_classes=None)
