"""Errors for a Worker, application or secret that does not exist, with the nearest name.

The API's refusal keeps its status and codes for scripts; users get plain words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pywrangler.errors import ApiError, PywranglerError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

NO_APPLICATION = "APPLICATION_NOT_FOUND"
NO_SECRET = 10056
"""Cloudflare's code for a secret that the Worker does not have."""


@contextmanager
def expecting_worker(client: Client, name: str) -> Iterator[None]:
    """Inside, the API is asked about the Worker `name`, which may not exist."""
    from pywrangler.cloudflare.workers import is_worker_not_found

    try:
        yield
    except ApiError as error:
        if is_worker_not_found(error):
            _put_plainly(error, no_worker(client, name))
        raise


@contextmanager
def expecting_namespace(client: Client, identifier: str, key: str | None = None) -> Iterator[None]:
    """Inside, the API is asked about the KV namespace, or about a key in it, which may not exist."""
    from pywrangler.cloudflare.kv import NO_SUCH_KEY, NO_SUCH_NAMESPACE

    try:
        yield
    except ApiError as error:
        if error.status == 404 and error.api_code == NO_SUCH_NAMESPACE:
            _put_plainly(error, _no_namespace(client, identifier))
        elif error.status == 404 and error.api_code == NO_SUCH_KEY and key is not None:
            hint = f"`pywrangler kv key list --namespace-id {identifier}` shows its keys."
            _put_plainly(error, PywranglerError(f"The namespace has no key `{key}`.", hint=hint))
        raise


def _no_namespace(client: Client, identifier: str) -> PywranglerError:
    return PywranglerError(
        f"There is no KV namespace with the id `{identifier}`.",
        hint=_namespace_hint(client, identifier),
    )


def no_namespace_of_title(title: str, titles: Iterable[str]) -> PywranglerError:
    """The error for a KV namespace that does not exist, named by its title."""
    hint = nearest(title, titles) or "`pywrangler kv namespace list` shows the namespaces."
    return PywranglerError(f"There is no KV namespace `{title}`.", hint=hint, code="namespace-not-found")


def _namespace_hint(client: Client, identifier: str) -> str:
    """The hint for an unknown id; the title in its place is a likely mistake."""
    from pywrangler.cloudflare.kv import list_namespaces

    try:
        ids = {str(each.get("title")): str(each.get("id")) for each in list_namespaces(client)}
    except ApiError:
        ids = {}
    if identifier in ids:
        return f"`{identifier}` is the name of a namespace. Give its id: `{ids[identifier]}`."
    return nearest(identifier, ids.values()) or "`pywrangler kv namespace list` shows the namespaces."


@contextmanager
def expecting_application(identifier: str) -> Iterator[None]:
    """Inside, the API is asked about the application, which may not exist."""
    try:
        yield
    except ApiError as error:
        if error.status == 404 and NO_APPLICATION in error.message:
            _put_plainly(error, no_application(identifier, ()))
        raise


@contextmanager
def expecting_secret(client: Client, worker: str, key: str) -> Iterator[None]:
    """Inside, the API is asked about a secret of the Worker, which may not exist."""
    from pywrangler.cloudflare.workers import list_secrets

    try:
        yield
    except ApiError as error:
        if error.api_code == NO_SECRET:
            names = [str(secret.get("name")) for secret in list_secrets(client, worker)]
            hint = nearest(key, names) or f"`pywrangler secret list --name {worker}` shows its secrets."
            _put_plainly(error, PywranglerError(f"The Worker `{worker}` has no secret `{key}`.", hint=hint))
        raise


def no_worker(client: Client, name: str) -> PywranglerError:
    """The error for a Worker that does not exist."""
    from pywrangler.cloudflare.workers import list_scripts

    try:
        names = [str(script.get("id")) for script in list_scripts(client)]
    except ApiError:
        names = []
    return PywranglerError(
        f"There is no Worker `{name}`.",
        hint=nearest(name, names) or "Check the name and the target, or deploy the Worker first.",
        code="worker-not-found",
    )


def no_application(id_or_name: str, names: Iterable[str]) -> PywranglerError:
    """The error for an application that does not exist; `names` are those that do."""
    return PywranglerError(
        f"There is no application `{id_or_name}`.",
        hint=nearest(id_or_name, names) or "`pywrangler containers list` shows the applications.",
        code="application-not-found",
    )


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The question for the name that was probably meant."""
    from pywrangler.spelling import closest

    found = closest(name, names)
    return f"Did you mean `{found}`?" if found else None


def _put_plainly(error: ApiError, words: PywranglerError) -> None:
    error.message, error.hint, error.detail = words.message, words.hint, None
