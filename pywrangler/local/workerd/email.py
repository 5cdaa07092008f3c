"""Email of a Worker: the module that `cloudflare:email` stands on."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.local.workerd.bindings.links import SCRIPTS
from pywrangler.local.workerd.capnp import Embed, Value
from pywrangler.local.workerd.records import WorkerSpec

MODULE = "cloudflare-internal:email"


def email_extensions(spec: WorkerSpec) -> list[Mapping[str, Value]]:
    """The module, for a Worker whose code mentions it: without it, the Worker could not be loaded."""
    if not spec.mentions_email:
        return []
    module: Value = {"name": MODULE, "esModule": Embed(SCRIPTS / "email.js"), "internal": True}
    return [{"modules": [module]}]
