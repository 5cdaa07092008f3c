"""From the store's records of a version to the spec that `workerd` runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pywrangler.local.daemon.directories import Directories
from pywrangler.local.store import Store
from pywrangler.local.store.records import ClassName, Share, Version, Workflow, named_images, tail_consumers
from pywrangler.local.workerd.bindings.refused_calls import REFUSED_WORDS
from pywrangler.local.workerd.records import (
    AssetFiles,
    ClientCertificate,
    DurableObjectClass,
    ModuleFile,
    Split,
    WorkerSpec,
)
from pywrangler.module_types import SOURCE_MAP
from pywrangler.sensitive import Sensitive

PEM_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
BESIDE = ".beside"
"""The end of the name of the caches of a version that shares requests with another one."""
DEFAULT_COMPATIBILITY_DATE = "2021-11-02"
"""Cloudflare's default for an upload that names none."""


def spec_of(version: Version, store: Store, directories: Directories) -> WorkerSpec:
    """Everything that `workerd` needs for this version, with the current secrets."""
    worker = store.workers.get(version.worker)
    awaited = awaited_classes(version)
    consumers = tail_consumers(version.metadata)
    secrets = store.secrets.of_version(version.id)
    peers = named_workers(version.bindings) | ({version.worker} if awaited else set()) | {*consumers}
    return WorkerSpec(
        name=version.worker,
        version_id=version.id,
        version_tag=version.annotations.get("workers/tag", ""),
        version_time=_iso_time(version.created_on),
        main_module=version.main_module,
        modules=tuple(ModuleFile(module.name, module.type, module.path) for module in version.modules),
        compatibility_date=version.metadata.get("compatibility_date") or DEFAULT_COMPATIBILITY_DATE,
        sockets=directories.sockets(version.worker),
        shared=directories.shared_sockets,
        storage=directories.storage,
        compatibility_flags=tuple(version.metadata.get("compatibility_flags") or ()),
        bindings=tuple(each for each in version.bindings if not _is_lost(each, secrets)),
        assets=_assets(version, store),
        cache=directories.cache(version.worker) if mentions(version, b"caches") else None,
        mentions_email=mentions(version, b"cloudflare:email"),
        mentions_refused_calls=any(mentions(version, word) for word in REFUSED_WORDS),
        classes=tuple(_classes(version, store)),
        workflows=workflows_of(version),
        workflow_settings=engine_settings(workflow_records(version, store)),
        workflow_crons=schedules(workflow_records(version, store)),
        awaited_classes=awaited,
        crons=worker.crons if worker else (),
        tail_consumers=consumers,
        consumes_queues=any(each.script == version.worker for each in store.queues.consumers()),
        secrets=secrets,
        certificates=client_certificates(version.bindings, store),
        peers={name: directories.sockets(name).peers for name in peers},
        remote_classes=remote_classes(version.bindings, store),
    )


def split_of(share: Share, main: Version, store: Store, directories: Directories) -> Split | None:
    """The version that gets a share of the requests, beside the main one; None if it is gone.

    Its Durable Objects and Workflows are those of the main one's process. Crons and queues call that
    one, too.
    """
    version = store.versions.get(share.version_id)
    if version is None:
        return None
    spec = spec_of(version, store, directories)
    own = {(version.worker, each.class_name): each.id for each in main.namespaces}
    beside = replace(
        spec,
        is_beside=True,
        classes=(),
        workflows={},
        workflow_settings={},
        workflow_crons={},
        crons=(),
        consumes_queues=False,
        cache=directories.cache(f"{version.worker}{BESIDE}") if spec.cache else None,
        peers={**spec.peers, version.worker: spec.sockets.peers},
        remote_classes={**spec.remote_classes, **own},
    )
    return Split(beside, share.percentage, version.number > main.number)


def lost_secrets(version: Version, spec: WorkerSpec) -> list[str]:
    """The secrets that a version has without their values, because the platform's key was lost."""
    return sorted(str(each["name"]) for each in version.bindings if _is_lost(each, spec.secrets))


def _is_lost(binding: Mapping[str, Any], secrets: Mapping[str, Sensitive[str]]) -> bool:
    return binding.get("type") == "secret_text" and binding.get("name") not in secrets


def client_certificates(bindings: Iterable[Mapping[str, Any]], store: Store) -> dict[str, ClientCertificate]:
    """The client certificates that bindings name, by their ids, where they are stored."""
    wanted = {str(b.get("certificate_id")) for b in bindings if b.get("type") == "mtls_certificate"}
    found = {}
    for certificate_id in wanted:
        certificate, key = store.mtls.get(certificate_id), store.mtls.key(certificate_id)
        if certificate is not None and key is not None:
            found[certificate_id] = ClientCertificate(certificate.chain, key, _extra_authorities())
    return found


def _extra_authorities() -> tuple[str, ...]:
    """The authorities in the file that NODE_EXTRA_CA_CERTS names; miniflare trusts them, too."""
    file = os.environ.get("NODE_EXTRA_CA_CERTS")
    try:
        text = Path(file).read_text("ascii", "replace") if file else ""
    except OSError:
        return ()
    return tuple(PEM_CERTIFICATE.findall(text))


def _iso_time(seconds: float) -> str:
    """A time in JavaScript's form: `2026-11-23T08:00:00.123Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _assets(version: Version, store: Store) -> AssetFiles | None:
    found = version.metadata.get("assets")
    if found is None:
        return None
    manifest = found["manifest"]
    return AssetFiles(
        store.assets.directory, manifest, store.assets.types({*manifest.values()}), found["config"]
    )


def mentions(version: Version, word: bytes) -> bool:
    """Whether the code has a word somewhere, such as `caches`, without which it cannot use the Cache API."""
    return any(word in module.path.read_bytes() for module in version.modules if module.type != SOURCE_MAP)


def _classes(version: Version, store: Store) -> Iterator[DurableObjectClass]:
    named = named_images(version.metadata)
    for namespace in version.namespaces:
        application = store.applications.of_namespace(namespace.id)
        yield DurableObjectClass(
            class_name=namespace.class_name,
            namespace_id=namespace.id,
            has_sql=namespace.use_sqlite,
            # An upload names its container classes. A class with an application needs a container in any
            # case.
            has_container=namespace.class_name in version.container_classes or application is not None,
            images=named.get(namespace.class_name, {}),
            is_managed=application.is_managed if application else namespace.class_name in named,
        )


def awaited_classes(version: Version) -> frozenset[str]:
    """Classes that `exports` expect from another Worker, which has not transferred them yet."""
    present = {namespace.class_name for namespace in version.namespaces}
    exports = (version.metadata.get("exports") or {}).items()
    expected = {name for name, entry in exports if entry.get("state") == "expecting-transfer"}
    return frozenset(expected - present)


def workflows_of(version: Version) -> dict[str, str]:
    """Classes by the names of the Workflows that they run: those that `exports` declare, and those that its
    bindings lead to.
    """
    exports = (version.metadata.get("exports") or {}).items()
    bound = (binding for binding in version.bindings if binding.get("type") == "workflow")
    return {str(entry["name"]): name for name, entry in exports if entry.get("type") == "workflow"} | {
        str(binding["workflow_name"]): str(binding["class_name"])
        for binding in bound
        if binding.get("script_name") in (None, version.worker)
    }


def workflow_records(version: Version, store: Store) -> list[Workflow]:
    """The Workflows of the Worker that a deploy has described."""
    found = (store.workflows.get(name) for name in workflows_of(version))
    return [workflow for workflow in found if workflow is not None]


def engine_settings(workflows: Iterable[Workflow]) -> dict[str, dict[str, Any]]:
    """What the engine must know of the Workflows that say it: the most steps, and how long ended instances
    stay.
    """
    found: dict[str, dict[str, Any]] = {}
    for workflow in workflows:
        steps = (workflow.settings.get("limits") or {}).get("steps")
        times = workflow.settings.get("default_retention") or {}
        written = {"success": times.get("success_retention"), "error": times.get("error_retention")}
        retention = {name: value for name, value in written.items() if value is not None}
        settings = {"steps": steps if isinstance(steps, int) else None, "retention": retention or None}
        if said := {name: value for name, value in settings.items() if value is not None}:
            found[workflow.name] = said
    return found


def schedules(workflows: Iterable[Workflow]) -> dict[str, tuple[str, ...]]:
    """Cron expressions by Workflow."""
    written = {workflow.name: workflow.settings.get("schedules") or [] for workflow in workflows}
    return {name: tuple(entry["cron"] for entry in entries) for name, entries in written.items() if entries}


def named_workers(bindings: Iterable[Mapping[str, Any]]) -> set[str]:
    """The Workers that bindings name."""
    named = (binding.get("service") or binding.get("script_name") for binding in bindings)
    return {str(name) for name in named if name}


def named_classes(bindings: Iterable[Mapping[str, Any]]) -> set[ClassName]:
    """The Durable Object classes of other Workers that bindings name."""
    return {
        (str(script), str(binding["class_name"]))
        for binding in bindings
        if binding.get("type") == "durable_object_namespace" and (script := binding.get("script_name"))
    }


def remote_classes(bindings: Iterable[Mapping[str, Any]], store: Store) -> dict[ClassName, str]:
    """The ids of the namespaces of these classes, if they exist."""
    found = {name: store.namespaces.find(*name) for name in named_classes(bindings)}
    return {name: namespace.id for name, namespace in found.items() if namespace}


def is_other_code(before: WorkerSpec, after: WorkerSpec) -> bool:
    """Whether classes may behave differently than before."""
    beside = replace(
        before,
        is_followed=after.is_followed,
        crons=after.crons,
        consumes_queues=after.consumes_queues,
        split=after.split,
    )
    return beside != after
