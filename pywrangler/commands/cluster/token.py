"""`pywrangler cluster token`."""

from __future__ import annotations

from pywrangler.commands.cluster.nodes import check_target, show_token
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import started_platform
from pywrangler.commands.shared.options import AsJson


def token(run: Invocation, as_json: AsJson = False) -> None:
    """Print a token with which one machine can join the cluster. It works once, for a day.

    This node must run until the machine has joined.

    Example: pywrangler cluster token
    """
    from pywrangler.cloudflare.products.cluster import make_join_token

    check_target(run)
    with started_platform(run) as client:
        made = make_join_token(client)
    if as_json:
        run.console.json({"token": made.reveal()})
    else:
        show_token(run, made)
