"""The examples are projects that also deploy to Cloudflare, and whose packages install from any registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples").glob("*/wrangler.jsonc"))
FOLDERS = [pytest.param(file.parent, id=file.parent.name) for file in EXAMPLES]


def test_there_are_examples() -> None:
    assert [file.parent.name for file in EXAMPLES] == ["hello", "sessions"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_lock_file_names_no_registry_and_has_a_hash_for_every_package(folder: Path) -> None:
    lock = json.loads((folder / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_read_me_tells_how_to_deploy_and_to_delete(folder: Path) -> None:
    text = (folder / "README.md").read_text()
    assert "pywrangler deploy" in text
    assert "pywrangler delete" in text
