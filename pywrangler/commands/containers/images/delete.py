"""`pywrangler containers images delete`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.containers.images.access import open_registry
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import SkipConfirmation
from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.errors import ApiError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.image_registry import ImageRegistry

Image = Annotated[str, typer.Argument(metavar="IMAGE:TAG", help="The tag to delete.")]


def delete(run: Invocation, image: Image, skip_confirmation: SkipConfirmation = False) -> None:
    """Delete one tag of an image in the managed registry; layers that nothing else uses are dropped.

    Example: pywrangler containers images delete web:v1 -y
    """
    from pywrangler.image_names import is_repository, is_tag

    name, _, tag = image.rpartition(":")
    if not is_repository(name) or not is_tag(tag):
        raise UsageError(
            f"`{image}` is not an image of the managed registry with a tag.",
            hint="Write IMAGE:TAG, such as `web:v1`.",
        )
    client = run.changing_client()
    if confirmed(run, f"Delete {image}? This cannot be undone.", skip=skip_confirmation):
        name = name.removeprefix(f"{client.account_id}/")
        with closing(open_registry(run, ["pull", "push"])) as registry:
            with _expecting_image(registry, name, tag):
                digest = registry.delete_tag(name, tag)
            run.console.success(f"Deleted {image} ({digest}).")
            _collect_garbage(run, registry)


@contextmanager
def _expecting_image(registry: ImageRegistry, name: str, tag: str) -> Iterator[None]:
    """Inside, the registry is asked about a tag, which may not exist."""
    try:
        yield
    except ApiError as error:
        if error.status == 404:
            names = [f"{each.name}:{each_tag}" for each in registry.repositories() for each_tag in each.tags]
            error.message = f"The registry has no image `{name}:{tag}`."
            error.hint = (
                nearest(f"{name}:{tag}", names) or "`pywrangler containers images list` shows the images."
            )
            error.detail = None
        raise


def _collect_garbage(run: Invocation, registry: ImageRegistry) -> None:
    try:
        registry.collect_garbage()
    except ApiError as error:  # the tag is gone all the same
        run.console.warning(f"The layers that nothing uses any more are still there: {error.message}")
