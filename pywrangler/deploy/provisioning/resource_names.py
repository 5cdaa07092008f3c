"""Names of resources that a deploy makes for a binding that names none. Pure."""

from __future__ import annotations


def kv_title(worker: str, binding: str) -> str:
    """The title of a KV namespace, and the name of any other resource: Wrangler's (4.164)."""
    return f"{worker}-{binding.lower().replace('_', '-')}"
