"""`pywrangler containers images prune`."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.containers.images.access import (
    collect_garbage,
    megabytes,
    open_registry,
    read_pattern,
)
from pywrangler.commands.containers.images.pruning import (
    InUse,
    PrunableImage,
    images_of_rollouts,
    plan_prune,
    read_in_use,
    total_bytes,
)
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.durations import parse_seconds
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import AsJson, SkipConfirmation
from pywrangler.console import local_time
from pywrangler.errors import UsageError
from pywrangler.wording import count

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

Keep = Annotated[
    int | None, typer.Option("--keep", min=0, metavar="N", help="Keep the N newest of each image.")
]
OlderThan = Annotated[
    str | None,
    typer.Option("--older-than", metavar="DURATION", help="Only remove what is older, such as 30d."),
]
Filter = Annotated[
    str | None, typer.Option("--filter", metavar="REGEX", help="Only of images whose name matches this.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be removed, and remove nothing.")]


def prune(
    run: Invocation,
    keep: Keep = None,
    older_than: OlderThan = None,
    filter_: Filter = None,
    dry_run: DryRun = False,
    skip_confirmation: SkipConfirmation = False,
    as_json: AsJson = False,
) -> None:
    """Delete old tags of images in the managed registry, or on the local platform.

    What an application or one of its rollouts refers to stays, so that a rollback finds its image. With
    both --keep and --older-than, a tag must be superseded and old.

    Example: pywrangler containers images prune --keep 5 --older-than 30d
    """
    if keep is None and older_than is None:
        raise UsageError(
            "Neither --keep nor --older-than is given.",
            hint="`--keep 5` keeps the five newest of each image; `--older-than 30d` removes what is older.",
        )
    pattern = read_pattern(filter_)
    before = time.time() - parse_seconds(older_than, "--older-than") if older_than else None
    client = run.existing_client() if dry_run else run.changing_client()
    if client is None:
        client = run.client
    images, in_use = _found(run, client, pattern)
    removed = plan_prune(images, in_use, keep=keep, before=before)
    if not removed or dry_run:
        _show(run, removed, as_json=as_json, is_plan=True)
        return
    if not as_json:
        _show(run, removed, as_json=False, is_plan=True)
    question = f"Delete {count(len(removed), 'tag')}? This cannot be undone."
    if not confirmed(run, question, skip=skip_confirmation):
        return
    _delete(run, client, removed)
    if as_json:
        _show(run, removed, as_json=True, is_plan=False)
    else:
        run.console.success(f"Deleted {count(len(removed), 'tag')}.")


def _found(run: Invocation, client: Client, pattern: re.Pattern[str]) -> tuple[list[PrunableImage], InUse]:
    """The images whose names match, and what is in use."""
    if run.target is Target.LOCAL:
        from pywrangler.cloudflare.local import list_images

        listed, problem = list_images(client)
        if problem:
            run.console.warning(f"Images that deploys built are not looked at: {problem}")
        wanted = [each for each in listed if pattern.search(each.name)]
        images = [PrunableImage(i.name, i.tag, i.digest, i.size_bytes, i.created) for i in wanted]
        used = frozenset(each.digest for each in listed if each.used_by)
        return images, InUse(used)
    with closing(open_registry(run, ["pull"])) as registry:
        images = []
        for repository in registry.repositories():
            if not pattern.search(repository.name):
                continue
            for tag in repository.tags:
                details = registry.details(repository.name, tag)
                images.append(
                    PrunableImage(repository.name, tag, details.digest, details.size_bytes, details.created)
                )
    # After the images: what begins to be used in between is seen.
    return images, read_in_use(_references(client), client.account_id or "")


def _references(client: Client) -> set[str]:
    """The images of the account's applications, and of all their rollouts."""
    from pywrangler.cloudflare.containers import list_applications, list_rollouts

    found = set()
    for application in list_applications(client):
        found.add(str((application.get("configuration") or {}).get("image") or ""))
        found |= images_of_rollouts(list_rollouts(client, str(application["id"])))
    return found - {""}


def _delete(run: Invocation, client: Client, images: Sequence[PrunableImage]) -> None:
    if run.target is Target.LOCAL:
        from pywrangler.cloudflare.local import delete_image

        for image in images:
            delete_image(client, image.name, image.tag)
        return
    with closing(open_registry(run, ["pull", "push"])) as registry:
        for image in images:
            registry.delete_tag(image.name, image.tag)
        collect_garbage(run, registry)


def _show(run: Invocation, images: Sequence[PrunableImage], *, as_json: bool, is_plan: bool) -> None:
    if as_json:
        key = "would_delete" if is_plan else "deleted"
        run.console.json({key: [asdict(image) for image in images]})
        return
    if not images:
        run.console.info("Nothing to delete.")
        return
    rows = [(i.name, i.tag, megabytes(i.size_bytes), local_time(i.created)) for i in images]
    run.console.table(("REPOSITORY", "TAG", "SIZE", "CREATED"), rows)
    run.console.info(f"{count(len(images), 'tag')}, up to {megabytes(total_bytes(images))}.")
