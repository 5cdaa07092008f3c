"""The metadata of a Worker upload, made from the configuration: pure data, in the API's form.

Field names and rules are those of `PUT /accounts/{account}/workers/scripts/{name}`, as Wrangler 4.164 sends
it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pywrangler.config.records import Configuration, Migration
from pywrangler.deploy.assets.files import AssetDirectory
from pywrangler.deploy.bundle.bundling import Bundle
from pywrangler.deploy.worker.bindings import bindings_of
from pywrangler.deploy.worker.elsewhere import Elsewhere, lead_elsewhere
from pywrangler.deploy.worker.settings import uploaded_settings
from pywrangler.sensitive import Sensitive

KEPT_SECRETS = ("secret_text", "secret_key")
KEPT_VARS = ("plain_text", "json")
LOCAL_SOURCE = ".dev.vars"
TAG_LENGTH = 24
"""The API takes annotations `workers/tag` of up to 25 characters."""


def migration_step(migration: Migration) -> dict[str, Any]:
    """One migration without its tag, with only the parts that it has."""
    step: dict[str, Any] = {}
    if migration.new_classes:
        step["new_classes"] = list(migration.new_classes)
    if migration.new_sqlite_classes:
        step["new_sqlite_classes"] = list(migration.new_sqlite_classes)
    if migration.renamed_classes:
        step["renamed_classes"] = [{"from": old, "to": new} for old, new in migration.renamed_classes]
    if migration.deleted_classes:
        step["deleted_classes"] = list(migration.deleted_classes)
    if migration.transferred_classes:
        step["transferred_classes"] = [dict(transfer) for transfer in migration.transferred_classes]
    return step


def plan_migrations(migrations: Sequence[Migration], applied_tag: str | None) -> dict[str, Any] | None:
    """The migrations still to apply to a Worker whose last applied one is `applied_tag`; None when there are
    none.

    An applied tag that the configuration does not know means that all of its migrations are sent, from that
    tag on.
    """
    if not migrations:
        return None
    tags = [migration.tag for migration in migrations]
    pending = migrations[tags.index(applied_tag) + 1 :] if applied_tag in tags else migrations
    if not pending:
        return None
    plan: dict[str, Any] = {
        "new_tag": tags[-1],
        "steps": [migration_step(migration) for migration in pending],
    }
    return {"old_tag": applied_tag, **plan} if applied_tag else plan


def unknown_migration(migrations: Sequence[Migration], applied_tag: str | None) -> str | None:
    """The warning that the last applied migration is not in the configuration, as of Wrangler (4.164)."""
    if not migrations or not applied_tag or any(migration.tag == applied_tag for migration in migrations):
        return None
    return (
        f"The last migration of the deployed Worker is `{applied_tag}`, which is not in `migrations`."
        " All migrations of the configuration are sent. If they were applied before, add the missing one."
    )


def upload_metadata(
    configuration: Configuration,
    bundle: Bundle,
    *,
    keep_vars: bool = False,
    assets: AssetDirectory | None = None,
    secrets: Mapping[str, Sensitive[str]] | None = None,
    variables: Mapping[str, Sensitive[str]] | None = None,
    elsewhere: Elsewhere | None = None,
) -> dict[str, Any]:
    """The metadata of an upload, without migrations and annotations (they depend on what is deployed).

    `secrets` are values to upload with the version, in place of variables of the same names; without them the
    Worker keeps the secrets it has.
    `variables` are `.dev.vars`, which only the local platform is ever sent: they replace bindings of the same
    names, and `source` tells the platform not to keep them like secrets. `assets` are the files that are
    served beside the Worker; the token that names them comes with their upload. `elsewhere` is where bindings
    of the local platform lead to.
    """
    if configuration.main is None:
        return _assets_alone(configuration, assets)
    secrets, variables = secrets or {}, variables or {}
    local = {name: value for name, value in variables.items() if name not in secrets}
    bindings = [
        binding
        for binding in lead_elsewhere(bindings_of(configuration), elsewhere or Elsewhere())
        if binding["name"] not in local and not (binding["name"] in secrets and binding["type"] in KEPT_VARS)
    ]
    bindings += [
        {"name": name, "type": "secret_text", "text": value.reveal(), "source": LOCAL_SOURCE}
        for name, value in local.items()
    ]
    bindings += [
        {"name": name, "type": "secret_text", "text": value.reveal()} for name, value in secrets.items()
    ]
    metadata: dict[str, Any] = {
        "main_module": bundle.main_module,
        "bindings": bindings,
        "compatibility_date": configuration.compatibility_date,
        "compatibility_flags": list(configuration.compatibility_flags),
        "keep_bindings": [*(KEPT_VARS if keep_vars else ()), *KEPT_SECRETS],
        "code_update_strategy": {"mode": "deferred", "max_delay": 300},
    }
    if configuration.mentions_containers or configuration.containers:
        metadata["containers"] = [
            {"name": container.name}
            | ({} if container.is_linked_by_export else {"class_name": container.class_name})
            for container in configuration.containers
        ]
    if configuration.exports:
        metadata["exports"] = dict(configuration.exports)
    if configuration.assets and assets:
        metadata["assets"] = {"config": {**configuration.assets.serving, **assets.rules}}
    if configuration.observability is not None:
        metadata["observability"] = dict(configuration.observability)
    return metadata | uploaded_settings(configuration)


def _assets_alone(configuration: Configuration, assets: AssetDirectory | None) -> dict[str, Any]:
    """The metadata of a Worker of static assets only: it has no bindings and no settings of code."""
    serving = configuration.assets.serving if configuration.assets else {}
    return {
        "assets": {"config": {**serving, **(assets.rules if assets else {})}},
        "compatibility_date": configuration.compatibility_date,
        "compatibility_flags": list(configuration.compatibility_flags),
    }


def content_tag(metadata: Mapping[str, Any], bundle: Bundle, assets: AssetDirectory | None = None) -> str:
    """A short name of what is uploaded: equal tags mean equal Workers, apart from secrets kept in place."""
    described = {**metadata, "manifest": assets.manifest} if assets else metadata
    description = json.dumps(described, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{bundle.content_hash}\n{description}".encode())
    return digest.hexdigest()[:TAG_LENGTH]


def merge_service_tags(tags: Sequence[str], service: str | None, environment: str | None) -> tuple[str, ...]:
    """The Worker's tags with those that group it with its sibling environments; `service` is None without
    any.

    Cloudflare's dashboard groups Workers by `cf:service=` and `cf:environment=`.
    """
    kept = [tag for tag in tags if not tag.startswith(("cf:service=", "cf:environment="))]
    if service is not None:
        kept.append(f"cf:service={service}")
        if environment is not None:
            kept.append(f"cf:environment={environment}")
    return tuple(kept)
