"""Options of Wrangler's commands (4.164) that pywrangler's commands of the same names do not have: data."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from pywrangler.commands.running.arguments import kebab_case
from pywrangler.errors import UsageError

_SITES = "Workers Sites are deprecated. Serve the files with `assets` in the configuration."
_ZONES = "Write the zone beside the route in the configuration: { pattern = ..., zone_name = ... }."
_NO_DEBUGGER = "Omit it: `dev` of pywrangler has no debugger. `console.log` and exceptions are shown."
_OWN_ADDRESS = "Omit it: the Worker sees the address at which it is called."
_PLAIN_HTTP = "Omit it: the local platform serves http."
_NO_TUNNEL = "Omit it, and let a tunnel of its own lead to the port of `dev`."
_NEW_CONFIG = "pywrangler reads wrangler.jsonc, wrangler.json and wrangler.toml."
_ROUTE_ZONES = dict.fromkeys(
    ("--experimental-route-zones", "--x-route-zones", "--zone", "--zones", "--zone-id", "--zone-ids"), _ZONES
)
_FOR_DEPLOYMENTS = dict.fromkeys(
    ("--tag", "--message", "--ignore-base-config", "--var", "--secrets-file"),
    "Omit it: it is about a deployment, and Wrangler ignores it here.",
)

WRANGLER_ONLY_OPTIONS: Mapping[str, Mapping[str, str | None]] = {
    "deploy": {
        "--durable-objects-code-update-mode": None,
        **_ROUTE_ZONES,
        "--experimental-new-config": _NEW_CONFIG,
        "--x-new-config": _NEW_CONFIG,
        "--experimental-cf-build-output": _NEW_CONFIG,
        "--x-cf-build-output": _NEW_CONFIG,
        "--site": _SITES,
        "--site-include": _SITES,
        "--site-exclude": _SITES,
        "--node-compat": "Give --compatibility-flag nodejs_compat, or write it in `compatibility_flags`.",
        "--temporary": None,
    },
    "dev": {
        "--inspector-port": _NO_DEBUGGER,
        "--inspector-ip": _NO_DEBUGGER,
        "--routes": _OWN_ADDRESS,
        "--route": _OWN_ADDRESS,
        "--host": _OWN_ADDRESS,
        "--local-upstream": _OWN_ADDRESS,
        "--infer-origin-from-routes": _OWN_ADDRESS,
        "--upstream-protocol": _OWN_ADDRESS,
        "--local-protocol": _PLAIN_HTTP,
        "--https-key-path": _PLAIN_HTTP,
        "--https-cert-path": _PLAIN_HTTP,
        "-r": "Omit it: `dev` runs here. A binding with `remote: true` leads to Cloudflare.",
        "-l": "Omit it: `dev` runs here.",
        "--types": "Run `pywrangler types` when the configuration has changed.",
        "--tunnel": _NO_TUNNEL,
        "--tunnel-name": _NO_TUNNEL,
        "--tunnel-allowed-mail": _NO_TUNNEL,
        "--site": _SITES,
        "--site-include": _SITES,
        "--site-exclude": _SITES,
        "--node-compat": "Give --compatibility-flag nodejs_compat, or write it in `compatibility_flags`.",
    },
    "preview delete": _FOR_DEPLOYMENTS,
    "triggers deploy": _ROUTE_ZONES,
    "types": {
        "--experimental-include-runtime": "Omit it: the types of the runtime are in the same file.",
        "--x-include-runtime": "Omit it: the types of the runtime are in the same file.",
    },
    "tail": {"--debug": "Omit it: the filters of `tail` are exact.", "--temporary": None},
    "init": {"--from-dash": None, "--delegate-c3": None, "--c3": None},
}
"""What to do instead, by command and option; None if only Wrangler can do it."""


def refused_option(path: Sequence[str], option: str) -> UsageError | None:
    """The refusal of an option that only Wrangler's command has; None if it is none of these."""
    options = WRANGLER_ONLY_OPTIONS.get(" ".join(path), {})
    name = kebab_case(option)
    known = name if name in options else name.replace("--no-", "--", 1)
    if known not in options:
        return None
    command = shlex.join(["npx", "wrangler", *path, option])
    return UsageError(
        f"`{option}` is an option of Wrangler's `{' '.join(path)}` that pywrangler does not have.",
        hint=options[known] or f"Run `{command}` with the other options.",
        code="wrangler-only",
    )
