"""The members of one environment's interface: which binding has which type.

The types and their order are Wrangler's (4.164, `wrangler types`). It lists bindings in another order, and
some repeated ones once, where it writes a single environment.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pywrangler.declarations.javascript import as_json, in_order, type_name, union
from pywrangler.declarations.records import Member, Settings, Table, WorkerEntry

GENERIC_PIPELINE = 'import("cloudflare:pipelines").Pipeline<import("cloudflare:pipelines").PipelineRecord>'
K2_PRODUCER = """{
		send(records:
			| { content: ArrayBuffer; headers?: Record<string, string> }[]
			| { content: Uint8Array; headers?: Record<string, string> }[]
		): Promise<
			| { success: true }
			| { success: false; error: { code: number; message: string; retryable: boolean } }
		>;
	}"""

_LISTS = (
    ("kv_namespaces", "binding", "KVNamespace"),
    ("r2_buckets", "binding", "R2Bucket"),
    ("d1_databases", "binding", "D1Database"),
    ("vectorize", "binding", "VectorizeIndex"),
    ("hyperdrive", "binding", "Hyperdrive"),
    ("send_email", "name", "SendEmail"),
    ("analytics_engine_datasets", "binding", "AnalyticsEngineDataset"),
    ("dispatch_namespaces", "binding", "DispatchNamespace"),
    ("mtls_certificates", "binding", "Fetcher"),
    ("queues.producers", "binding", "Queue"),
    ("k2", "binding", K2_PRODUCER),
    ("secrets_store_secrets", "binding", "SecretsStoreSecret"),
    ("artifacts", "binding", "Artifacts"),
    ("unsafe_hello_world", "binding", "HelloWorldBinding"),
    ("flagship", "binding", "Flagship"),
    ("ratelimits", "name", "RateLimit"),
    ("worker_loaders", "binding", "WorkerLoader"),
    ("vpc_services", "binding", "Fetcher"),
    ("vpc_networks", "binding", "Fetcher"),
)
_SEARCH = (
    ("ai_search_namespaces", "binding", "AiSearchNamespace"),
    ("ai_search", "binding", "AiSearchInstance"),
    ("agent_memory", "binding", "AgentMemoryNamespace"),
)
_SINGLE = (
    ("browser", "BrowserRun"),
    ("analytics", "AnalyticsSQLBinding"),
    ("ai", "Ai"),
    ("images", "ImagesBinding"),
    ("stream", "StreamBinding"),
    ("media", "MediaBinding"),
    ("version_metadata", "WorkerVersionMetadata"),
    ("assets", "Fetcher"),
)


def single_members(table: Table, secrets: Iterable[str], settings: Settings) -> list[Member]:
    """The members where declarations are of one environment alone."""
    names = tuple(secrets)
    core = {member.name: member for member in _core(table, _LISTS + _SEARCH, ())}
    return [
        *core.values(),
        *_once(_pipelines(table, settings)),
        *variables(table, names, strict=settings.strict_vars),
        *(Member(name, "string") for name in names),
        *_once(_classes(table, settings)),
        *_once(_services(table, settings)),
        *_once(_workflows(table, settings)),
        *_once(_unsafe(table, knows_services=True)),
    ]


def merged_members(
    table: Table, secrets: Iterable[str], settings: Settings, *, top: Table | None = None
) -> list[Member]:
    """The members of an environment beside others; `top` is the top level, where it is a named one."""
    names = tuple(secrets)
    core = [*_core(table, _LISTS, _SEARCH)]
    if top is not None and "assets" not in table:  # the one binding that environments inherit
        inherited = top.get("assets") or {}
        core += [Member(inherited["binding"], "Fetcher")] if inherited.get("binding") else []
    return [
        *core,
        *variables(table, names, strict=settings.strict_vars),
        *(Member(name, "string") for name in names),
        *_classes(table, settings),
        *_services(table, settings),
        *_workflows(table, settings),
        *_unsafe(table, knows_services=top is not None),
        *_pipelines(table, settings),
    ]


def variables(table: Table, secrets: Iterable[str], *, strict: bool) -> list[Member]:
    """The variables that are no secrets: with their values as types, or with the values' types."""
    found: Mapping[str, Any] = table.get("vars") or {}
    hidden = set(secrets)
    type_of = as_json if strict else type_name
    return [Member(name, type_of(found[name])) for name in in_order(found) if name not in hidden]


def pipeline_streams(tables: Iterable[Table]) -> list[str]:
    """The ids of the streams that pipelines write to."""
    streams = (_stream(entry) for table in tables for entry in table.get("pipelines") or ())
    return list(dict.fromkeys(stream for stream in streams if stream))


def import_path(output: Path, file: Path) -> str:
    """How a declaration in `output` names the module in `file`."""
    directory = os.path.relpath(file.parent, output.parent).replace("\\", "/")
    if directory == ".":
        return f"./{file.stem}"
    return f"{directory}/{file.stem}" if directory.startswith("..") else f"./{directory}/{file.stem}"


def _core(
    table: Table, lists: tuple[tuple[str, str, str], ...], late: tuple[tuple[str, str, str], ...]
) -> Iterator[Member]:
    yield from _of_lists(table, lists)
    if (table.get("logfwdr") or {}).get("bindings"):
        yield Member("LOGFWDR_SCHEMA", "any")
    for field, kind in _SINGLE:
        if (entry := table.get(field)) and entry.get("binding"):
            yield Member(entry["binding"], kind)
    yield from _of_lists(table, late)


def _of_lists(table: Table, lists: tuple[tuple[str, str, str], ...]) -> Iterator[Member]:
    for path, name, kind in lists:
        field, _, inner = path.partition(".")
        entries = (table.get(field) or {}).get(inner) if inner else table.get(field)
        for entry in entries or ():
            yield Member(entry[name], kind)


def _once(members: Iterable[Member]) -> list[Member]:
    """The first member of each name."""
    first: dict[str, Member] = {}
    for member in members:
        first.setdefault(member.name, member)
    return list(first.values())


def _stream(entry: Mapping[str, Any]) -> str | None:
    return entry.get("stream") or entry.get("pipeline")


def _pipelines(table: Table, settings: Settings) -> Iterator[Member]:
    is_module = settings.entry is None or settings.entry.is_module
    for entry in table.get("pipelines") or ():
        kind = settings.pipelines.get(_stream(entry) or "", GENERIC_PIPELINE)
        yield Member(entry["binding"], kind if is_module else kind.replace("Cloudflare.", "", 1))


def _classes(table: Table, settings: Settings) -> Iterator[Member]:
    for entry in (table.get("durable_objects") or {}).get("bindings") or ():
        script, name = entry.get("script_name"), entry["class_name"]
        worker = settings.others.get(script) if script else settings.entry
        if module := _module(worker, name, settings):
            kind = f"DurableObjectNamespace<{module}.{name}>"
        else:
            kind = f"DurableObjectNamespace /* {name}{f' from {script}' if script else ''} */"
        yield Member(entry["name"], kind)


def _services(table: Table, settings: Settings) -> Iterator[Member]:
    for entry in table.get("services") or ():
        service, entrypoint = entry["service"], entry.get("entrypoint")
        is_own = settings.entry is not None and settings.entry.worker == service
        worker = settings.entry if is_own else settings.others.get(service)
        # As in `??`: an empty entrypoint is one that no Worker exports.
        exported = "default" if entrypoint is None else entrypoint
        if module := _module(worker, exported, settings):
            kind = f"Service<typeof {module}.{exported}>"
        elif entrypoint:
            kind = f"Service /* entrypoint {entrypoint} from {service} */"
        else:
            kind = f"Fetcher /* {service} */"
        yield Member(entry["binding"], kind)


def _workflows(table: Table, settings: Settings) -> Iterator[Member]:
    for entry in table.get("workflows") or ():
        script, name = entry.get("script_name"), entry["class_name"]
        worker = settings.others.get(script) if script else settings.entry
        if module := _module(worker, name, settings):
            kind = f"Workflow<Parameters<{module}.{name}['run']>[0]['payload']>"
        else:
            kind = f"Workflow /* {name}{f' from {script}' if script else ''} */"
        yield Member(entry["binding"], kind)


def _module(worker: WorkerEntry | None, exported: str, settings: Settings) -> str | None:
    """The import of the Worker's code, if it exports that name."""
    if worker is None or exported not in worker.exports:
        return None
    return f'import("{import_path(settings.output, worker.file)}")'


def _unsafe(table: Table, *, knows_services: bool) -> Iterator[Member]:
    kinds = {"ratelimit": "RateLimit"} | ({"service": "Fetcher"} if knows_services else {})
    for entry in (table.get("unsafe") or {}).get("bindings") or ():
        yield Member(entry["name"], kinds.get(entry.get("type"), "any"))


def merge(members: Mapping[str, list[Member]]) -> list[tuple[Member, bool]]:
    """The members of all environments together, in order, and whether every environment has each."""
    types: dict[str, list[str]] = {}
    present: dict[str, set[str]] = {}
    for environment, found in members.items():
        for member in found:
            types.setdefault(member.name, []).append(member.type)
            present.setdefault(member.name, set()).add(environment)
    return [(Member(name, union(kinds)), present[name] == set(members)) for name, kinds in types.items()]
