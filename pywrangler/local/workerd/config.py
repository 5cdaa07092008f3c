"""The configuration of one Worker's `workerd`: a pure function from the spec to text.

Services in it: `worker` (the user's), `control` (ours, see scripts/control.js), `storage` (Durable Objects on
disk), where the Worker has cron triggers `cron` (which `workerd` brings along), where it has static assets
those of `assets.py`, and what bindings need.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from pywrangler.local.workerd import capnp
from pywrangler.local.workerd.assets import ROUTER_SERVICE, asset_services
from pywrangler.local.workerd.bindings import attach
from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.links import (
    CONTROL_SERVICE,
    OWN_COMPATIBILITY_DATE,
    PLATFORM_BINDING,
    WORKER_SERVICE,
    own_modules,
    platform_service,
    tail_consumer,
)
from pywrangler.local.workerd.bindings.refused_calls import (
    REFUSED_CALLS_BINDING,
    refused_calls_attachment,
    works_around_refusals,
)
from pywrangler.local.workerd.caches import CACHE_SERVICE, cache_extensions, cache_services
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.class_sizes import modules_around
from pywrangler.local.workerd.cluster.membership import ClusterMembership, cluster_block
from pywrangler.local.workerd.edge import (
    EDGE_SERVICE,
    PROPERTIES_BINDING,
    edge_headers,
    edge_service,
    fills_in_properties,
    properties_attachment,
)
from pywrangler.local.workerd.email import email_extensions
from pywrangler.local.workerd.failures import WorkerdStartError
from pywrangler.local.workerd.front.splits import SPLIT_SERVICE, split_services, split_sockets
from pywrangler.local.workerd.records import (
    LOOPBACK_SOCKETS,
    DurableObjectClass,
    ModuleFile,
    ProductWorkers,
    PublicSocket,
    WorkerSpec,
)
from pywrangler.local.workerd.workflows import (
    cron_directory,
    engine_of,
    workflow_bindings,
    workflow_crons,
    workflow_services,
)
from pywrangler.module_types import COMMON_JS, DATA, ES_MODULE, JSON, PYTHON, SOURCE_MAP, TEXT, WASM
from pywrangler.sensitive import Sensitive

CONTROL_SOCKET = "control"

_MODULE_KINDS = {
    ES_MODULE: "esModule",
    COMMON_JS: "commonJsModule",
    TEXT: "text",
    JSON: "json",
    DATA: "data",
    WASM: "wasm",
    PYTHON: "pythonModule",
}


@dataclass(frozen=True)
class RuntimeConfig:
    """The configuration for a start of `workerd`."""

    text: str
    environment: Mapping[str, Sensitive[str]]
    """Secrets, as variables of the process."""
    complaints: tuple[str, ...] = ()
    """Complaints that do not stop the Worker from running."""
    membership: ClusterMembership | None = None
    """How the process takes part in a cluster."""


def plan_config(
    spec: WorkerSpec,
    public: Collection[PublicSocket] = (LOOPBACK_SOCKETS[4],),
    products: ProductWorkers | None = None,
) -> RuntimeConfig:
    """The configuration for `spec`; `public` are the sockets that it inherits. A Worker with static assets
    needs `products`; without them its caches stay empty.

    Raises `UnsupportedBindingError` for a binding that the platform does not have, and `WorkerdStartError`
    for modules that the runtime cannot load.
    """
    spec = replace(spec, workers=products)
    assets = asset_services(spec, products)
    attachments = {str(binding["name"]): attach(binding, spec) for binding in spec.bindings}
    if fills_in_properties(spec):
        attachments[PROPERTIES_BINDING] = properties_attachment(spec)
    if works_around_refusals(spec):
        attachments[REFUSED_CALLS_BINDING] = refused_calls_attachment(spec)
    config: dict[str, Value] = {
        "services": [
            {"name": WORKER_SERVICE, "worker": _worker(spec, attachments)},
            {"name": "storage", "disk": {"path": str(spec.storage), "writable": True}},
            {"name": CONTROL_SERVICE, "worker": _control_worker(spec)},
            *_cron_services(spec),
            *workflow_services(spec),
            *assets.services,
            *cache_services(spec, products),
            *_edge_services(spec, public),
            *split_services(spec, _own_front(spec)),
            *_distinct(
                [
                    *_events_services(spec),
                    *(each for a in (*attachments.values(), *_tail_consumers(spec)) for each in a.services),
                ]
            ),
        ],
        "sockets": _sockets(spec, public),
    }
    extensions = [each for attachment in attachments.values() for each in attachment.extensions]
    if extensions := [*extensions, *cache_extensions(spec, products), *email_extensions(spec)]:
        config["extensions"] = _distinct(extensions)
    environment = {
        name: value for attachment in attachments.values() for name, value in attachment.environment.items()
    }
    text = config_text(config, spec.membership)
    return RuntimeConfig(text, environment, assets.complaints, spec.membership)


def config_text(config: Mapping[str, Value], membership: ClusterMembership | None = None) -> str:
    """The file that `workerd` reads, for services and sockets, with logging as `logs` understands it."""
    logging: Value = {"structuredLogging": True, "stdoutPrefix": "", "stderrPrefix": ""}
    cluster: dict[str, Value] = {"cluster": cluster_block(membership)} if membership else {}
    heading = 'using Workerd = import "/workerd/workerd.capnp";\n\n'
    whole = {**config, **cluster, "logging": logging}
    return f"{heading}const config :Workerd.Config = {capnp.render(whole)};\n"


def _worker(spec: WorkerSpec, attachments: Mapping[str, Attachment]) -> Mapping[str, Value]:
    worker: dict[str, Value] = {
        "modules": _modules(spec),
        "compatibilityDate": spec.compatibility_date,
        "compatibilityFlags": list(spec.compatibility_flags),
        "bindings": [{"name": name, **attachment.value} for name, attachment in attachments.items()],
    }
    if spec.classes:
        worker["durableObjectNamespaces"] = [_namespace(entry) for entry in spec.classes]
        worker["durableObjectStorage"] = {"localDisk": "storage"}
    if spec.workflows:
        worker["workflowsEngine"] = engine_of(spec.workflows)
    if spec.cache:
        worker["cacheApiOutbound"] = CACHE_SERVICE
    # Reports each call, or what scheduled() and queue() threw. Not always set: it costs time in each call.
    is_watched = spec.crons or spec.consumes_queues or spec.is_followed
    tails: list[Value] = [CONTROL_SERVICE] if is_watched else []
    if tails := [*tails, *(each.value["tail"] for each in _tail_consumers(spec))]:
        worker["tails"] = tails
    if spec.has_containers:
        # The sidecar image is only a name: the gateway answers for the sidecar and never creates one.
        worker["containerEngine"] = {
            "localDocker": {
                "socketPath": f"unix:{spec.sockets.gateway}",
                "containerEgressInterceptorImage": "pywrangler-gateway",
            }
        }
    return worker


def _tail_consumers(spec: WorkerSpec) -> list[Attachment]:
    return [tail_consumer(name, spec) for name in spec.tail_consumers]


def _modules(spec: WorkerSpec) -> list[Value]:
    """The modules, main module first: `workerd` starts with the first one. Source maps are left out."""
    if spec.main_module is None:
        return own_modules("no_code.js")
    code = [module for module in spec.modules if module.type != SOURCE_MAP]
    code.sort(key=lambda module: module.name != spec.main_module)
    if not code or code[0].name != spec.main_module:
        raise WorkerdStartError(
            f'The main module "{spec.main_module}" of the Worker "{spec.name}" was not uploaded.'
        )
    modules: list[Value] = [
        {"name": module.name, _module_kind(module, spec): Embed(module.path)} for module in code
    ]
    is_script = _module_kind(code[0], spec) == "esModule"
    return [*(modules_around(spec, code[0]) if is_script else ()), *modules]


def _module_kind(module: ModuleFile, spec: WorkerSpec) -> str:
    kind = _MODULE_KINDS.get(module.type.partition(";")[0].strip())
    if kind is None:
        raise WorkerdStartError(
            f'The module "{module.name}" of the Worker "{spec.name}" is of the unknown type {module.type}.',
            hint=f"Known types are {', '.join(sorted(_MODULE_KINDS))}.",
        )
    return kind


def _namespace(entry: DurableObjectClass) -> Mapping[str, Value]:
    namespace: dict[str, Value] = {"className": entry.class_name, "uniqueKey": entry.namespace_id}
    if entry.has_sql:
        namespace["enableSql"] = True
    if entry.has_container:
        # The gateway decides which image runs, at the moment an instance starts.
        container: dict[str, Value] = {"imageName": f"application-of/{entry.namespace_id}"}
        if entry.images:
            container["images"] = [{"name": name, "image": image} for name, image in entry.images.items()]
        namespace["container"] = container
    return namespace


def _control_worker(spec: WorkerSpec) -> Mapping[str, Value]:
    namespaces: list[Value] = [
        {
            "name": name,
            "durableObjectNamespace": {"className": entry.class_name, "serviceName": WORKER_SERVICE},
        }
        for entry in spec.classes
        for name in (f"class:{entry.class_name}", f"namespace:{entry.namespace_id}")
    ]
    return {
        "modules": own_modules("control.js", "flows.js", "forwarding.js", "presence.js"),
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        # This flag gives a service binding the `scheduled` method.
        "compatibilityFlags": ["service_binding_extra_handlers"],
        "bindings": [
            {"name": "WORKER", "service": WORKER_SERVICE},
            *_front_bindings(spec),
            *namespaces,
            *workflow_bindings(spec),
            *_events_bindings(spec),
        ],
    }


def _front_bindings(spec: WorkerSpec) -> list[Value]:
    """The service to which presence.js directs other processes, if it is not the Worker itself."""
    return [{"name": "FRONT", "text": ROUTER_SERVICE}] if spec.assets else []


def _events_services(spec: WorkerSpec) -> list[Mapping[str, Value]]:
    return [platform_service(spec)] if spec.is_followed else []


def _events_bindings(spec: WorkerSpec) -> list[Value]:
    """The bindings with which the control Worker sends events to the platform."""
    if not spec.is_followed:
        return []
    return [
        PLATFORM_BINDING,
        {"name": "WORKER_NAME", "text": spec.name},
        {"name": "VERSION", "text": spec.version_id},
    ]


def _cron_services(spec: WorkerSpec) -> list[Value]:
    """workerd's own scheduler: it calls `scheduled()` of the Worker at the times of each expression (UTC),
    and starts instances of Workflows with schedules.
    """
    crons, bindings = workflow_crons(spec)
    if spec.crons:
        crons = {"WORKER": list(spec.crons), **crons}
    if not crons:
        return []
    worker: Value = {
        "modules": [{"name": "cron.js", "bundled": "/workerd/cron.js"}],
        "compatibilityDate": OWN_COMPATIBILITY_DATE,
        "compatibilityFlags": ["service_binding_extra_handlers"],
        "bindings": [
            {"name": "SCHEDULE", "durableObjectNamespace": "Schedule"},
            {"name": "WORKER", "service": WORKER_SERVICE},
            {"name": "CRONS", "json": json.dumps(crons)},
            *bindings,
        ],
        "durableObjectNamespaces": [
            {"className": "Schedule", "uniqueKey": cron_directory(spec.name), "enableSql": True}
        ],
        "durableObjectStorage": {"localDisk": "storage"},
    }
    return [{"name": "cron", "worker": worker}]


def _front(spec: WorkerSpec) -> str:
    """The service that takes requests to the Worker as a whole, whichever version they are for."""
    return SPLIT_SERVICE if spec.split else _own_front(spec)


def _own_front(spec: WorkerSpec) -> str:
    """The service that takes requests to this version."""
    return ROUTER_SERVICE if spec.assets else WORKER_SERVICE


def _needs_edge(spec: WorkerSpec, socket: PublicSocket) -> bool:
    """Whether requests on this socket lack something that only a Worker of ours can add."""
    return socket.client is None or not fills_in_properties(spec)


def _edge_services(spec: WorkerSpec, public: Collection[PublicSocket]) -> list[Value]:
    is_needed = any(_needs_edge(spec, socket) for socket in public)
    return [edge_service(spec, _front(spec))] if is_needed else []


def _sockets(spec: WorkerSpec, public: Collection[PublicSocket]) -> list[Value]:
    """Sockets without an address are inherited as descriptors."""
    outside: list[Value] = [
        {
            "name": socket.name,
            "http": {"injectRequestHeaders": edge_headers(spec, socket.client)},
            "service": EDGE_SERVICE if _needs_edge(spec, socket) else _front(spec),
        }
        for socket in public
    ]
    control: Value = {
        "name": CONTROL_SOCKET,
        "address": f"unix:{spec.sockets.control}",
        "http": {},
        "service": CONTROL_SERVICE,
    }
    return [*outside, *split_sockets(spec, _own_front(spec)), control]


def _distinct(values: Iterable[Mapping[str, Value]]) -> list[Value]:
    found: list[Value] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found
