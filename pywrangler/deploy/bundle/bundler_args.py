"""The command line of esbuild for a Worker: from the configuration to a list of words, and nothing else.

Options follow Wrangler's own use of esbuild (workers-sdk, deployment-bundle/bundle.ts, November 2026). Its
plugins are replaced by what the command line offers: the `copy` loader for separate modules, aliases for
Node's bare names, and a banner for `require()` of a module that the runtime provides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path

from pywrangler.config.records import Configuration
from pywrangler.dataclass import dataclass
from pywrangler.deploy.bundle.modules import types_by_suffix

CONDITIONS_VARIABLE = "WRANGLER_BUILD_CONDITIONS"
PLATFORM_VARIABLE = "WRANGLER_BUILD_PLATFORM"
NODE_BY_DEFAULT_FROM = "2026-08-04"
"""workerd 2026-11: says that the flag nodejs_compat is the default from this compatibility date on."""
NAVIGATOR_FROM = "2022-03-21"
"""From this compatibility date on `navigator.userAgent` is a constant."""

NODE_MODULES = (  # noqa: SIM905 - a list would take seventy lines
    "_http_agent _http_client _http_common _http_incoming _http_outgoing _http_server _stream_duplex"
    " _stream_passthrough _stream_readable _stream_transform _stream_wrap _stream_writable _tls_common"
    " _tls_wrap"
    " assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel"
    " dns domain"
    " events fs http http2 https inspector module net os path perf_hooks process punycode querystring"
    " readline repl"
    " stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib"
).split()
"""Node's modules that may be imported without `node:`; an alias covers `fs/promises` and the like, too."""

REQUIRE_BANNER = 'import { createRequire } from "node:module"; const require = createRequire("/");'
"""Lets CommonJS code in a bundle call `require("node:...")`: an ES module has no `require` of its own."""


@dataclass(frozen=True)
class BundlerRun:
    """One run of esbuild: what it reads comes from the configuration, what it writes goes to `output`."""

    configuration: Configuration
    output: Path
    environment: Mapping[str, str] = field(repr=False)
    needs_require: bool = False

    @property
    def metafile(self) -> Path:
        """Where esbuild describes what it did."""
        return self.output / "bundle-meta.json"


def bundler_args(run: BundlerRun) -> list[str]:
    """esbuild's arguments. It is to run in the configuration's directory."""
    configuration = run.configuration
    conditions = run.environment.get(CONDITIONS_VARIABLE, "workerd,worker,browser")
    return [
        str(configuration.entry),
        "--bundle",
        "--format=esm",
        "--target=es2024",
        "--supported:import-source=true",
        f"--platform={run.environment.get(PLATFORM_VARIABLE) or 'browser'}",
        f"--conditions={conditions}",
        "--loader:.js=jsx",
        "--loader:.mjs=jsx",
        "--loader:.cjs=jsx",
        *(f"--loader:{suffix}=copy" for suffix in types_by_suffix(configuration.rules)),
        "--external:cloudflare:*",
        "--external:workerd:*",
        "--external:node:*",
        "--external:__STATIC_CONTENT_MANIFEST",
        *_alias_args(configuration),
        *_define_args(configuration),
        "--entry-names=[name]",
        "--asset-names=[hash]-[name]",
        f"--outdir={run.output}",
        f"--metafile={run.metafile}",
        "--sourcemap",
        *(["--keep-names"] if configuration.keep_names else []),
        *(["--minify"] if configuration.minify else []),
        *([f"--tsconfig={configuration.tsconfig}"] if configuration.tsconfig else []),
        *([f"--jsx-factory={configuration.jsx_factory}"] if configuration.jsx_factory else []),
        *([f"--jsx-fragment={configuration.jsx_fragment}"] if configuration.jsx_fragment else []),
        *([f"--banner:js={REQUIRE_BANNER}"] if run.needs_require else []),
        "--color=false",
        "--log-level=warning",
    ]


def has_node_compatibility(configuration: Configuration) -> bool:
    """Whether the runtime offers Node's modules to this Worker."""
    flags = configuration.compatibility_flags
    is_default = configuration.compatibility_date >= NODE_BY_DEFAULT_FROM and "no_nodejs_compat" not in flags
    return is_default or "nodejs_compat" in flags or "nodejs_compat_v2" in flags


def _alias_args(configuration: Configuration) -> Iterable[str]:
    aliases = {name: f"node:{name}" for name in NODE_MODULES} if has_node_compatibility(configuration) else {}
    return (f"--alias:{name}={target}" for name, target in (aliases | dict(configuration.alias)).items())


def _define_args(configuration: Configuration) -> Iterable[str]:
    node_env = dict.fromkeys(
        (f"{prefix}process.env.NODE_ENV" for prefix in ("", "global.", "globalThis.")), '"production"'
    )
    navigator = {"navigator.userAgent": '"Cloudflare-Workers"'} if _has_navigator(configuration) else {}
    defined = navigator | node_env | dict(configuration.define)
    return (f"--define:{name}={value}" for name, value in defined.items())


def _has_navigator(configuration: Configuration) -> bool:
    flags = configuration.compatibility_flags
    is_default = configuration.compatibility_date >= NAVIGATOR_FROM and "no_global_navigator" not in flags
    return is_default or "global_navigator" in flags
