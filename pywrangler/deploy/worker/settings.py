"""Settings of a Worker that only Cloudflare acts on, from the configuration's form to the API's: pure.

Names on both sides are Wrangler 4.164's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.config.records import Configuration
from pywrangler.deploy.worker.workflows import own_workflows
from pywrangler.errors import UsageError

AS_WRITTEN = ("code_update_strategy", "limits", "logpush", "tail_consumers", "streaming_tail_consumers")
UNVERSIONED = ("logpush", "tail_consumers")
"""Those that belong to the Worker rather than to one of its versions."""
NEVER_SENT = {
    "data_blobs": "data files in the older syntax",
    "logfwdr": "log forwarding",
    "python_modules": "Python modules",
    "site": "Workers Sites",
    "text_blobs": "text files in the older syntax",
    "unsafe_hello_world": "an example binding",
    "wasm_modules": "WebAssembly files in the older syntax",
}
"""Fields whose Worker would be another one without them, in words."""


def uploaded_settings(configuration: Configuration) -> dict[str, Any]:
    """The metadata of an upload for these settings; `unsafe.metadata` takes precedence."""
    written = configuration.cloudflare
    settings = {name: written[name] for name in AS_WRITTEN if written.get(name) is not None}
    if placement := _placement(written.get("placement") or {}):
        settings["placement"] = placement
    if written.get("cache"):
        settings["cache_options"] = written["cache"]
    return settings | dict((written.get("unsafe") or {}).get("metadata") or {})


def unversioned_settings(configuration: Configuration) -> dict[str, Any]:
    """The settings that a deploy sets in addition to the version: observability is off unless configured."""
    written = configuration.cloudflare
    observability = configuration.observability
    return {name: written[name] for name in UNVERSIONED if written.get(name) is not None} | {
        "observability": {"enabled": False} if observability is None else dict(observability)
    }


def required_secrets(configuration: Configuration) -> list[str]:
    """The secrets without which the Worker must not be deployed."""
    return list((configuration.cloudflare.get("secrets") or {}).get("required") or ())


def lacking_at_cloudflare(field: str, value: object) -> str | None:  # noqa: ARG001 - as `lacking_locally`
    """What a deploy to Cloudflare does not send of a field, as the rest of a sentence about it."""
    what = NEVER_SENT.get(field)
    return f"is not deployed to Cloudflare by pywrangler ({what}): the deploy is refused" if what else None


def check_deployable(configuration: Configuration) -> None:
    """Refuse fields that would be silently missing from the deployed Worker. Raises `UsageError`."""
    own_workflows(configuration)
    missing = {name: NEVER_SENT[name] for name in configuration.unused if name in NEVER_SENT}
    if missing:
        listed = ", ".join(f"{what} (`{name}`)" for name, what in missing.items())
        raise UsageError(
            f"pywrangler does not deploy {listed}; the Worker would be deployed without them.",
            hint=f"Remove it from {configuration.file.name}, or deploy this Worker with Wrangler.",
        )


def _placement(written: Mapping[str, Any]) -> dict[str, Any] | None:
    """Smart placement, with or without a hint, or a place that is named in one of three ways."""
    mode, hint = written.get("mode"), written.get("hint")
    if hint or mode == "smart":
        return {"mode": "smart"} | ({"hint": hint} if hint else {})
    if mode == "off":
        return None
    named = next((name for name in ("region", "host", "hostname") if written.get(name)), None)
    return {"mode": "targeted", named: written[named]} if named else None
