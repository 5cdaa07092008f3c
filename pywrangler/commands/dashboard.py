"""`pywrangler dashboard`."""

from __future__ import annotations

from typing import Annotated

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import started_platform
from pywrangler.commands.shared.options import AsJson

NoOpen = Annotated[bool, typer.Option("--no-open", help="Only print the link.")]


def dashboard(run: Invocation, no_open: NoOpen = False, as_json: AsJson = False) -> None:
    """Open the local platform's page in the browser: Workers, instances, logs, requests and data.

    The link lets one browser in, once, within a minute. On a terminal it is opened; elsewhere it is only
    printed.

    Example: pywrangler dashboard
    """
    from pywrangler.cloudflare import local

    with started_platform(run) as client:
        link = local.dashboard_link(client)
    if as_json:
        run.console.json({"url": link})
        return
    run.console.result(link)
    if run.is_interactive and not no_open:
        import webbrowser

        # It returns at once, and says whether a browser was found; the link is printed in any case.
        if not webbrowser.open(link):
            run.console.info("No browser was found. Open the link in one on this machine.")
