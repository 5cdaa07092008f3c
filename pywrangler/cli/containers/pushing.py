"""An image of the engine's store on its way to the managed registry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pywrangler.cli.invocation import Invocation
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.images.push import PushedImage


def push_to_managed_registry(run: Invocation, tag: str) -> PushedImage:
    """Push the local image `tag` under the same name into the account's part of the managed registry."""
    from pywrangler.cloudflare.containers import account_limits
    from pywrangler.cloudflare.registries import make_credentials
    from pywrangler.cloudflare.service import managed_registry
    from pywrangler.images.inspect import check_size
    from pywrangler.images.push import RegistryLogin, find_pushable, push_image
    from pywrangler.images.reference import managed_reference
    from pywrangler.images.store import connect_engine

    client = run.changing_client()
    registry = managed_registry(run.service_environment)
    target = managed_reference(tag, client.account_id or "", registry)
    if target.registry != registry or target.digest:
        raise UsageError(
            f"`{tag}` names no tag in the managed registry.",
            hint=f"Give the image another name first: `docker tag {tag} NAME:TAG`.",
        )

    def log_in() -> RegistryLogin:
        made = make_credentials(client, registry, permissions=["push", "pull"])
        return RegistryLogin(made.username, made.password)

    first = [log_in()]  # before the engine is asked: a token that may not push is known at once
    image = find_pushable(engine := connect_engine(run.environment), tag)
    disk_mb = (account_limits(client).get("limits") or {}).get("disk_mb_per_deployment")
    if disk_mb:
        check_size(image, tag, disk_mb)
    with run.console.progress() as progress:
        task = progress.task(f"Pushing {tag}")
        target = replace(target, tag=target.tag or "latest")
        pushed = push_image(engine, image, target, lambda: first.pop() if first else log_in(), task.update)
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
