"""Asks once for each application whether it may mount with FUSE on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.deploy.applications.fuse import mounting, plan_fuse, question, refusal

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.config.records import Configuration


def settle_fuse(
    run: Invocation,
    client: Client,
    configuration: Configuration,
    allowed: Sequence[str],
    denied: Sequence[str],
) -> None:
    """Tell the platform what the user decides. Raises `UsageError` where a decision is missing and no
    terminal is there to ask.
    """
    from pywrangler.cloudflare.local import decide_fuse, fuse_permissions

    containers = configuration.containers
    mounts = mounting(containers)
    if not mounts and not allowed and not denied:
        return
    names = {container.name for container in containers}
    known = fuse_permissions(client)
    plan = plan_fuse(mounts, known, names.intersection(allowed), names.intersection(denied))
    if plan.open and not run.is_interactive:
        raise refusal(plan.open)
    answers = {name: run.console.confirm(question(name)) for name in plan.open}
    decided = {**dict.fromkeys(plan.allowed, True), **dict.fromkeys(plan.denied, False), **answers}
    for name, is_allowed in decided.items():
        decide_fuse(client, name, configuration.name, is_allowed=is_allowed)
