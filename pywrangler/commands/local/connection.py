"""A client of the local platform itself, whatever target other commands have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.errors import MissingError
from pywrangler.version import VERSION

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.local.protocol import Status


@contextmanager
def running_platform(run: Invocation) -> Iterator[Client | None]:
    """The running platform's client, or None if none runs. Raises `PywranglerError` for one that hangs."""
    from pywrangler.local.client.finding import find, hung, platform_of

    status = find(run.environment)
    if status is None:
        if pid := platform_of(run.home):
            raise hung(pid)
        yield None
        return
    with _connected(run, status) as client:
        yield client


@contextmanager
def started_platform(run: Invocation) -> Iterator[Client]:
    """The platform's client; the platform is started if it does not run."""
    from pywrangler.local.client.starting import find_or_start

    with _connected(run, find_or_start(run.environment)) as client:
        yield client


def warn_of_version(run: Invocation, status: Status) -> None:
    """Say that the platform runs another version than the command."""
    if status.version != VERSION:
        run.console.warning(
            f"The local platform runs pywrangler {status.version}, this is {VERSION}."
            " Run `pywrangler local stop`, then the command again. Stored data is kept."
        )


@contextmanager
def _connected(run: Invocation, status: Status) -> Iterator[Client]:
    warn_of_version(run, status)
    from pywrangler.cloudflare.auth import ApiToken
    from pywrangler.cloudflare.client import Client
    from pywrangler.cloudflare.service import LOCAL_PLATFORM
    from pywrangler.sensitive import Sensitive

    token = ApiToken(Sensitive(status.token))
    client = Client(status.url, status.account_id, token, service=LOCAL_PLATFORM, debug=run.console.debug)
    try:
        yield client
    finally:
        client.close()


def not_running(run: Invocation) -> MissingError:
    """The error for a command that needs the platform to run."""
    return MissingError(
        f"The local platform is not running (its directory is {run.home}).",
        hint="Start it with `pywrangler local start` or `pywrangler deploy --local`.",
        code="platform-not-running",
    )
