"""Where bindings of the local platform lead to beside it: found from variables, the login and the
configuration, and said to the user.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.stored_login import stored_client
from pywrangler.deploy.worker.elsewhere import (
    REMOTE_KINDS,
    URL_VARIABLE,
    Elsewhere,
    RemoteAccount,
    model_server,
)
from pywrangler.errors import UsageError

if TYPE_CHECKING:
    from pywrangler.config.records import Configuration, RemoteBinding


def find_elsewhere(run: Invocation, configuration: Configuration) -> Elsewhere:
    """The targets of the bindings. Raises `UsageError` for variables that cannot be understood, and for
    bindings that are `remote: true` if no login is stored.
    """
    ai = configuration.cloudflare.get("ai") or {}
    server = model_server(run.environment) if ai else None
    remote = _remote(run, configuration, without=ai.get("binding") if server else None)
    if server is not None:
        run.console.info(
            f"The binding `{ai['binding']}` uses the model server {server.url} ({URL_VARIABLE})."
        )
    wanted = {each.name for each in remote} | ({ai["binding"]} if ai and server is None else set())
    if not wanted:
        return Elsewhere(server)
    client = stored_client(run, configuration)
    if client is None:
        if remote:
            raise _no_login(run, remote[0], ai)
        run.console.warning(
            f"The binding `{ai['binding']}` has no models: its calls fail. Set {URL_VARIABLE} to a server"
            " with OpenAI's API, or run `pywrangler login` to use Workers AI."
        )
        return Elsewhere()
    listed = ", ".join(f"`{name}`" for name in sorted(wanted))
    run.console.warning(
        f"These bindings lead to the account {client.account_id} at Cloudflare, which may charge for"
        f" their use: {listed}."
    )
    account = RemoteAccount(client.account_id or "", client.base_url, run.options.profile)
    return Elsewhere(server, account, frozenset(wanted))


def _remote(run: Invocation, configuration: Configuration, without: str | None) -> list[RemoteBinding]:
    """The bindings that are remote and can be. Warns about others, and raises `UsageError` for one that does
    not say what it leads to.
    """
    found = []
    for each in configuration.remote:
        if each.kind not in REMOTE_KINDS:
            run.console.warning(
                f"`{each.path}` in {_shown(run, each)} is `remote`. That has no effect on the local platform,"
                f" where bindings of `{each.kind}` do not lead to Cloudflare."
            )
            continue
        needed = REMOTE_KINDS[each.kind]
        if needed is not None and not each.written.get(needed):
            raise UsageError(
                f"`{each.path}` in {_shown(run, each)} is `remote` and has no `{needed}`.",
                hint=f"Write the `{needed}` of what it leads to at Cloudflare, or remove `remote` there.",
            )
        if each.name != without:
            found.append(each)
    return found


def _no_login(run: Invocation, binding: RemoteBinding, ai: Any) -> UsageError:
    hint = "Run `pywrangler login` (a token in the environment does not count), or remove `remote` there."
    if binding.name == ai.get("binding"):
        hint += f" With {URL_VARIABLE} it uses a model server."
    return UsageError(
        f"`{binding.path}` (`{binding.name}`) in {_shown(run, binding)} is `remote`, and no login for"
        " Cloudflare is stored.",
        hint=hint,
        code="not-logged-in",
    )


def _shown(run: Invocation, binding: RemoteBinding) -> str:
    place = binding.place
    return f"{os.path.relpath(place.file, run.directory)}:{place.line}:{place.column}"
