"""What `doctor` looks at for Cloudflare, and in the project."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pywrangler.commands.context.target import Target
from pywrangler.commands.doctor.checks import Finding
from pywrangler.config.problems.errors import ConfigurationError
from pywrangler.errors import ApiError

if TYPE_CHECKING:
    from pywrangler.commands.context.invocation import Invocation

LOG_IN = "Set CLOUDFLARE_API_TOKEN, or run `pywrangler login`."
CURE = (
    'Create a token with the template "Edit Cloudflare Workers" and the permission Containers: Edit, then'
    " set CLOUDFLARE_API_TOKEN or run `pywrangler login`."
)


class CloudAccount:
    """The checks of one run that are about Cloudflare."""

    def __init__(self, run: Invocation) -> None:
        self._run = run

    def dns(self) -> Finding:
        """Whether the address of Cloudflare's interface is found."""
        from pywrangler.cloudflare.service import api_base_url

        host = urlsplit(api_base_url(self._run.environment)).hostname or ""
        try:
            socket.getaddrinfo(host, 443)
        except OSError as error:
            message = f"The name `{host}` is not found: {error.strerror or error}."
            cure = "Check the network and the name servers in /etc/resolv.conf, or set HTTPS_PROXY."
            if self._run.target is Target.CLOUDFLARE:
                return Finding.fail(message, cure)
            return Finding.warn(f"{message} The local platform does not need it.", cure)
        return Finding.ok(f"`{host}` is found.")

    def login(self) -> Finding:
        """Whether there are credentials where they are needed."""
        login = self._run.login
        if login is not None:
            return Finding.ok(f"Credentials: {login.origin}.")
        if self._run.target is Target.CLOUDFLARE:
            return Finding.fail("There are no credentials for Cloudflare.", LOG_IN)
        return Finding.ok("No credentials for Cloudflare. The local platform needs none.")

    def token(self) -> Finding:
        """Whether Cloudflare takes the credentials, and for Containers."""
        from pywrangler.cloudflare.accounts import list_accounts, verify_token
        from pywrangler.cloudflare.containers import account_limits

        login = self._run.login
        if login is None:
            return Finding.ok("Not checked: there are no credentials.")
        client = self._run.user_client()
        try:
            if not login.is_global_key and (state := verify_token(client)) != "active":
                return Finding.fail(f"The API token ({login.origin}) is {state}.", CURE)
            accounts = list_accounts(client)
        except ApiError as error:
            return self._refused(error, login.origin)
        if not accounts:
            return Finding.fail(f"The API token ({login.origin}) has access to no account.", CURE)
        if self._run.target is not Target.CLOUDFLARE:
            return Finding.ok(f"Cloudflare takes the credentials ({login.origin}).")
        try:
            account_limits(self._run.client)
        except ApiError as error:
            if error.status in (401, 403):
                return Finding.fail(
                    f"The API token ({login.origin}) may not use Containers on this account: {error.message}",
                    f"Containers need the Workers Paid plan. {CURE}",
                )
            return self._refused(error, login.origin)
        return Finding.ok(f"Cloudflare takes the credentials ({login.origin}), also for Containers.")

    def _refused(self, error: ApiError, origin: str) -> Finding:
        if error.status in (400, 401, 403):
            return Finding.fail(f"Cloudflare refuses the API token ({origin}): {error.message}", CURE)
        finding = f"The API token ({origin}) could not be checked: {error.message}"
        if self._run.target is Target.CLOUDFLARE:
            return Finding.fail(finding, error.hint or "Check the network.")
        return Finding.warn(finding, error.hint or "Check the network.")

    def configuration(self) -> Finding:
        """Whether the project's configuration is correct."""
        from pywrangler.config import check_environments

        found = self._run.project.found
        if found is None:
            return Finding.ok("There is no configuration in this directory.")
        try:
            errors = [each for each in check_environments(found.file) if each.severity == "error"]
        except ConfigurationError as error:
            return Finding.of_error(error, "`pywrangler check` shows the mistakes.")
        if errors:
            more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
            return Finding.fail(
                f"{found.file}: {errors[0].message}{more}", "`pywrangler check` shows the fix."
            )
        return Finding.ok(f"{found.file} has no mistakes.")
