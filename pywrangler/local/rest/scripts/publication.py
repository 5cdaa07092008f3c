"""The next version of a Worker as a client describes it: an upload, or a change to a version. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pywrangler.local.rest.errors import RestError, unsupported
from pywrangler.local.rest.scripts.upload import Upload
from pywrangler.local.store.records import StoredModule, Version

CHANGED_BY_HAND: Mapping[str, str] = {"workers/triggered_by": "secret"}
"""Annotations of a version with the code of another one. The tag is omitted, because it names the upload as a
whole.
"""


@dataclass(frozen=True)
class Publication:
    """The next version of a Worker as a client describes it."""

    worker: str
    metadata: Mapping[str, Any]
    modules: tuple[StoredModule, ...]
    keep_types: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    source: str = "wrangler"
    keeps_classes: bool = False
    """Whether it is about bindings and settings alone: the Worker's classes stay as they are."""
    base: Version | None = None
    """The version whose bindings and assets it inherits; None: the active one."""

    @classmethod
    def of_upload(cls, worker: str, upload: Upload) -> Publication:
        """The publication that an upload describes. Raises `RestError` for what the local platform cannot
        run.
        """
        metadata = upload.metadata
        if metadata.get("body_part"):
            raise unsupported("Workers in service-worker syntax")
        _check_assets(metadata)
        main_module = metadata.get("main_module")
        is_assets_only = main_module is None and metadata.get("assets") and not upload.modules
        if is_assets_only:
            metadata = {**metadata, "bindings": []}
        elif not isinstance(main_module, str) or main_module not in {
            module.name for module in upload.modules
        }:
            raise RestError(f'The main module "{main_module}" is not among the uploaded modules.')
        if not isinstance(metadata.get("compatibility_date", ""), str):
            raise RestError('The field "compatibility_date" must be a date such as 2026-11-01.')
        return cls(
            worker=worker,
            metadata=metadata,
            modules=upload.modules,
            keep_types=tuple(_texts(metadata, "keep_bindings")),
            annotations=_annotations(metadata),
        )

    @classmethod
    def like(
        cls, version: Version, bindings: Iterable[Mapping[str, Any]], keep_types: Iterable[str]
    ) -> Publication:
        """The code of an existing version, with other bindings."""
        metadata = {**version.metadata, "bindings": list(bindings)}
        return cls(
            version.worker,
            metadata,
            version.modules,
            tuple(keep_types),
            CHANGED_BY_HAND,
            keeps_classes=True,
            base=version,
        )

    def with_metadata(self, changes: Mapping[str, Any]) -> Publication:
        """The same code with some metadata changed."""
        return replace(self, metadata={**self.metadata, **changes})

    def with_annotations(self, annotations: Mapping[str, str]) -> Publication:
        """The same with more annotations."""
        return replace(self, annotations={**self.annotations, **annotations})


def _check_assets(metadata: Mapping[str, Any]) -> None:
    """Check that the upload names static assets by the token of their upload."""
    assets = metadata.get("assets")
    if assets is None:
        return
    if not isinstance(assets, dict) or not isinstance(assets.get("jwt"), str):
        raise RestError('The field "assets" must be an object with the "jwt" of their upload.')


def _annotations(metadata: Mapping[str, Any]) -> dict[str, str]:
    annotations = metadata.get("annotations") or {}
    if not isinstance(annotations, dict):
        raise RestError('The field "annotations" must be an object.')
    return {str(name): str(value) for name, value in annotations.items() if value is not None}


def _texts(metadata: Mapping[str, Any], name: str) -> list[str]:
    values = metadata.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RestError(f'The field "{name}" must be a list of strings.')
    return values
