"""Fields that belong to other products or to Wrangler's own commands: accepted, so that one configuration
works for all. They go to Cloudflare as they are, or have no effect on what pywrangler does, or are listed
once as not used.
"""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.config.schema.kinds import Anything, Field, Scope, Use
from pywrangler.config.schema.products import PRODUCT_KINDS


def _fields(scope: Scope, use: Use, texts: dict[str, str]) -> tuple[Field, ...]:
    return tuple(
        Field(name, PRODUCT_KINDS.get(name, Anything()), text, scope=scope, use=use)
        for name, text in texts.items()
    )


_CLOUDFLARE_BINDINGS = {
    "agent_memory": "Agent Memory bindings.",
    "ai": "Workers AI binding.",
    "ai_search": "AI Search bindings.",
    "ai_search_namespaces": "AI Search namespaces.",
    "analytics": "Analytics SQL binding.",
    "analytics_engine_datasets": "Analytics Engine datasets.",
    "artifacts": "Artifacts bindings.",
    "browser": "Browser binding.",
    "d1_databases": "D1 databases.",
    "dispatch_namespaces": "Workers for Platforms namespaces.",
    "flagship": "Feature flags.",
    "hyperdrive": "Hyperdrive configurations.",
    "images": "Images binding.",
    "k2": "K2 streams.",
    "media": "Media binding.",
    "mtls_certificates": "mTLS certificates.",
    "pipelines": "Pipelines.",
    "queues": "Queues: bindings that send messages, and queues whose messages the Worker gets.",
    "r2_buckets": "R2 buckets.",
    "ratelimits": "Rate limits.",
    "secrets": "Names of secrets that the Worker requires (`required`), on the local platform too.",
    "send_email": "Email bindings.",
    "stream": "Stream binding.",
    "streaming_tail_consumers": "Streaming tail Workers.",
    "tail_consumers": "Tail Workers, on the local platform too.",
    "unsafe": "Settings passed to the API unchecked.",
    "vectorize": "Vectorize indexes.",
    "version_metadata": "Version metadata binding, on the local platform too.",
    "vpc_networks": "VPC networks.",
    "vpc_services": "VPC services.",
    "websearch": "Web search binding.",
    "worker_loaders": "Worker loaders.",
    "workflows": "Workflows: their classes and bindings.",
}

CLOUDFLARE_BINDINGS = tuple(_CLOUDFLARE_BINDINGS)
"""Fields of other products that are about the Worker's code."""

_UNUSED_BINDINGS = {
    "cloudchamber": "Cloudchamber settings.",
    "connect": "Raw sockets of the Worker.",
    "unsafe_hello_world": "An example binding.",
}

_CLOUDFLARE_INHERITED = {
    "cache": "Cache settings.",
    "limits": "Limits of a request.",
    "logpush": "Logpush.",
    "placement": "Placement of the Worker.",
    "preview_urls": "Whether versions get preview URLs.",
    "route": "A route.",
    "routes": "Routes.",
}

_UNUSED_INHERITED = {
    "access": "Cloudflare Access settings.",
    "logfwdr": "Log forwarding.",
    "preserve_file_names": "Whether modules keep their file names.",
    "python_modules": "Python modules.",
}

_HARMLESS_INHERITED = {
    "compliance_region": "The API's compliance region.",
    "first_party_worker": "Cloudflare's own Workers.",
    "previews": "Bindings, variables and containers of previews (`pywrangler preview`).",
    "upload_source_maps": "Whether source maps are uploaded.",
}

_UNUSED_TOP_LEVEL = {
    "addresses": "Email addresses of the Worker.",
    "pages_build_output_dir": "Output directory of a Pages project.",
    "site": "Workers Sites.",
}

OLDER_SYNTAX = {
    "data_blobs": "Data files of a Worker in the older syntax, which is refused.",
    "text_blobs": "Text files of a Worker in the older syntax, which is refused.",
    "wasm_modules": "WebAssembly modules of a Worker in the older syntax, which is refused.",
}
"""Fields of Workers without `export`; generated configurations have them, empty."""

_HARMLESS_TOP_LEVEL = {
    **OLDER_SYNTAX,
    "$schema": "The JSON Schema that editors check the file against.",
    "dependencies_instrumentation": "Wrangler's list of npm packages.",
    "env": "Named environments: a table of fields for each.",
    "send_metrics": "Wrangler's usage metrics.",
}

GENERATED_FIELDS = (
    "configPath",
    "userConfigPath",
    "topLevelName",
    "definedEnvironments",
    "targetEnvironment",
)
"""Written by tools that generate a configuration (`.wrangler/deploy/config.json` points to it), never by
users.
"""

SAYS_NOTHING: Mapping[str, object] = {
    "python_modules": {"exclude": ["**/*.pyc"]},
}
"""Default values, which Wrangler (4.164) and the tools that use it write into generated files."""


def says_nothing(name: str, value: object) -> bool:
    """Whether a field with this value has no effect: it is empty at all levels, or the default."""
    return _is_empty(value) or SAYS_NOTHING.get(name) == value


def _is_empty(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_empty, value.values()))
    return value is None or value is False or value in ("", [])


OTHER_FIELDS = (
    *_fields("environment", "cloudflare", _CLOUDFLARE_BINDINGS),
    *_fields("inherited", "cloudflare", _CLOUDFLARE_INHERITED),
    *_fields("environment", "unused", _UNUSED_BINDINGS),
    *_fields("inherited", "unused", _UNUSED_INHERITED),
    *_fields("inherited", "harmless", _HARMLESS_INHERITED),
    *_fields("top-level", "unused", _UNUSED_TOP_LEVEL),
    *_fields("top-level", "harmless", _HARMLESS_TOP_LEVEL),
    *_fields("top-level", "harmless", dict.fromkeys(GENERATED_FIELDS, "Written by tools.")),
)

REMOVED_FIELDS = {
    "legacy_env": "Remove it: every environment is a Worker of its own, as with `legacy_env = true`.",
    "node_compat": 'Remove it, and add "nodejs_compat" to "compatibility_flags".',
}
"""Fields that Wrangler refuses since version 4, and what to do about them."""
