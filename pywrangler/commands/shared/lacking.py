"""What the target of a run does not have of a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target

if TYPE_CHECKING:
    from pywrangler.config.given import Lacks


def lacking(run: Invocation) -> Lacks:
    """What the loading of a configuration asks for each field."""
    if run.target is Target.LOCAL:
        from pywrangler.deploy.worker.local_products import lacking_locally

        return lacking_locally
    from pywrangler.deploy.worker.settings import lacking_at_cloudflare

    return lacking_at_cloudflare
