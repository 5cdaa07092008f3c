"""What an account has of the resources that a deploy may make: only read requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.d1 import list_databases
from pywrangler.cloudflare.products.dispatch import list_namespaces
from pywrangler.cloudflare.products.made_by_deploys import AGENT_MEMORY, AI_SEARCH, has_namespace, list_apps
from pywrangler.cloudflare.products.queues import Queue
from pywrangler.cloudflare.r2 import list_buckets
from pywrangler.cloudflare.workers import get_settings
from pywrangler.config.records import Configuration
from pywrangler.deploy.provisioning.wanted import AccountContents, account_is_needed, wanted_names
from pywrangler.errors import ApiError

T = TypeVar("T")


def observe_account(
    client: Client, configuration: Configuration, queues: Sequence[Queue], *, is_deployed: bool
) -> AccountContents:
    """What the configuration's bindings need to be known. `queues` are the account's."""
    if not account_is_needed(configuration):
        return AccountContents()
    written = configuration.cloudflare
    scopes = {entry.get("jurisdiction") for entry in written.get("r2_buckets") or ()}
    unnamed = [entry for entry in written.get("d1_databases") or () if not entry.get("database_id")]
    dispatches = written.get("dispatch_namespaces") or ()
    settings = get_settings(client, configuration.name) if is_deployed else {}
    return AccountContents(
        buckets=_allowed(
            lambda: frozenset(
                (scope, bucket["name"]) for scope in scopes for bucket in list_buckets(client, scope)
            )
        ),
        databases=_allowed(lambda: {each["name"]: each["uuid"] for each in list_databases(client)})
        if unnamed
        else None,
        queues=frozenset(queue["queue_name"] for queue in queues),
        namespaces=_allowed(lambda: frozenset(each["namespace_name"] for each in list_namespaces(client)))
        if dispatches
        else None,
        bound={binding["name"]: binding for binding in settings.get("bindings") or ()},
        searches=_known(client, AI_SEARCH, wanted_names(configuration, "ai_search_namespaces")),
        memories=_known(client, AGENT_MEMORY, wanted_names(configuration, "agent_memory")),
        apps=_allowed(lambda: {each["name"]: each["id"] for each in list_apps(client)})
        if any(not entry.get("app_id") for entry in written.get("flagship") or ())
        else None,
    )


def _known(client: Client, product: str, names: Sequence[str]) -> frozenset[str] | None:
    """Those of the namespaces that exist."""
    return _allowed(lambda: frozenset(name for name in names if has_namespace(client, product, name)))


def _allowed(read: Callable[[], T]) -> T | None:
    """What is read; None if the token may not, which Wrangler (4.164) takes for no reason to stop."""
    try:
        return read()
    except ApiError as error:
        if error.status not in (401, 403):
            raise
        return None
