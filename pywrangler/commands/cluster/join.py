"""`pywrangler cluster join`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.cluster.nodes import check_target, restart_platform
from pywrangler.commands.cluster.options import Advertise
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import started_platform
from pywrangler.commands.shared.input import read_secret
from pywrangler.commands.shared.options import AsJson
from pywrangler.sensitive import Sensitive

Token = Annotated[
    str | None,
    typer.Argument(metavar="TOKEN", help="Token of a node; default: typed when asked, or standard input."),
]


def join(run: Invocation, advertise: Advertise, token: Token = None, as_json: AsJson = False) -> None:
    """Make this machine a node of the cluster in which the token was made.

    Without TOKEN the command asks for it, so it is not in the list of processes.

    Example: pywrangler cluster join --advertise 10.0.0.2
    """
    from pywrangler.cloudflare.products.cluster import join_cluster

    check_target(run)
    said = Sensitive(token) if token else read_secret(run, "the token")
    with started_platform(run) as client:
        made = join_cluster(client, said, advertise)
    restart_platform(run)
    if as_json:
        run.console.json(made)
        return
    run.console.success(f"Joined the cluster in {made['bucket']}. This machine is its node {made['node']}.")
