"""The local platform of a run of `dev`, found or started, and ended if the run has started it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.dev.output import DevConsole
from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client


class DevPlatform:
    """The connection that all Workers of the run share."""

    def __init__(self, run: Invocation, console: DevConsole, *, keeps: bool) -> None:
        """`keeps`: what is deployed stays at the end."""
        self._run = run
        self._console = console
        self.keeps = keeps
        self.reconnected: list[Callable[[], None]] = []
        """What is called when the platform is another process."""
        self._client: Client | None = None
        self._others: dict[str, str] | None = None
        """The Workers with their versions, where this run has started the platform."""

    @property
    def client(self) -> Client:
        """The platform's client."""
        assert self._client is not None  # noqa: S101 - connected first
        return self._client

    @property
    def is_connected(self) -> bool:
        """Whether there is a client."""
        return self._client is not None

    def connect(self) -> None:
        """Find or start the platform. Raises `PywranglerError`."""
        from pywrangler.local.client.finding import find

        is_running = find(self._run.environment) is not None
        self._find_or_start()
        if not is_running:
            self._others = self._versions()

    def connect_again(self) -> None:
        """The platform ended: start it again. Raises `PywranglerError`."""
        self._find_or_start()
        for call in self.reconnected:
            call()

    def _find_or_start(self) -> None:
        from pywrangler.commands.context.clients import platform_client
        from pywrangler.local.client.starting import find_or_start

        self._client = platform_client(find_or_start(self._run.environment), self._console.debug)

    def end(self, changed: Collection[str]) -> None:
        """End the platform if this run has started it, and no one but this run uses it. `changed` are the
        Workers that this run deployed and has put back.
        """
        if self._client is None or self._others is None or self.keeps:
            return
        try:
            if self._versions_of_others(changed) == self._others:
                from pywrangler.local.client.stopping import stop

                stop(self._run.environment)
        except ApiError as error:
            if error.status:  # otherwise the platform is gone, with everything
                self._console.error(error)
        except PywranglerError as error:
            self._console.error(error)

    def _versions(self) -> dict[str, str]:
        from pywrangler.cloudflare import local

        return {each["name"]: each["version_id"] for each in local.status(self.client)["workers"]}

    def _versions_of_others(self, changed: Collection[str]) -> dict[str, str]:
        others = {name: version for name, version in self._versions().items() if name not in changed}
        assert self._others is not None  # noqa: S101 - asked before
        return others | {name: version for name, version in self._others.items() if name in changed}
