"""The KV namespaces that a deploy makes: without an id, or with one that the local platform lacks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pywrangler.dataclass import dataclass
from pywrangler.deploy.provisioning.resource_names import kv_title

if TYPE_CHECKING:  # the commands of KV take a title from here, and need nothing of a deploy
    from pywrangler.config.records import Configuration
    from pywrangler.deploy.records import Observed
    from pywrangler.errors import ApiError

UNKNOWN_NAMESPACE = (10041, 10042)
"""Cloudflare's codes for an id that no namespace has, and for anything that is not an id."""


@dataclass(frozen=True)
class ChosenNamespace:
    """A namespace to make under the id that the configuration has."""

    id: str
    title: str
    """What it is to be called, if nothing else is called so."""
    bindings: tuple[str, ...]

    def describe(self) -> str:
        """The change in words."""
        return f"+ create KV namespace {self.id} ({', '.join(self.bindings)}), empty, on this platform"


def titled_namespaces_to_make(configuration: Configuration, observed: Observed) -> dict[str, str]:
    """The KV namespaces that the configuration names by no id and that are missing, titles by binding."""
    bound = observed.worker.kv_bindings if observed.worker else {}
    titles = {
        kv.binding: kv_title(configuration.name, kv.binding)
        for kv in configuration.kv_namespaces
        if kv.id is None and kv.binding not in bound
    }
    return {name: title for name, title in titles.items() if title not in observed.kv_namespaces}


def chosen_namespaces_to_make(
    configuration: Configuration, observed: Observed
) -> tuple[ChosenNamespace, ...]:
    """The namespaces of the configuration's ids that the local platform lacks, each once.

    The ids of a cloned project are those of its author's account. Cloudflare chooses ids itself and refuses
    unknown ones, so nothing is made there.
    """
    if not observed.is_local:
        return ()
    known = frozenset(observed.kv_namespaces.values())
    bindings: dict[str, list[str]] = {}
    remote = {each.name for each in configuration.remote}
    for kv in configuration.kv_namespaces:
        if kv.id is not None and kv.id not in known and kv.binding not in remote:
            bindings.setdefault(kv.id, []).append(kv.binding)
    return tuple(
        ChosenNamespace(id_, kv_title(configuration.name, names[0]), tuple(names))
        for id_, names in bindings.items()
    )


def explain_unknown(error: ApiError, bindings: Iterable[Mapping[str, Any]]) -> None:
    """Say plainly that a namespace of an upload's `bindings` does not exist, where `error` is about that."""
    if error.api_code not in UNKNOWN_NAMESPACE:
        return
    said = [b for b in bindings if b["type"] == "kv_namespace" and str(b["namespace_id"]) in error.message]
    if said:
        error.message = (
            f"The binding `{said[0]['name']}` needs the KV namespace `{said[0]['namespace_id']}`, which does"
            " not exist in this account."
        )
    error.hint = (
        "`pywrangler kv namespace list` shows the namespaces of the account. `pywrangler kv namespace create"
        " NAME` creates one. Write its id to kv_namespaces in the configuration, or omit the id: then the"
        " deploy creates a namespace."
    )
