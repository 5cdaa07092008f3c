"""Image registries of other providers that the account has credentials for, and credentials for the
platform's own registry, which takes the place of Cloudflare's managed one.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.rest.bodies import object_field, optional_text, read_object, text_field
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success, timestamp
from pywrangler.local.rest.errors import RestError, invalid_input, unsupported
from pywrangler.local.rest.image_registry import PushRegistry
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import StoredRegistry
from pywrangler.sensitive import Sensitive

PERMISSIONS = ("pull", "push", "library_push")


async def list_registries(request: web.Request) -> web.Response:
    """`GET /containers/registries`."""
    return success([_registry_json(registry) for registry in context_of(request).store.registries.all()])


async def create_registry(request: web.Request) -> web.Response:
    """`POST /containers/registries`."""
    context, body = context_of(request), await read_object(request)
    domain, auth = text_field(body, "domain"), object_field(body, "auth")
    is_public = body.get("is_public") is True
    registry = StoredRegistry(
        domain=domain,
        kind=optional_text(body, "kind"),
        created_at=context.clock(),
        is_public=is_public,
        public_credential=optional_text(auth, "public_credential"),
        private_credential=None if is_public else _secret_reference(context, auth),
    )

    def create() -> None:
        if context.store.registries.get(domain) is not None:
            raise RestError(f"IMAGE_REGISTRY_ALREADY_EXISTS: {domain}", status=409, code=1000)
        context.store.registries.create(registry)

    await context.store.change(create)
    return success(_registry_json(registry))


async def delete_registry(request: web.Request) -> web.Response:
    """`DELETE /containers/registries/{domain}`."""
    registry = _find(request)
    store = context_of(request).store
    await store.change(lambda: store.registries.delete(registry.domain))
    result = {"domain": registry.domain}
    if registry.private_credential:
        reference = registry.private_credential
        result["secrets_store_ref"] = f"{reference['store_id']}:{reference['secret_name']}"
    return success(result)


async def make_credentials(request: web.Request) -> web.Response:
    """`POST /containers/registries/{domain}/credentials`: a login for a configured registry."""
    context, domain = context_of(request), path_part(request, "domain")
    if context.runtimes.registry is not None and domain == context.runtimes.registry.host:
        return success(await _own_credentials(request, context.runtimes.registry))
    registry = context.store.registries.get(domain)
    if registry is None:
        raise unsupported(_not_this_registry(context, domain))
    if registry.is_public:
        raise RestError(f"IMAGE_REGISTRY_IS_PUBLIC: {domain}", status=409, code=1000)
    reference = registry.private_credential or {}
    store_id, secret_name = reference.get("store_id", ""), reference.get("secret_name", "")
    password = context.store.secrets_stores.value(store_id, secret_name)
    if password is None:
        raise invalid_input(f'The secret "{reference.get("secret_name")}" of {domain} no longer exists.')
    username = registry.public_credential
    if registry.kind == "ECR":
        username, password = await _exchanged(context, domain, username or "", password)
    return success(
        {
            "account_id": context.account_id,
            "registry_host": domain,
            "username": username,
            "password": password.reveal(),
        }
    )


async def _exchanged(
    context: ApiContext, domain: str, key_id: str, secret: Sensitive[str]
) -> tuple[str, Sensitive[str]]:
    """A login for an Amazon ECR registry, made of the stored key pair."""
    if context.runtimes.registry_tokens is None:
        raise unsupported("exchanging stored Amazon ECR keys for registry credentials")
    try:
        return await context.runtimes.registry_tokens.exchange(domain, key_id, secret)
    except PywranglerError as error:
        raise RestError(f"{error.message} {error.hint or ''}".rstrip(), status=502, code=1000) from error


def _not_this_registry(context: ApiContext, domain: str) -> str:
    own = (
        f"set CLOUDFLARE_CONTAINER_REGISTRY to {context.runtimes.registry.host}"
        if context.runtimes.registry
        else "it has none"
    )
    return f'pushing to "{domain}"; for its own registry {own}'


async def _own_credentials(request: web.Request, registry: PushRegistry) -> dict[str, Any]:
    """Credentials for the platform's own registry, with the permissions and the lifetime that the request
    names.
    """
    body = await read_object(request)
    permissions, minutes = body.get("permissions"), body.get("expiration_minutes")
    if not isinstance(permissions, list) or not permissions or any(p not in PERMISSIONS for p in permissions):
        raise invalid_input(f"`permissions` must be a list of {', '.join(PERMISSIONS)}.")
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 1:
        raise invalid_input("`expiration_minutes` must be a number of at least 1.")
    return {
        "account_id": context_of(request).account_id,
        "registry_host": registry.host,
        "username": registry.username,
        "password": registry.issue_password(permissions, minutes).reveal(),
    }


def _secret_reference(context: ApiContext, auth: dict[str, Any]) -> dict[str, str]:
    reference = auth.get("private_credential")
    if isinstance(reference, str):
        raise unsupported("registry passwords outside of the Secrets Store")
    if not isinstance(reference, dict):
        raise invalid_input("`auth.private_credential` must be {store_id, secret_name}.")
    store_id, name = text_field(reference, "store_id"), text_field(reference, "secret_name")
    if context.store.secrets_stores.secret_named(store_id, name) is None:
        raise invalid_input(f'The secret "{name}" of the store {store_id} does not exist.')
    return {"store_id": store_id, "secret_name": name}


def _find(request: web.Request) -> StoredRegistry:
    domain = path_part(request, "domain")
    registry = context_of(request).store.registries.get(domain)
    if registry is None:
        raise RestError(f"IMAGE_REGISTRY_NOT_FOUND: {domain}", status=404, code=1000)
    return registry


def _registry_json(registry: StoredRegistry) -> dict[str, Any]:
    fields = {
        "domain": registry.domain,
        "kind": registry.kind,
        "created_at": timestamp(registry.created_at),
        "private_credential": registry.private_credential,
    }
    return {name: value for name, value in fields.items() if value is not None}


ROUTES = [
    Route("GET", "/containers/registries", list_registries),
    Route("POST", "/containers/registries", create_registry),
    Route("DELETE", "/containers/registries/{domain}", delete_registry),
    Route("POST", "/containers/registries/{domain}/credentials", make_credentials),
]
