"""`pywrangler node`: what a service manager, such as systemd, does with a node of a cluster."""

from __future__ import annotations

from typing import NoReturn

from pywrangler.commands.context.invocation import Invocation
from pywrangler.errors import PywranglerError


def run_(run: Invocation) -> NoReturn:
    """Run the local platform in the foreground, until SIGTERM or SIGINT. Its log goes to standard error.

    Example: pywrangler node run
    """
    from pywrangler.local.client.foreground import run_in_foreground

    run_in_foreground(run.environment)


def fence(run: Invocation) -> None:
    """Remove the containers and runtimes of this machine's platform, which must not run.

    A node that was killed leaves them, and other nodes take its sessions over after 20 s. This needs neither
    the bucket nor the network.

    Example: pywrangler node fence
    """
    from pywrangler.local.client.finding import platform_of
    from pywrangler.local.client.stopping import clean_up

    found = clean_up(run.environment)
    if found is None:
        pid = platform_of(run.home)
        raise PywranglerError(
            f"The local platform{f' (process {pid})' if pid else ''} runs, so nothing was removed.",
            hint="Stop it first with `pywrangler local stop`.",
            code="platform-running",
        )
    if found["complaint"]:
        raise PywranglerError(
            f"It is unknown whether containers run: {str(found['complaint']).rstrip('.')}.",
            hint="Start the Docker Engine and repeat the command, or switch the machine off.",
            code="engine-not-answering",
        )
    run.console.success(f"Removed {found['containers']} containers and {found['processes']} processes.")
