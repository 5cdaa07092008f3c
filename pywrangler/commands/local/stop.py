"""`pywrangler local stop`."""

from __future__ import annotations

from pywrangler.commands.context.invocation import Invocation


def stop(run: Invocation) -> None:
    """Stop the local platform with its Workers and containers. What they stored stays.

    Example: pywrangler local stop
    """
    from pywrangler.local.client import stop

    if stop(run.environment):
        run.console.success("The local platform is stopped.")
    else:
        run.console.info("The local platform is not running.")
