"""An image of the engine's store on its way to the managed registry, or to the local platform's."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError, BuildError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.registries import Credentials
    from pywrangler.console import Task
    from pywrangler.deploy.images.managed_registry import ManagedRegistry
    from pywrangler.images.push import PushedImage
    from pywrangler.images.reference import Reference
    from pywrangler.images.store import Engine, ImageFacts


@dataclass(frozen=True)
class Destination:
    """The destination of an image, in the account's part of the target's registry."""

    registry: ManagedRegistry
    reference: Reference
    """As the engine pushes it."""
    shown: Reference
    """As people and configurations name it."""
    disk_mb: int | None = None
    """The largest disk that an instance can have, as far as the account says."""

    def find_digest(self, image: ImageFacts, credentials: Credentials) -> str | None:
        """The digest of the tag in the registry, if it already names this image. A registry that does not
        say so gets the image again, but no parts that it has.
        """
        try:
            found = self.registry.find(self.reference, credentials)
        except ApiError:
            return None
        return found.digest if found and found.is_image(image.id) else None


def find_destination(run: Invocation, tag: str) -> Destination:
    """The place in the target's registry of what is called `tag` here. Raises `UsageError` for a name that is
    not a tag there, and `ApiError` if the account may not use containers.
    """
    from pywrangler.cloudflare.containers import account_limits
    from pywrangler.cloudflare.service import managed_registry

    client = run.changing_client()
    host = managed_registry(run.service_environment)
    if run.target is Target.LOCAL:
        destination = _on_platform(client, host, tag)
    else:
        destination = _on_cloudflare(client, host, tag, run.environment)
    disk_mb = (account_limits(client).get("limits") or {}).get("disk_mb_per_deployment")
    return replace(destination, disk_mb=disk_mb or None)


def _on_cloudflare(client: Client, host: str, tag: str, environment: Mapping[str, str]) -> Destination:
    from pywrangler.deploy.images.managed_registry import ManagedRegistry

    registry = ManagedRegistry(client, host, environment)
    target = _tagged(registry.complete(tag), host, tag)
    return Destination(registry, target, target)


def _on_platform(client: Client, managed_host: str, tag: str) -> Destination:
    from pywrangler.deploy.images.platform_registry import platform_registry, shown_reference
    from pywrangler.images.reference import parse_reference

    own = platform_registry(client, managed_host)
    target = _tagged(own.locate(tag) or parse_reference(tag), own.host, tag)
    return Destination(own.as_managed(), target, shown_reference(target))


def _tagged(target: Reference, registry: str, tag: str) -> Reference:
    """The place in the registry, with `latest` if no tag is named."""
    from pywrangler.image_names import MAX_REPOSITORY_CHARACTERS, is_repository

    if target.registry != registry or target.digest:
        what = "a digest" if target.registry == registry else f"an image in `{target.registry}`"
        raise UsageError(
            f"`{tag}` names {what}, not a tag in the managed registry.", hint=_another_name(target, tag)
        )
    if not is_repository(target.repository):
        raise UsageError(
            f"The name `{target.repository}` in the managed registry has {len(target.repository)} characters;"
            f" at most {MAX_REPOSITORY_CHARACTERS} are allowed.",
            hint="Give the image a shorter name.",
        )
    return replace(target, tag=target.tag or "latest")


def _another_name(target: Reference, tag: str) -> str:
    first = target.registry or ""
    if first != first.lower() and "." not in first:  # which Docker reads as the name of a host
        return f"Names of images are in lower case: `{tag.lower()}`."
    return f"Give the image another name first: `docker tag {tag} NAME:TAG`."


def push_to_registry(run: Invocation, tag: str, destination: Destination) -> PushedImage:
    """Push the local image `tag`, unless the registry has it under this tag already."""
    from pywrangler.images.inspect import check_pushable_size
    from pywrangler.images.push import PushedImage, find_pushable
    from pywrangler.images.reference import parse_reference
    from pywrangler.images.store import connect_engine

    credentials = destination.registry.make_credentials()  # first: a token that may not push is known at once
    with closing(connect_engine(run.environment)) as engine:
        image = find_pushable(engine, tag if parse_reference(tag).tag else f"{tag}:latest")
        if destination.disk_mb:
            check_pushable_size(image, tag, destination.disk_mb)
        with run.console.progress() as progress:
            task = progress.task(f"Push of {tag}")
            digest = destination.find_digest(image, credentials)
            if digest is not None:
                task.done(f"the registry has it already, as {destination.shown}")
            else:
                try:
                    digest = _push(engine, image, destination, credentials, task)
                except BuildError as error:
                    task.failed()
                    explain_failure(error, tag, destination, engine.address.url)
                    raise
                task.done(f"pushed as {destination.shown}")
    return PushedImage(str(destination.shown), digest, image.size_bytes)


def _push(engine: Engine, image: ImageFacts, destination: Destination, first: Credentials, task: Task) -> str:
    from pywrangler.images.push import named

    with named(engine, image, destination.reference):
        return destination.registry.push(engine, image, destination.reference, first, task.update).digest


def explain_failure(error: BuildError, tag: str, destination: Destination, engine: str) -> None:
    """Reword the error of a push with the name that people know: they do not see the address of a platform's
    registry. `tag` is its name in the engine, which is at `engine`.
    """
    if destination.shown == destination.reference:
        return
    error.message = error.message.replace(str(destination.reference), str(destination.shown))
    if "dial tcp" in error.message:  # the loopback of the engine is another one
        error.message = (
            f"{destination.shown} could not be pushed: the Docker Engine at {engine} cannot connect to the"
            f" local platform's registry at {destination.registry.host}."
        )
        error.hint = (
            "The engine probably runs in a virtual machine or on another machine. An image that it has"
            f' needs no push: write "image": "{tag}".'
        )


def show_pushed(run: Invocation, pushed: PushedImage, *, as_json: bool) -> None:
    """Print where the image is now: for scripts the digest to deploy."""
    if as_json:
        run.console.json(
            {
                "image": pushed.pinned,
                "reference": pushed.reference,
                "digest": pushed.digest,
                "size_bytes": pushed.size_bytes,
            }
        )
    else:
        run.console.result(pushed.pinned)
