"""`pywrangler containers images list`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.cli.containers.images.access import open_registry
from pywrangler.cli.invocation import Invocation
from pywrangler.cli.options import AsJson
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.image_registry import ImageRegistry, Repository

Filter = Annotated[
    str | None, typer.Option("--filter", metavar="REGEX", help="Show images whose name this matches.")
]
Long = Annotated[bool, typer.Option("--long", "-l", help="Show digest, size and time of each tag too.")]


def list_(run: Invocation, filter_: Filter = None, long: Long = False, as_json: AsJson = False) -> None:
    """List the images in the managed registry with their tags.

    Example: pywrangler containers images list --filter "^web" --long
    """
    pattern = _pattern(filter_)
    registry = open_registry(run, ["pull"])
    found = [repository for repository in registry.repositories() if pattern.search(repository.name)]
    if long:
        _show_long(run, registry, found, as_json=as_json)
    elif as_json:
        run.console.json([{"name": repository.name, "tags": list(repository.tags)} for repository in found])
    else:
        rows = [(repository.name, tag) for repository in found for tag in repository.tags]
        run.console.table(("REPOSITORY", "TAG"), rows)


def _pattern(text: str | None) -> re.Pattern[str]:
    try:
        return re.compile(text or "")
    except re.error as error:
        raise UsageError(f"--filter `{text}` is not a regular expression: {error}.") from error


def _show_long(run: Invocation, registry: ImageRegistry, found: list[Repository], *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = []
    for repository in found:
        for tag in repository.tags:
            details = registry.details(repository.name, tag)
            size = {"size_bytes": details.size_bytes, "created": details.created}
            rows.append({"name": repository.name, "tag": tag, "digest": details.digest, **size})
    if as_json:
        run.console.json(rows)
        return
    columns = ("REPOSITORY", "TAG", "DIGEST", "SIZE", "CREATED")
    run.console.table(
        columns, [(r["name"], r["tag"], r["digest"], _megabytes(r["size_bytes"]), r["created"]) for r in rows]
    )


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:.1f} MB"
