"""`pywrangler cluster leave`."""

from __future__ import annotations

from pywrangler.commands.cluster.nodes import check_target
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import started_platform
from pywrangler.commands.shared.input import confirmed
from pywrangler.commands.shared.options import SkipConfirmation
from pywrangler.errors import PywranglerError

LEAVE_SECONDS = 120.0
"""Each Worker has some seconds to hand its Durable Objects over."""


def leave(run: Invocation, skip_confirmation: SkipConfirmation = False) -> None:
    """Take this machine out of its cluster. Its sessions continue on other nodes, in new containers.

    The platform stops, and forgets what belongs to the cluster. All of that is in the bucket.

    Example: pywrangler cluster leave
    """
    from pywrangler.cloudflare.products.cluster import leave_cluster
    from pywrangler.local.client.finding import platform_of
    from pywrangler.local.client.stopping import wait_for_end

    check_target(run)
    if not confirmed(run, "Take this machine out of the cluster?", skip=skip_confirmation):
        return
    with started_platform(run) as client:
        pid = platform_of(run.home)
        leave_cluster(client)
    if pid is not None and not wait_for_end(pid, LEAVE_SECONDS):
        raise PywranglerError(
            f"The platform (process {pid}) still hands over after {LEAVE_SECONDS:.0f} s.",
            hint="Look at its log with `pywrangler local logs`, or end it with `pywrangler local stop`.",
            code="platform-stop",
        )
    run.console.success("This machine has left the cluster. Its platform is stopped.")
