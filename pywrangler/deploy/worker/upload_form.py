"""The form that a Worker is uploaded with, as parts and as a file."""

from __future__ import annotations

import json
from pathlib import Path

from pywrangler.cloudflare.client import Part, encode_multipart
from pywrangler.config.records import Configuration
from pywrangler.deploy.bundle.bundling import Bundle
from pywrangler.deploy.worker.metadata import upload_metadata


def module_parts(bundle: Bundle) -> list[Part]:
    """The modules of the bundle and its source map as parts of the form."""
    modules = [*bundle.modules, *([bundle.source_map] if bundle.source_map else [])]
    return [Part(module.name, module.content, module.type, module.name) for module in modules]


def write_upload(configuration: Configuration, bundle: Bundle, file: Path) -> None:
    """Write the form to `file`: what the configuration and the code make of it. Secrets are not in it."""
    metadata = json.dumps(upload_metadata(configuration, bundle)).encode()
    body, _ = encode_multipart([Part("metadata", metadata, "application/json"), *module_parts(bundle)])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
