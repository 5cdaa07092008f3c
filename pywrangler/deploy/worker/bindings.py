"""The bindings of a Worker, from the configuration's form to the API's: one function for each kind, pure.

Kinds that need no more than a table of names are in `product_bindings`. Names are Wrangler 4.164's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from pywrangler.config.records import Configuration
from pywrangler.deploy.worker.product_bindings import product_bindings

Binding: TypeAlias = dict[str, Any]
"""A binding as the API takes it: `name`, `type`, and what its type needs."""


def bindings_of(configuration: Configuration) -> list[Binding]:
    """The bindings of the Worker, in the order of `KINDS`. Raises `UsageError` for an incomplete one."""
    made = [binding for kind in KINDS for binding in kind(configuration)]
    return made + product_bindings(configuration)


def _variables(configuration: Configuration) -> Iterator[Binding]:
    for name, value in configuration.vars.items():
        if isinstance(value, str):
            yield {"name": name, "type": "plain_text", "text": value}
        else:
            yield {"name": name, "type": "json", "json": value}


def _kv_namespaces(configuration: Configuration) -> Iterator[Binding]:
    for kv in configuration.kv_namespaces:
        if kv.id is not None:  # else the deploy creates the namespace, and binds it then
            yield {"name": kv.binding, "type": "kv_namespace", "namespace_id": kv.id}


def _durable_objects(configuration: Configuration) -> Iterator[Binding]:
    for namespace in configuration.durable_objects:
        yield _without_none(
            {
                "name": namespace.name,
                "type": "durable_object_namespace",
                "class_name": namespace.class_name,
                "script_name": namespace.script_name,
                "environment": namespace.environment,
            }
        )


def _secrets_store_secrets(configuration: Configuration) -> Iterator[Binding]:
    for secret in configuration.secrets_store_secrets:
        yield {
            "name": secret.binding,
            "type": "secrets_store_secret",
            "store_id": secret.store_id,
            "secret_name": secret.secret_name,
        }


def _services(configuration: Configuration) -> Iterator[Binding]:
    for service in configuration.services:
        yield _without_none(
            {
                "name": service.binding,
                "type": "service",
                "service": service.service,
                "environment": service.environment,
                "entrypoint": service.entrypoint,
                "props": service.props,
                "cross_account_grant": service.cross_account_grant,
            }
        )


def _assets(configuration: Configuration) -> Iterator[Binding]:
    if configuration.assets and configuration.assets.binding:
        yield {"name": configuration.assets.binding, "type": "assets"}


def _without_none(binding: Mapping[str, Any]) -> Binding:
    return {name: value for name, value in binding.items() if value is not None}


KINDS: tuple[Callable[[Configuration], Iterator[Binding]], ...] = (
    _variables,
    _kv_namespaces,
    _durable_objects,
    _secrets_store_secrets,
    _services,
    _assets,
)
