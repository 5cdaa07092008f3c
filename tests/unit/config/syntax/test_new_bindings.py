"""A namespace that was just made is written into the configuration, and nothing else changes."""

from __future__ import annotations

import pytest

from pywrangler.config import add_kv_namespace, read_fields
from tests.unit.config.project import Project

ID = "7" * 32
COMMENTED = """{
  // the shop
  "name": "shop", // its name
  "env": { "staging": { "vars": {} } },
}
"""
TOML = """# the shop
name = "shop"

[env.staging]
vars = { A = "1" }
"""


@pytest.mark.parametrize(("name", "text"), [("wrangler.jsonc", COMMENTED), ("wrangler.toml", TOML)])
@pytest.mark.parametrize("environment", [None, "staging"])
def test_a_first_a_second_and_a_preview_namespace(
    project: Project, name: str, text: str, environment: str | None
) -> None:
    file = project.configure(text, name)
    assert add_kv_namespace(file, "CACHE", ID, environment=environment)
    assert add_kv_namespace(file, "CACHE", "8" * 32, field="preview_id", environment=environment)
    assert add_kv_namespace(file, "OTHER", "9" * 32, environment=environment)
    assert not add_kv_namespace(file, "CACHE", "6" * 32, environment=environment)

    first, second = read_fields(file, environment=environment).kv_namespaces
    assert (first.binding, first.id, first.preview_id) == ("CACHE", ID, "8" * 32)
    assert (second.binding, second.id) == ("OTHER", "9" * 32)
    left = [line for line in text.splitlines() if "staging" not in line]
    assert [line for line in left if line.rstrip(",") not in file.read_text()] == []
