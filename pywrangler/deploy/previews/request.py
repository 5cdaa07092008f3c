"""What a preview is deployed with, in the API's form. Pure. Names and rules are Wrangler's (4.164)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.cloudflare.client import Part
from pywrangler.config.records import Configuration, Container
from pywrangler.deploy.assets.files import AssetDirectory
from pywrangler.deploy.bundle.bundling import Bundle
from pywrangler.deploy.worker.bindings import bindings_of
from pywrangler.deploy.worker.metadata import plan_migrations
from pywrangler.deploy.worker.settings import uploaded_settings
from pywrangler.deploy.worker.upload_form import module_parts
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

Json = dict[str, Any]


def preview_settings(configuration: Configuration) -> Json:
    """The settings of a preview beside its deployments."""
    written, observability = configuration.cloudflare, configuration.observability
    settings: Json = {}
    if observability is not None:
        settings["observability"] = dict(observability)
    if written.get("logpush") is not None:
        settings["logpush"] = written["logpush"]
    if written.get("tail_consumers") is not None:
        settings["tail_consumers"] = [{"name": each["service"]} for each in written["tail_consumers"]]
    return settings


def preview_env(configuration: Configuration, secrets: Mapping[str, Sensitive[str]]) -> dict[str, Json]:
    """The bindings of a preview by name. Raises `UsageError` for one that leads nowhere."""
    for kv in configuration.kv_namespaces:
        if kv.id is None:
            raise UsageError(
                f"The KV namespace `{kv.binding}` in `previews` has no `id`.",
                hint="Create one with `pywrangler kv namespace create`, and write its id there.",
            )
    names = {each["binding"]: each for each in configuration.cloudflare.get("d1_databases") or ()}
    env: dict[str, Json] = {}
    for binding in bindings_of(configuration):
        fields = {name: value for name, value in binding.items() if name != "name"}
        if fields["type"] == "d1":
            entry = names[binding["name"]]
            fields = {"type": "d1", "database_id": fields["id"]}
            if entry.get("database_name"):
                fields["database_name"] = entry["database_name"]
        fields.pop("local_connection_string", None)
        env[binding["name"]] = fields
    return env | {name: {"type": "secret_text", "text": value.reveal()} for name, value in secrets.items()}


def kept_secrets(latest: Mapping[str, Any] | None) -> dict[str, Json]:
    """The secrets of the latest deployment, which the next one keeps."""
    env = (latest or {}).get("env") or {}
    return {
        name: {"type": "inherit"} for name, binding in env.items() if binding.get("type") == "secret_text"
    }


def deployment_request(
    configuration: Configuration,
    bundle: Bundle,
    containers: tuple[Container, ...],
    env: Mapping[str, Json],
    latest: Mapping[str, Any] | None,
    annotations: Mapping[str, str],
) -> Json:
    """The metadata of a deployment, without the token of its static assets."""
    request: Json = {"compatibility_date": configuration.compatibility_date}
    if configuration.main is not None:
        request["main_module"] = bundle.main_module
    if configuration.compatibility_flags:
        request["compatibility_flags"] = list(configuration.compatibility_flags)
    if configuration.exports:
        request["exports"] = {
            name: _without_container(entry) for name, entry in configuration.exports.items()
        }
    if annotations:
        request["annotations"] = dict(annotations)
    applied = (latest or {}).get("migration_tag")
    if migrations := plan_migrations(configuration.migrations, applied):
        request["migrations"] = migrations
    request |= _settings(configuration)
    if containers:
        request["containers"] = [{"class_name": each.class_name} for each in containers]
    if env:
        request["env"] = dict(env)
    return request


def _settings(configuration: Configuration) -> Json:
    settings, found = uploaded_settings(configuration), {}
    if settings.get("limits") is not None:
        found["limits"] = settings["limits"]
    if configuration.cloudflare.get("cache"):
        found["cache"] = configuration.cloudflare["cache"]
    placement = configuration.cloudflare.get("placement")
    if placement:
        found["placement"] = settings.get("placement")  # None switches it off
    return found


def _without_container(entry: Mapping[str, Any]) -> Json:
    return {name: value for name, value in entry.items() if name != "container"}


def preview_modules(bundle: Bundle, assets: AssetDirectory | None) -> list[Part]:
    """The files of a deployment: modules, source map, and the rules of static assets."""
    rules = assets.rules if assets else {}
    found = [Part(name, text.encode(), "text/plain", name) for name, text in rules.items()]
    return [*module_parts(bundle), *found]


def without_secrets(deployment: Mapping[str, Any]) -> Json:
    """The deployment without the values of secrets, to be shown."""
    env = {
        name: {key: value for key, value in binding.items() if key != "text"}
        if binding.get("type") == "secret_text"
        else binding
        for name, binding in (deployment.get("env") or {}).items()
    }
    return {**deployment, **({"env": env} if deployment.get("env") else {})}
