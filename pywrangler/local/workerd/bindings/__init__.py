"""Bindings: from each kind in Cloudflare's upload metadata to `workerd`'s configuration.

One module per kind, each with one function `attach(binding, spec) -> Attachment`; `KINDS` lists them. A
binding of another kind exists, too: a Worker that silently lacks one fails in ways that are hard to explain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from pywrangler.local.workerd.bindings import (
    assets,
    durable_object_namespace,
    json,
    kv_namespace,
    plain_text,
    remote,
    secret_text,
    secrets_store_secret,
    service,
    version_metadata,
)
from pywrangler.local.workerd.bindings.attachment import Attachment
from pywrangler.local.workerd.bindings.products import (
    absent,
    ai,
    analytics_engine,
    browser,
    d1,
    dispatch_namespace,
    hyperdrive,
    images,
    mtls_certificate,
    pipelines,
    queue,
    r2_bucket,
    ratelimit,
    send_email,
    worker_loader,
    workflow,
)
from pywrangler.local.workerd.failures import UnsupportedBindingError
from pywrangler.local.workerd.records import WorkerSpec

Attach: TypeAlias = Callable[[Mapping[str, Any], WorkerSpec], Attachment]

KINDS: Mapping[str, Attach] = {
    **dict.fromkeys(absent.TITLES, absent.attach),
    "ai": ai.attach,
    "analytics_engine": analytics_engine.attach,
    "assets": assets.attach,
    "browser": browser.attach,
    "d1": d1.attach,
    "dispatch_namespace": dispatch_namespace.attach,
    "durable_object_namespace": durable_object_namespace.attach,
    "hyperdrive": hyperdrive.attach,
    "images": images.attach,
    "json": json.attach,
    "kv_namespace": kv_namespace.attach,
    "mtls_certificate": mtls_certificate.attach,
    "pipelines": pipelines.attach,
    "plain_text": plain_text.attach,
    "queue": queue.attach,
    "r2_bucket": r2_bucket.attach,
    "ratelimit": ratelimit.attach,
    "secret_text": secret_text.attach,
    "secrets_store_secret": secrets_store_secret.attach,
    "send_email": send_email.attach,
    "service": service.attach,
    "version_metadata": version_metadata.attach,
    "worker_loader": worker_loader.attach,
    "workflow": workflow.attach,
}


OF_FILES = frozenset(("data_blob", "text_blob", "wasm_module"))
"""Types of the older syntax, whose values are parts of the upload."""


def attach(binding: Mapping[str, Any], spec: WorkerSpec) -> Attachment:
    """The attachment of `binding`. One of an unknown type exists, and each use of it fails with a reason.

    Raises `UnsupportedBindingError` for a type of `OF_FILES`.
    """
    kind = str(binding.get("type"))
    if kind in OF_FILES:
        raise UnsupportedBindingError(
            f'The binding "{binding.get("name")}" of the Worker "{spec.name}" is of type {kind}, '
            "which the local platform does not have.",
            hint="Import the file in the Worker's code, and remove the binding.",
        )
    if "account" in binding and kind in remote.KINDS:
        return remote.attach(binding, spec)
    made = KINDS.get(kind, absent.attach)(binding, spec)
    return made.raw() if binding.get("raw") is True else made
