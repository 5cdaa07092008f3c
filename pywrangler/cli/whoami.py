"""`pywrangler whoami`."""

from __future__ import annotations

from pywrangler.cli.invocation import Invocation
from pywrangler.cli.options import AsJson
from pywrangler.errors import MissingError


def whoami(run: Invocation, as_json: AsJson = False) -> None:
    """Show which credentials the commands use, whose they are, and which accounts they are for.

    Example: pywrangler whoami --json
    """
    from pywrangler.cloudflare.accounts import list_accounts, user_email

    if run.login is None:
        raise MissingError(
            "Not logged in.",
            hint="Set CLOUDFLARE_API_TOKEN or run `pywrangler login`. The local platform needs no login.",
            code="not-logged-in",
        )
    client = run.user_client()
    email = user_email(client)
    accounts = list_accounts(client)
    if as_json:
        run.console.json(
            {
                "loggedIn": True,
                "authType": "Global API Key" if run.login.is_global_key else "API Token",
                "origin": run.login.origin,
                "email": email,
                "accounts": [{"name": account.name, "id": account.id} for account in accounts],
                "target": run.target.value,
            }
        )
        return
    run.console.info(f"Credentials: {run.login.origin}{f', of {email}' if email else ''}.")
    run.console.info(f"Commands act on: {run.target.value}.")
    run.console.table(("ACCOUNT", "ID"), [(account.name, account.id) for account in accounts])
