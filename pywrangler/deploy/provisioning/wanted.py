"""Resources that a deploy to Cloudflare makes because a binding needs them, as Wrangler (4.164) does. Pure.

A binding without a name or id keeps what the deployed Worker has under its name. Otherwise the resource is
found by the name in the configuration, or by one that comes from the names of Worker and binding; it is
made if it does not exist. KV namespaces are in `kv_namespaces`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from typing import Any, Literal

from pywrangler.config.records import Configuration
from pywrangler.dataclass import dataclass
from pywrangler.deploy.provisioning.resource_names import kv_title

Kind = Literal[
    "D1 database",
    "R2 bucket",
    "AI Search namespace",
    "Agent Memory namespace",
    "queue",
    "dispatch namespace",
    "Flagship app",
]
Entry = Mapping[str, Any]
PENDING = "pending:"
"""Begins what stands for the id of a database or an app until it is made."""


@dataclass(frozen=True)
class AccountContents:
    """What the account has of each kind; None if the token may not read it, and then nothing is made."""

    buckets: frozenset[tuple[str | None, str]] | None = None
    """Jurisdictions and names."""
    databases: Mapping[str, str] | None = None
    """Ids by name."""
    queues: frozenset[str] | None = None
    namespaces: frozenset[str] | None = None
    bound: Mapping[str, Entry] = field(default_factory=dict)
    """The bindings of the deployed Worker, by name."""
    searches: frozenset[str] | None = None
    """Those namespaces of AI Search that bindings may need, as the next ones."""
    memories: frozenset[str] | None = None
    apps: Mapping[str, str] | None = None
    """Ids of apps of Flagship, by name."""


@dataclass(frozen=True)
class NewResource:
    """A resource to make before the upload."""

    kind: Kind
    name: str
    binding: str = field(compare=False)
    jurisdiction: str | None = None

    def describe(self) -> str:
        """The line of a plan that makes it."""
        where = f", jurisdiction {self.jurisdiction}" if self.jurisdiction else ""
        return f"+ create {self.kind} {self.name} ({self.binding}{where})"


@dataclass(frozen=True)
class Provisioning:
    """A configuration whose bindings have names, and what must be made for them."""

    configuration: Configuration
    new: tuple[NewResource, ...] = ()
    inherited: tuple[str, ...] = ()
    """Bindings that stay what they are in the deployed Worker."""
    without_id: frozenset[str] = frozenset()
    """Bindings whose database or app the configuration names by no id."""


def account_is_needed(configuration: Configuration) -> bool:
    """Whether any binding may need a resource to be made."""
    return any(True for _ in _entries(configuration))


def plan_provisioning(configuration: Configuration, account: AccountContents) -> Provisioning:
    """Decide what each binding of these kinds leads to."""
    worker, new, inherited, changed = configuration.name, [], [], dict(configuration.cloudflare)
    without_id: set[str] = set()
    for field_name, read in _FIELDS.items():
        kept = []
        for entry in _list(configuration, field_name):
            binding = str(entry["binding"])
            decided = read(entry, kv_title(worker, binding), account)
            if decided is None:
                inherited.append(binding)
                continue
            kept.append(decided.entry)
            new += [replace(each, binding=binding) for each in decided.new]
            if field_name in _IDS and not entry.get(_IDS[field_name]):
                without_id.add(binding)
        _put(changed, field_name, kept)
    return Provisioning(
        replace(configuration, cloudflare=changed),
        tuple(dict.fromkeys(new)),
        tuple(inherited),
        frozenset(without_id),
    )


@dataclass(frozen=True)
class _Decided:
    entry: Entry
    new: tuple[NewResource, ...] = ()


def _bucket(entry: Entry, default: str, account: AccountContents) -> _Decided | None:
    name, scope = entry.get("bucket_name"), entry.get("jurisdiction")
    if not name and (account.buckets is None or _bound(entry, "r2_bucket", account, jurisdiction=scope)):
        return None
    name = str(name or default)
    is_missing = account.buckets is not None and (scope, name) not in account.buckets
    new = (NewResource("R2 bucket", name, "", scope),) if is_missing else ()
    return _Decided({**entry, "bucket_name": name}, new)


def _database(entry: Entry, default: str, account: AccountContents) -> _Decided | None:
    if entry.get("database_id"):
        return _Decided(entry)
    name = entry.get("database_name")
    if not name and (account.databases is None or _bound(entry, "d1", account)):
        return None
    name = str(name or default)
    if account.databases is not None and name in account.databases:
        return _Decided({**entry, "database_id": account.databases[name]})
    new = NewResource("D1 database", name, "", entry.get("jurisdiction"))
    known = account.databases is not None
    return _Decided({**entry, "database_id": PENDING + name}, (new,) if known else ())


def _queue(entry: Entry, default: str, account: AccountContents) -> _Decided | None:
    bound = None if entry.get("queue") else _bound(entry, "queue", account)
    if bound and entry.get("delivery_delay") is None:
        return None
    name = str(entry.get("queue") or (bound or {}).get("queue_name") or default)
    is_missing = account.queues is not None and name not in account.queues
    return _Decided({**entry, "queue": name}, (NewResource("queue", name, ""),) if is_missing else ())


def _namespace(entry: Entry, default: str, account: AccountContents) -> _Decided | None:
    bound = None if entry.get("namespace") else _bound(entry, "dispatch_namespace", account)
    if bound and not entry.get("outbound"):
        return None
    name = str(entry.get("namespace") or (bound or {}).get("namespace") or default)
    is_missing = account.namespaces is not None and name not in account.namespaces
    new = (NewResource("dispatch namespace", name, ""),) if is_missing else ()
    return _Decided({**entry, "namespace": name}, new)


def _search(entry: Entry, default: str, account: AccountContents) -> _Decided | None:
    return _named(entry, default, account, account.searches, "ai_search_namespace", "AI Search namespace")


def _memory(entry: Entry, default: str, account: AccountContents) -> _Decided | None:
    return _named(entry, default, account, account.memories, "agent_memory", "Agent Memory namespace")


def _named(
    entry: Entry, default: str, account: AccountContents, known: frozenset[str] | None, type_: str, kind: Kind
) -> _Decided | None:
    """A binding to a namespace that is known by its name."""
    if not entry.get("namespace") and (known is None or _bound(entry, type_, account)):
        return None
    name = str(entry.get("namespace") or default)
    is_bound = bool(_bound(entry, type_, account, namespace=name))
    is_missing = known is not None and name not in known and not is_bound
    return _Decided({**entry, "namespace": name}, (NewResource(kind, name, ""),) if is_missing else ())


def _app(entry: Entry, default: str, account: AccountContents) -> _Decided | None:
    if entry.get("app_id"):
        return _Decided(entry)
    if account.apps is None or _bound(entry, "flagship", account):
        return None
    if default in account.apps:
        return _Decided({**entry, "app_id": account.apps[default]})
    return _Decided({**entry, "app_id": PENDING + default}, (NewResource("Flagship app", default, ""),))


_FIELDS = {
    "d1_databases": _database,
    "r2_buckets": _bucket,
    "ai_search_namespaces": _search,
    "agent_memory": _memory,
    "queues": _queue,
    "dispatch_namespaces": _namespace,
    "flagship": _app,
}
"""In the order in which Wrangler makes them."""
_IDS = {"d1_databases": "database_id", "flagship": "app_id"}
"""Fields whose entries name an id that comes into being with the resource."""


def _bound(entry: Entry, kind: str, account: AccountContents, **same: Any) -> Entry | None:
    """What the deployed Worker has under the binding's name, if it is of this kind."""
    found = account.bound.get(str(entry["binding"]), {})
    is_same = found.get("type") == kind and all(found.get(name) == value for name, value in same.items())
    return found if is_same else None


def wanted_names(configuration: Configuration, field_name: str) -> list[str]:
    """The names of namespaces that the bindings of a field lead to."""
    return [
        str(entry.get("namespace") or kv_title(configuration.name, str(entry["binding"])))
        for entry in _list(configuration, field_name)
    ]


def _list(configuration: Configuration, field_name: str) -> Iterable[Entry]:
    written = configuration.cloudflare.get(field_name)
    entries = (written or {}).get("producers") if field_name == "queues" else written
    return [*(entries or ())]


def _put(changed: dict[str, Any], field_name: str, kept: list[Entry]) -> None:
    if field_name == "queues" and changed.get("queues"):
        changed["queues"] = {**changed["queues"], "producers": kept}
    elif field_name in changed and field_name != "queues":
        changed[field_name] = kept


def _entries(configuration: Configuration) -> Iterator[Entry]:
    for field_name in _FIELDS:
        yield from _list(configuration, field_name)
