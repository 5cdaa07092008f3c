"""`pywrangler local start`."""

from __future__ import annotations

from pywrangler.commands.context.invocation import Invocation


def start(run: Invocation) -> None:
    """Start the local platform with the Workers it has. Deploying starts it, too.

    Example: pywrangler local start
    """
    from pywrangler.commands.local.connection import warn_of_version
    from pywrangler.local.client.finding import find
    from pywrangler.local.client.starting import find_or_start

    if found := find(run.environment):
        warn_of_version(run, found)
        run.console.info(f"The local platform is already running (process {found.pid}).")
        return
    started = find_or_start(run.environment)
    run.console.success(f"The local platform is running (process {started.pid}) at {started.url}.")
