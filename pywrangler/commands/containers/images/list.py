"""`pywrangler containers images list`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.containers.images.access import megabytes, open_registry, read_pattern
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.options import AsJson
from pywrangler.console import local_time

if TYPE_CHECKING:
    from pywrangler.cloudflare.image_registry import ImageRegistry, Repository

Filter = Annotated[
    str | None, typer.Option("--filter", metavar="REGEX", help="Only show images whose name matches this.")
]
Long = Annotated[bool, typer.Option("--long", "-l", help="Also show digest, size and time of each tag.")]


Registry = Annotated[
    str | None,
    typer.Option(
        "--registry", metavar="DOMAIN", help="List an Amazon ECR registry, with your AWS credentials."
    ),
]


def list_(
    run: Invocation,
    filter_: Filter = None,
    long: Long = False,
    registry_domain: Registry = None,
    as_json: AsJson = False,
) -> None:
    """List the images in the managed registry with their tags; locally, those that were pushed to the
    platform, and those that deploys built.

    Example: pywrangler containers images list --filter "^web" --long
    """
    pattern = read_pattern(filter_)
    if registry_domain is not None:
        _show_ecr(run, registry_domain, pattern, long=long, as_json=as_json)
        return
    if run.target is Target.LOCAL:
        _show_local(run, pattern, long=long, as_json=as_json)
        return
    with closing(open_registry(run, ["pull"])) as registry:
        found = [repository for repository in registry.repositories() if _is_wanted(pattern, repository)]
        if long:
            _show_long(run, registry, found, as_json=as_json)
        else:
            _show_tags(run, {repository.name: repository.tags for repository in found}, as_json=as_json)


def _is_wanted(pattern: re.Pattern[str], repository: Repository) -> bool:
    """Whether the name matches as it is shown, or with the account's part, as Wrangler has it."""
    return any(pattern.search(name) for name in (repository.name, repository.full_name))


def _show_local(run: Invocation, pattern: re.Pattern[str], *, long: bool, as_json: bool) -> None:
    from pywrangler.cloudflare.local import list_images

    images, problem = list_images(run.client)
    if problem:
        run.console.warning(f"Images that deploys built are not listed: {problem}")
    account_id = run.client.account_id
    found = [
        image
        for image in images
        if any(pattern.search(name) for name in (image.name, f"{account_id}/{image.name}"))
    ]
    if long:
        names = ("name", "tag", "digest", "size_bytes", "created")
        _show_rows(run, [{name: getattr(image, name) for name in names} for image in found], as_json=as_json)
        return
    tags: dict[str, list[str]] = {}
    for image in found:
        tags.setdefault(image.name, []).append(image.tag)
    _show_tags(run, tags, as_json=as_json)


def _show_long(run: Invocation, registry: ImageRegistry, found: list[Repository], *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = []
    for repository in found:
        for tag in repository.tags:
            details = registry.details(repository.name, tag)
            size = {"size_bytes": details.size_bytes, "created": details.created}
            rows.append({"name": repository.name, "tag": tag, "digest": details.digest, **size})
    _show_rows(run, rows, as_json=as_json)


def _show_ecr(run: Invocation, domain: str, pattern: re.Pattern[str], *, long: bool, as_json: bool) -> None:
    from pywrangler.credentials.ecr import list_images

    images = [image for image in list_images(domain, run.environment) if pattern.search(image.repository)]
    if long:
        rows = [
            {
                "name": image.repository,
                "tag": tag,
                "digest": image.digest,
                "size_bytes": image.size_bytes,
                "created": image.pushed_at,
            }
            for image in images
            for tag in image.tags
        ]
        _show_rows(run, rows, as_json=as_json)
        return
    tags: dict[str, list[str]] = {}
    for image in images:
        tags.setdefault(image.repository, []).extend(image.tags)
    _show_tags(run, {name: sorted(found) for name, found in tags.items()}, as_json=as_json)


def _show_tags(run: Invocation, tags: Mapping[str, Sequence[str]], *, as_json: bool) -> None:
    if as_json:
        run.console.json([{"name": name, "tags": list(found)} for name, found in tags.items()])
    else:
        _show_table(
            run, ("REPOSITORY", "TAG"), [(name, tag) for name, found in tags.items() for tag in found]
        )


def _show_rows(run: Invocation, rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    if as_json:
        run.console.json(rows)
        return
    columns = ("REPOSITORY", "TAG", "DIGEST", "SIZE", "CREATED")
    cells = [
        (r["name"], r["tag"], r["digest"], megabytes(r["size_bytes"]), local_time(r["created"])) for r in rows
    ]
    _show_table(run, columns, cells)


def _show_table(run: Invocation, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if rows:
        run.console.table(columns, rows)
    else:
        run.console.info("No images found.")
