"""What the commands of this group have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.errors import PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.sensitive import Sensitive


def check_target(run: Invocation) -> None:
    """Raises `UsageError` if the command is to act on Cloudflare."""
    if run.target is Target.CLOUDFLARE:
        raise UsageError(
            "A cluster consists of local platforms; Cloudflare has none.", hint="Omit `--remote`."
        )


def restart_platform(run: Invocation) -> None:
    """Let the platform start again, as a node. Raises `PywranglerError`."""
    from pywrangler.local.client.starting import find_or_start
    from pywrangler.local.client.stopping import stop

    stop(run.environment)
    try:
        find_or_start(run.environment)
    except PywranglerError as error:
        error.hint = f"{error.hint} This machine is a node of the cluster already.".lstrip()
        raise


def show_token(run: Invocation, token: Sensitive[str]) -> None:
    """Print a token, and what to do with it."""
    run.console.info("One machine can join with this token, in the next 24 hours. Run there:")
    run.console.info("  pywrangler cluster join --advertise ADDRESS")
    run.console.info("and paste the token when asked.")
    run.console.result(token.reveal())
