"""What MkDocs calls while it builds the site: `mkdocs.yml` names this file.

Pages that are made from the code, the examples and the lists of the read-me file are added; `docs` is not
changed. Links from a document to files outside `docs` lead to the page of an example, or become words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from mkdocs.structure.files import File, Files

from scripts.site.command_pages import command_pages
from scripts.site.error_pages import error_pages

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")


def on_files(files: Files, *, config: Any) -> Files:
    """Add the pages that are made."""
    for name, text in made_pages():
        files.append(File.generated(config, name, content=text))
    return files


def made_pages() -> Iterator[tuple[str, str]]:
    """The names and the Markdown of all pages that are not files of `docs`."""
    yield from error_pages()
    yield from command_pages()
    read_me = (ROOT / "README.md").read_text("utf-8")
    yield (
        "environment.md",
        "# Exit statuses and variables\n\n"
        + "\n".join(section(read_me, title) for title in ("Exit statuses", "Environment variables")),
    )
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    yield "changelog.md", changes
    for file in sorted((ROOT / "examples").glob("**/README.md")):
        if "node_modules" not in file.parts:
            yield (
                example_page(file.parent.name),
                moved(file.read_text("utf-8"), "examples/" + _inner(file), file),
            )


def section(text: str, title: str) -> str:
    """A section of third level as one of second level."""
    found = re.search(rf"^### {title}\n.*?(?=^##)", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise KeyError(title)
    return found[0][1:]


def example_page(name: str) -> str:
    """The page of the example in the directory of this name."""
    return "examples/index.md" if name == "examples" else f"examples/{name}.md"


def _inner(file: Path) -> str:
    return "index.md" if file.parent.name == "examples" else f"{file.parent.name}.md"


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """The page's Markdown, with links that lead somewhere on the site."""
    origin = ROOT / "docs" / page.file.src_uri
    return moved(markdown, page.file.src_uri, origin) if origin.exists() else markdown


def moved(markdown: str, page: str, origin: Path) -> str:
    """The text of the file `origin` as that of `page`: its links lead to pages, or become words."""

    def link(found: re.Match[str]) -> str:
        target = target_page(normpath(origin.parent.relative_to(ROOT).as_posix() + "/" + found[2]))
        if target is None:
            return found[1]
        return f"[{found[1]}]({relpath(target, str(PurePosixPath(page).parent))}{found[3] or ''})"

    return LINK.sub(link, markdown)


def target_page(path: str) -> str | None:
    """The page for a file or directory of the repository; None if it has none."""
    parts = PurePosixPath(path).parts
    if not parts:
        return "index.md"
    if parts[0] == "docs":
        return str(PurePosixPath(*parts[1:]))
    if (
        parts[0] == "examples"
        and len(parts) <= 3
        and parts[-1] in ("README.md", parts[min(1, len(parts) - 1)])
    ):
        return example_page(parts[1] if len(parts) > 1 and parts[1] != "README.md" else "examples")
    return {"README.md": "index.md", "CHANGELOG.md": "changelog.md"}.get(path)
