"""An image of the engine's store on its way to the managed registry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.images.push import PushedImage, RegistryLogin
    from pywrangler.images.reference import Reference


@dataclass(frozen=True)
class Destination:
    """Where an image goes, in the account's part of the managed registry."""

    client: Client
    registry: str
    reference: Reference
    disk_mb: int | None
    """The largest disk that an instance can have, as far as the account says."""

    def log_in(self) -> RegistryLogin:
        """Fresh credentials; they last for minutes."""
        from pywrangler.cloudflare.registries import make_credentials
        from pywrangler.images.push import RegistryLogin

        made = make_credentials(self.client, self.registry, permissions=["push", "pull"])
        return RegistryLogin(made.username, made.password)


def find_destination(run: Invocation, tag: str) -> Destination:
    """The place in the managed registry of what is called `tag` here. Raises `UsageError` for a name that is
    no tag there, and `ApiError` where the account may not use containers.
    """
    from pywrangler.cloudflare.containers import account_limits
    from pywrangler.cloudflare.service import managed_registry
    from pywrangler.images.reference import managed_reference

    client = run.changing_client()
    registry = managed_registry(run.service_environment)
    target = managed_reference(tag, client.account_id or "", registry)
    if target.registry != registry or target.digest:
        raise UsageError(
            f"`{tag}` names no tag in the managed registry.",
            hint=f"Give the image another name first: `docker tag {tag} NAME:TAG`.",
        )
    disk_mb = (account_limits(client).get("limits") or {}).get("disk_mb_per_deployment")
    return Destination(client, registry, replace(target, tag=target.tag or "latest"), disk_mb or None)


def push_to_managed_registry(run: Invocation, tag: str, destination: Destination) -> PushedImage:
    """Push the local image `tag`."""
    from pywrangler.images.inspect import check_size
    from pywrangler.images.push import find_pushable, push_image
    from pywrangler.images.store import connect_engine

    first = [destination.log_in()]  # before the engine is asked: a token that may not push is known at once
    image = find_pushable(engine := connect_engine(run.environment), tag)
    if destination.disk_mb:
        check_size(image, tag, destination.disk_mb)

    def log_in() -> RegistryLogin:
        return first.pop() if first else destination.log_in()

    with run.console.progress() as progress:
        task = progress.task(f"Pushing {tag}")
        pushed = push_image(engine, image, destination.reference, log_in, task.update)
        task.done(f"pushed {pushed.digest}")
    engine.close()
    return pushed


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
