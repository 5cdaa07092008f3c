"""`pywrangler containers images delete`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.containers.images.access import collect_garbage, open_registry
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import SkipConfirmation
from pywrangler.commands.shared.unknown_names import nearest
from pywrangler.errors import ApiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.image_registry import ImageRegistry
    from pywrangler.images.reference import Reference

Image = Annotated[str, typer.Argument(metavar="IMAGE:TAG", help="The tag to delete.")]


def delete(run: Invocation, image: Image, skip_confirmation: SkipConfirmation = False) -> None:
    """Delete one tag of an image in the managed registry; layers that nothing else uses are dropped. Locally,
    of an image that was pushed to the platform or built by a deploy, unless an application uses it.

    Example: pywrangler containers images delete web:v1 -y
    """
    reference = _read(image)
    client = run.changing_client()
    name = _name(run, image, client)
    if not confirmed(run, f"Delete {image}? This cannot be undone.", skip=skip_confirmation):
        return
    if run.target is Target.LOCAL:
        _delete_local(run, client, name, reference.tag or "")
    else:
        _delete_managed(run, name, reference.tag or "")


def _read(image: str) -> Reference:
    """What the command line names. Raises `UsageError` if that has no tag."""
    from pywrangler.image_names import is_repository
    from pywrangler.images.reference import parse_reference

    try:
        reference = parse_reference(image)
    except UsageError:
        raise _not_an_image(image) from None
    if not reference.tag or reference.digest or not is_repository(reference.repository):
        raise _not_an_image(image)
    return reference


def _name(run: Invocation, image: str, client: Client) -> str:
    """The image's name without registry and account, which may be before it."""
    from pywrangler.cloudflare.service import managed_registry

    account_id, host = client.account_id or "", managed_registry(run.service_environment)
    if run.target is Target.LOCAL:
        from pywrangler.deploy.images.platform_registry import platform_registry

        own = platform_registry(client, host)
        found, host = own.locate(image), own.host
    else:
        from pywrangler.images.reference import managed_reference

        found = managed_reference(image, account_id, host)
    if found is None or found.registry != host:
        raise _not_an_image(image)
    return found.repository.removeprefix(f"{account_id}/")


def _not_an_image(image: str) -> UsageError:
    return UsageError(
        f"`{image}` is not an image of the managed registry with a tag.",
        hint="Write IMAGE:TAG, such as `web:v1`.",
    )


def _delete_local(run: Invocation, client: Client, name: str, tag: str) -> None:
    from pywrangler.cloudflare.local import delete_image, list_images

    try:
        deleted = delete_image(client, name, tag)
    except ApiError as error:
        if error.status == 404:
            images, _ = list_images(client)
            error.hint = _nearest(f"{name}:{tag}", (f"{image.name}:{image.tag}" for image in images))
        raise
    run.console.success(f"Deleted {name}:{tag} ({deleted.digest}).")


def _delete_managed(run: Invocation, name: str, tag: str) -> None:
    with closing(open_registry(run, ["pull", "push"])) as registry:
        try:
            digest = registry.delete_tag(name, tag)
        except ApiError as error:
            if error.status == 404:
                error.message = f"The registry has no image `{name}:{tag}`."
                error.hint = _nearest(f"{name}:{tag}", _known(registry))
                error.detail = None
            raise
        run.console.success(f"Deleted {name}:{tag} ({digest}).")
        collect_garbage(run, registry)


def _known(registry: ImageRegistry) -> list[str]:
    try:
        return [f"{found.name}:{tag}" for found in registry.repositories() for tag in found.tags]
    except ApiError:  # a hint alone
        return []


def _nearest(image: str, images: Iterable[str]) -> str:
    return nearest(image, images) or "`pywrangler containers images list` shows the images."
