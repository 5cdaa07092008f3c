"""Where bindings of the local platform lead to beside it: found from variables, the login and the
configuration, and said to the user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.stored_login import stored_client
from pywrangler.deploy.worker.elsewhere import URL_VARIABLE, Elsewhere, RemoteAccount, model_server

if TYPE_CHECKING:
    from pywrangler.config.records import Configuration


def find_elsewhere(run: Invocation, configuration: Configuration) -> Elsewhere:
    """Where the bindings lead to. Raises `UsageError` for variables that cannot be understood."""
    written = configuration.cloudflare.get("ai")
    if not written:
        return Elsewhere()
    name = str(written["binding"])
    if server := model_server(run.environment):
        run.console.info(f"The binding `{name}` uses the model server {server.url} ({URL_VARIABLE}).")
        return Elsewhere(server)
    client = stored_client(run, configuration)
    if client is None:
        run.console.warning(
            f"The binding `{name}` has no models: its calls fail. Set {URL_VARIABLE} to a server with"
            " OpenAI's API, or run `pywrangler login` to use Workers AI."
        )
        return Elsewhere()
    run.console.warning(
        f"The binding `{name}` uses Workers AI of the account {client.account_id} at Cloudflare,"
        " which may charge for it."
    )
    account = RemoteAccount(client.account_id or "", client.base_url, run.options.profile)
    return Elsewhere(account=account, remote=frozenset({name}))
