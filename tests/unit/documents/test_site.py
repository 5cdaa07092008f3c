"""The site is built without a warning, and a browser needs no other server for it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pywrangler.commands.tree import COMMANDS
from pywrangler.explanations.table import explanations
from scripts.site.command_pages import command_pages
from scripts.site.error_pages import error_pages
from scripts.site.hooks import moved, target_page

ROOT = Path(__file__).resolve().parents[3]


class Loaded(HTMLParser):
    """What a browser loads for a page by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe", "source", "video", "audio") and given.get("src"):
            self.addresses.append(str(given["src"]))
        if tag == "link" and given.get("rel") not in ("canonical", "prev", "next"):
            self.addresses.append(str(given.get("href")))


def loaded(html: str) -> list[str]:
    """The addresses that a page makes a browser load."""
    page = Loaded()
    page.feed(html)
    return page.addresses


def is_elsewhere(address: str) -> bool:
    """Whether an address leads to another server."""
    return re.match(r"(https?:)?//", address) is not None


@pytest.mark.slow
def test_the_site_is_built_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    pages = {str(file.relative_to(tmp_path / "site")): file for file in (tmp_path / "site").rglob("*.html")}
    assert {f"errors/{code}.html" for code in explanations()} <= set(pages)
    assert {f"commands/{command.path[0]}.html" for command in COMMANDS} <= set(pages)
    assert {"index.html", "tutorial.html", "environment.html", "examples/hello.html"} <= set(pages)
    addresses = {address for file in pages.values() for address in loaded(file.read_text("utf-8"))}
    assert len(addresses) > 5
    assert [address for address in sorted(addresses) if is_elsewhere(address)] == []
    styles = [file.read_text("utf-8") for file in (tmp_path / "site").rglob("*.css")]
    assert [found for text in styles for found in re.findall(r"url\([\"']?(?:https?:)?//[^)]*", text)] == []


def test_what_is_loaded_is_seen() -> None:
    html = '<script src="//cdn.example/x.js"></script><link rel="stylesheet" href="a.css"><a href="https://b"></a>'
    assert loaded(html) == ["//cdn.example/x.js", "a.css"]
    assert [is_elsewhere(each) for each in ("//cdn.example/x.js", "https://x", "a.css", "../a.css")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_every_code_and_every_command_has_its_place() -> None:
    errors, commands = dict(error_pages()), dict(command_pages())
    assert {f"errors/{code}.md" for code in explanations()} == set(errors) - {"errors/index.md"}
    assert all(f"({code}.md)" in errors["errors/index.md"] for code in explanations())
    text = "\n".join(commands.values())
    assert [each.path for each in COMMANDS if f"$ pywrangler {' '.join(each.path)}" not in text] == []
    assert (
        "| `--binding` `NAME` | The namespace's binding in the configuration. |" in commands["commands/kv.md"]
    )


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("docs/how-to/ci.md", "how-to/ci.md"),
        ("examples/hello", "examples/hello.md"),
        ("examples/hello/README.md", "examples/hello.md"),
        ("examples/README.md", "examples/index.md"),
        ("CHANGELOG.md", "changelog.md"),
        ("README.md", "index.md"),
        ("examples/hello/src/index.ts", None),
        ("Makefile", None),
    ],
)
def test_where_links_lead(path: str, page: str | None) -> None:
    assert target_page(path) == page


def test_links_out_of_the_documents_become_words_or_pages() -> None:
    text = "[a](../examples/hello#try) [b](../Makefile) [c](https://example.com) [d](#here) [e](versions.md)"
    assert moved(text, "testing.md", ROOT / "docs" / "testing.md") == (
        "[a](examples/hello.md#try) b [c](https://example.com) [d](#here) [e](versions.md)"
    )
