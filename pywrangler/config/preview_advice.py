"""What `previews` could hold, made of the Worker's own settings, or of those that its account has for
previews.

Wrangler (4.164) suggests the same fields. Names of production's resources become placeholders, because a
preview should not write into them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, NamedTuple

from pywrangler.config.environments import Section, select_section
from pywrangler.config.problems.report import Report
from pywrangler.config.schema import PREVIEW_FIELDS
from pywrangler.config.syntax.reading import read
from pywrangler.dataclass import dataclass

PLACEHOLDER = "<REPLACE_ME>"
Json = dict[str, Any]


class _Resource(NamedTuple):
    """A list of bindings: the binding's type in the API, and fields by what they are there."""

    type: str
    names: Mapping[str, str] = {}
    """Fields that name something, with their names in the API. All must be there, unless `is_open`."""
    kept: tuple[str, ...] = ()
    binding: str = "binding"
    is_open: bool = False


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_RESOURCES = {
    "kv_namespaces": _Resource("kv_namespace", {"id": "namespace_id"}),
    "send_email": _Resource(
        "send_email",
        _same("destination_address", "allowed_destination_addresses", "allowed_sender_addresses"),
        binding="name",
        is_open=True,
    ),
    "r2_buckets": _Resource("r2_bucket", _same("bucket_name"), kept=("jurisdiction",)),
    "d1_databases": _Resource("d1", _same("database_id")),
    "vectorize": _Resource("vectorize", _same("index_name")),
    "ai_search_namespaces": _Resource("ai_search_namespace", _same("namespace")),
    "ai_search": _Resource("ai_search", _same("instance_name")),
    "hyperdrive": _Resource("hyperdrive", _same("id")),
    "analytics_engine_datasets": _Resource("analytics_engine", _same("dataset"), is_open=True),
    "dispatch_namespaces": _Resource("dispatch_namespace", _same("namespace")),
    "mtls_certificates": _Resource("mtls_certificate", _same("certificate_id")),
    "pipelines": _Resource("pipelines", _same("stream", "pipeline"), is_open=True),
    "k2": _Resource("k2", _same("stream")),
    "secrets_store_secrets": _Resource("secrets_store_secret", _same("store_id", "secret_name")),
    "artifacts": _Resource("artifacts", _same("namespace")),
    "flagship": _Resource("flagship", _same("app_id")),
    "ratelimits": _Resource("ratelimit", _same("namespace_id"), kept=("simple",), binding="name"),
    "vpc_services": _Resource("vpc_service", _same("service_id")),
    "worker_loaders": _Resource("worker_loader"),
}
_PRODUCERS = _Resource("queue", {"queue": "queue_name"}, kept=("delivery_delay",))
_SINGLES = ("browser", "analytics", "ai", "images", "stream", "version_metadata", "media")
_SETTINGS = ("observability", "logpush", "limits", "placement", "cache")
_APART = "An own one for each preview comes with entries in `previews`."


@dataclass(frozen=True)
class Suggestion:
    """Fields for `previews`, and what they lack."""

    fields: Json = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """About settings that previews do not have as the Worker has them."""
    missing: tuple[str, ...] = ()
    """What the user must decide before a preview can work."""

    @property
    def has_placeholders(self) -> bool:
        """Whether something must be filled in."""
        return next(placeholders(self.fields), None) is not None


def read_own(file: Path, environment: str | None) -> Json:
    """The settings of the Worker itself that a preview could have, as they are in the file, and `previews`.
    Raises `ConfigurationError` if the file cannot be read.
    """
    report = Report()
    section: Section = select_section(read(file, report).root, environment, report)
    names = (*sorted(PREVIEW_FIELDS), "triggers", "previews")
    return {name: node.value for name in names if (node := section.get(name)) is not None}


def suggest_of_own(own: Mapping[str, Any]) -> Suggestion:
    """From the settings of the Worker itself, which may not be the preview's."""
    fields: Json = {}
    if own.get("vars"):
        fields["vars"] = dict.fromkeys(own["vars"], PLACEHOLDER)
    for name in _SINGLES:
        if isinstance(own.get(name), Mapping) and own[name].get("binding"):
            kept = {key: own[name][key] for key in ("staging",) if name == "ai" and key in own[name]}
            fields[name] = {"binding": own[name]["binding"], **kept}
    for name, resource in _RESOURCES.items():
        if entries := [made for each in own.get(name) or () if (made := _blank(resource, each))]:
            fields[name] = entries
    queues = own.get("queues") or {}
    if producers := [made for each in queues.get("producers") or () if (made := _blank(_PRODUCERS, each))]:
        fields["queues"] = {"producers": producers}
    if own.get("define"):
        fields["define"] = dict.fromkeys(own["define"], PLACEHOLDER)
    if placement := _blank_placement(own.get("placement") or {}):
        fields["placement"] = placement
    tails = own.get("tail_consumers") or ()
    if tails:
        fields["tail_consumers"] = [{"service": PLACEHOLDER} for _ in tails]
    return Suggestion(fields, tuple(_notes(own)), tuple(_missing(own)))


def suggest_of_base(base: Mapping[str, Any]) -> Suggestion:
    """From the settings that the account has for the Worker's previews, which are theirs."""
    fields: Json = {}
    for name, binding in (base.get("env") or {}).items():
        _take(fields, name, binding)
    for name in _SETTINGS:
        if base.get(name) is not None:
            fields[name] = base[name]
    if base.get("tail_consumers"):
        fields["tail_consumers"] = [{"service": each["name"]} for each in base["tail_consumers"]]
    types = {binding.get("type") for binding in (base.get("env") or {}).values()}
    limited = {"services": "service" in types, "workflows": "workflow" in types}
    return Suggestion(
        fields,
        tuple(_notes({name: True for name, is_there in limited.items() if is_there})),
        tuple(
            _missing({"durable_objects": {"bindings": [0]}} if "durable_object_namespace" in types else {})
        ),
    )


def expected_bindings(own: Mapping[str, Any]) -> dict[str, str]:
    """The Worker's own bindings that previews can have, by name: the field that they are in."""
    fields = suggest_of_own(own).fields
    found = dict.fromkeys(fields.get("vars") or (), "vars")
    found |= {fields[name]["binding"]: name for name in _SINGLES if name in fields}
    for name, resource in _RESOURCES.items():
        found |= {each[resource.binding]: name for each in fields.get(name) or ()}
    return found | {each["binding"]: "queues" for each in (fields.get("queues") or {}).get("producers") or ()}


def placeholders(value: object, path: str = "") -> Iterator[str]:
    """Where placeholders are in a value, as paths."""
    if value == PLACEHOLDER:
        yield path
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from placeholders(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, each in enumerate(value):
            yield from placeholders(each, f"{path}[{number}]")


def _blank(resource: _Resource, entry: Mapping[str, Any]) -> Json | None:
    """The entry with placeholders for names; None if it names nothing."""
    there = [name for name in resource.names if entry.get(name) is not None]
    if not resource.is_open and len(there) < len(resource.names):
        return None
    blank = {
        name: [PLACEHOLDER for _ in entry[name]] if isinstance(entry[name], list) else PLACEHOLDER
        for name in there
    }
    kept = {name: entry[name] for name in resource.kept if entry.get(name) is not None}
    return {resource.binding: entry.get(resource.binding), **blank, **kept}


def _blank_placement(placement: Mapping[str, Any]) -> Json:
    mode = {"mode": placement["mode"]} if placement.get("mode") else {}
    if placement.get("mode") == "off":
        return mode
    named = ("hint",) if placement.get("mode") == "smart" else ("region", "host", "hostname")
    blank = next(({name: PLACEHOLDER} for name in named if name in placement), {})
    return {**mode, **blank} if blank or placement.get("mode") == "smart" else {}


def _notes(own: Mapping[str, Any]) -> Iterator[str]:
    limited = [
        ("service bindings", own.get("services")),
        ("Workflows", own.get("workflows")),
        ("consumers of queues", (own.get("queues") or {}).get("consumers")),
        ("cron triggers", (own.get("triggers") or {}).get("crons")),
        (
            "environments of tail consumers",
            [e for e in own.get("tail_consumers") or () if "environment" in e],
        ),
    ]
    if names := [name for name, is_there in limited if is_there]:
        yield (
            f"Previews do not have {', '.join(names)} as the Worker has them, so the suggestion has none: "
            "https://developers.cloudflare.com/workers/previews/limitations/"
        )


def _missing(own: Mapping[str, Any]) -> Iterator[str]:
    if (own.get("durable_objects") or {}).get("bindings"):
        yield f"The suggestion has no Durable Objects. {_APART}"
    if own.get("containers"):
        yield f"The suggestion has no containers. {_APART}"


def _take(fields: Json, name: str, binding: Mapping[str, Any]) -> None:
    """Add a binding of the API."""
    kind = binding.get("type")
    text = {"plain_text": "text", "json": "json"}.get(str(kind))
    if text and binding.get(text) is not None:
        fields.setdefault("vars", {})[name] = binding[text]
    elif kind in _SINGLES:
        fields[str(kind)] = {"binding": name, **({"staging": True} if binding.get("staging") else {})}
    elif kind == "queue" and binding.get("queue_name"):
        fields.setdefault("queues", {}).setdefault("producers", []).append(_named(_PRODUCERS, name, binding))
    else:
        for key, resource in _RESOURCES.items():
            if resource.type == kind:
                fields.setdefault(key, []).append(_named(resource, name, binding))


def _named(resource: _Resource, name: str, binding: Mapping[str, Any]) -> Json:
    named = {key: binding[api] for key, api in resource.names.items() if binding.get(api) is not None}
    if resource.type == "d1" and binding.get("id") and not named:
        named = {"database_id": binding["id"]}
    kept = {key: binding[key] for key in resource.kept if binding.get(key) is not None}
    return {resource.binding: name, **named, **kept}
