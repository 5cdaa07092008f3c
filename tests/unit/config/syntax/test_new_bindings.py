"""A namespace that was just made is written into the configuration, and nothing else changes."""

from __future__ import annotations

import pytest

from pywrangler.config import add_binding, read_fields
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

    def add(binding: str, **fields: str) -> bool:
        return add_binding(file, "kv_namespaces", {"binding": binding, **fields}, environment=environment)

    assert add("CACHE", id=ID)
    assert add("CACHE", preview_id="8" * 32)
    assert add("OTHER", id="9" * 32)
    assert not add("CACHE", id="6" * 32)

    first, second = read_fields(file, environment=environment).kv_namespaces
    assert (first.binding, first.id, first.preview_id) == ("CACHE", ID, "8" * 32)
    assert (second.binding, second.id) == ("OTHER", "9" * 32)
    left = [line for line in text.splitlines() if "staging" not in line]
    assert [line for line in left if line.rstrip(",") not in file.read_text()] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("wrangler.jsonc", '{"d1_databases": [{"binding": "DB"}]}'),
        ("wrangler.toml", '[[d1_databases]]\nbinding = "DB"\n'),
    ],
)
def test_an_entry_that_names_no_resource_yet_gets_all_the_fields(
    project: Project, name: str, text: str
) -> None:
    file = project.configure(text, name)
    entry = {"binding": "DB", "database_name": "shop", "database_id": ID}
    assert add_binding(file, "d1_databases", entry)
    assert not add_binding(file, "d1_databases", {**entry, "database_name": "other"})
    assert read_fields(file).get("d1_databases") == [entry]
