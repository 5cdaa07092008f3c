"""Requests that only the local platform has: its status, its Workers' addresses, bring-up, logs, and
namespaces and stores under ids that the user chose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

from pywrangler.cloudflare.client import Client, segment
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

BASE = "local"
BRING_UP_READ_SECONDS = 600
CRON_READ_SECONDS = 960
"""More than the quarter of an hour that `scheduled()` may take."""
PRUNE_READ_SECONDS = 600
EXPORT_READ_SECONDS = 600


@dataclass(frozen=True)
class BroughtUp:
    """An instance that was started through its Durable Object and answers on its ports."""

    durable_object_id: str
    durable_object_name: str | None
    instance_id: str | None
    """None if nothing could be tried, for the reason in `note`."""
    state: str
    ports: tuple[int, ...]
    seconds: float
    note: str | None = None
    outdated: str | None = None
    """Which running instances keep what they were started with, although a start now differs."""
    kept: str | None = None
    """The same if the two cannot be compared."""


@dataclass(frozen=True)
class CronResult:
    """One call of `scheduled()`. `is_scheduled`: whether the Worker has a trigger with this expression."""

    cron: str
    outcome: str
    """`ok`, `exception`, or another word of the runtime's."""
    seconds: float
    is_scheduled: bool


@dataclass(frozen=True)
class NotBroughtUp:
    """Why an instance did not come up. `listening` names what it listens on instead, as `address:port`."""

    message: str
    reason: str | None
    exit_code: int | None
    oom_killed: bool
    log_tail: tuple[str, ...]
    refused_ports: tuple[int, ...]
    listening: tuple[str, ...]
    stack: tuple[str, ...]
    """Where in the Worker's code the error was thrown, if the code threw it."""
    application: str | None


def status(client: Client, *, problems: bool = False) -> dict[str, Any]:
    """The platform: version, pid, home, Workers and the engine it uses; with `problems` also what is wrong
    with its processes, in sentences.
    """
    params = {"problems": 1} if problems else {}
    found: dict[str, Any] = client.call("GET", f"{BASE}/status", params=params).fields
    return found


def worker(client: Client, name: str) -> dict[str, Any]:
    """One Worker: `url`, `hostname_url` (or None), `port`, `ip` (None: loopback), `state`, `error`,
    `version_id`.
    """
    found: dict[str, Any] = client.call("GET", f"{BASE}/workers/{segment(name)}").fields
    return found


def set_address(client: Client, name: str, *, port: int | None, ip: str | None) -> dict[str, Any]:
    """Make a Worker listen on a port (None: any) and an address (None: loopback): the Worker, with `problem`
    in words if that is not possible.
    """
    path = f"{BASE}/workers/{segment(name)}/address"
    found: dict[str, Any] = client.call("PUT", path, json={"port": port, "ip": ip}).fields
    return found


def stop_worker(client: Client, name: str) -> None:
    """End a Worker with its containers, and keep what they stored; the next deploy starts it."""
    client.request("POST", f"{BASE}/workers/{segment(name)}/stop")


def stop_containers(client: Client, name: str) -> None:
    """End the containers of a Worker; calls of the Worker start them again."""
    client.request(
        "POST", f"{BASE}/workers/{segment(name)}/stop-containers", read_seconds=BRING_UP_READ_SECONDS
    )


def bring_up(client: Client, name: str, class_name: str) -> BroughtUp | NotBroughtUp:
    """Start one instance of a container class and wait until it answers; a failure is a value, not an
    error.
    """
    import json

    from pywrangler.cloudflare.client import Request
    from pywrangler.cloudflare.response import read_response

    path = f"{BASE}/workers/{segment(name)}/bring-up"
    body = json.dumps({"class_name": class_name}).encode()
    request = Request("POST", path, {}, body, "application/json", read_seconds=BRING_UP_READ_SECONDS)
    reply = client.reply(request)
    if reply.status == 422:
        return _not_brought_up(json.loads(reply.body))
    result = read_response(reply, asked=f"POST {path}", service=client.service).result
    return BroughtUp(
        durable_object_id=result["durable_object_id"],
        durable_object_name=result.get("durable_object_name"),
        instance_id=result.get("instance_id"),
        state=result["state"],
        ports=tuple(result.get("ports") or ()),
        seconds=result.get("seconds", 0.0),
        note=result.get("note"),
        outdated=result.get("outdated"),
        kept=result.get("kept"),
    )


def trigger_cron(client: Client, name: str, cron: str | None) -> CronResult:
    """Call `scheduled()` of a Worker; for its only cron trigger if `cron` is None."""
    body = {} if cron is None else {"cron": cron}
    path = f"{BASE}/workers/{segment(name)}/trigger-cron"
    return CronResult(**client.request("POST", path, json=body, read_seconds=CRON_READ_SECONDS))


def dashboard_link(client: Client) -> str:
    """The address with which a browser enters the platform's page, once and within a minute."""
    path: str = client.call("POST", "local/dashboard").fields["path"]
    return urljoin(client.base_url, path)


def export(client: Client, passphrase: Sensitive[str] | None) -> Iterator[bytes]:
    """The platform's state as one file, in pieces; without a passphrase, secrets are left out."""
    import json

    from pywrangler.cloudflare.client import Request

    body = {"passphrase": passphrase.reveal() if passphrase else None}
    return client.download(
        Request(
            "POST",
            f"{BASE}/export",
            body=json.dumps(body).encode(),
            content_type="application/json",
            read_seconds=EXPORT_READ_SECONDS,
        )
    )


def prune(client: Client, *, dry_run: bool) -> dict[str, list[dict[str, str]]]:
    """The things without an owner that were removed (or would be): lists of `{id, name, reason}` by kind."""
    found: dict[str, list[dict[str, str]]] = client.request(
        "POST", f"{BASE}/prune", json={"dry_run": dry_run}, read_seconds=PRUNE_READ_SECONDS
    )
    return found


def list_snapshots(client: Client) -> list[dict[str, Any]]:
    """The snapshots of containers, oldest first: `id`, `worker`, `application`, `durable_object_id`,
    `size_bytes`, and the times `created_at`, `used_at` and `expires_at`.
    """
    return list(client.call("GET", f"{BASE}/snapshots").result)


def delete_snapshot(client: Client, snapshot_id: str) -> None:
    """Remove a snapshot; containers that were restored from it continue."""
    client.request("DELETE", f"{BASE}/snapshots/{segment(snapshot_id)}")


@dataclass(frozen=True)
class LocalImage:
    """An image that was pushed to the platform's registry, or that a deploy built for it."""

    name: str
    tag: str
    digest: str
    size_bytes: int
    created: str | None
    used_by: tuple[str, ...]


def list_images(client: Client) -> tuple[list[LocalImage], str | None]:
    """The platform's images, and why those that deploys built are not among them, if they are not."""
    found = client.call("GET", f"{BASE}/images").fields
    return [_image(image) for image in found["images"]], found["problem"]


def delete_image(client: Client, name: str, tag: str) -> LocalImage:
    """Delete an image under this tag. Raises `ApiError`, with status 404 if it does not exist, and 409
    where an application needs it.
    """
    return _image(client.request("DELETE", f"{BASE}/images", params={"name": name, "tag": tag}))


def _image(fields: dict[str, Any]) -> LocalImage:
    return LocalImage(**{**fields, "used_by": tuple(fields["used_by"])})


def ensure_kv_namespace(client: Client, namespace_id: str, *, title: str | None = None) -> None:
    """Make a KV namespace with this id, unless it exists; it is called `title` if that name is free."""
    if namespace_id in (".", ".."):  # no path has them
        raise UsageError(f"`{namespace_id}` cannot be the id of a KV namespace.", hint="Choose another id.")
    path = f"{BASE}/kv/namespaces/{segment(namespace_id)}"
    client.request("PUT", path, json={} if title is None else {"title": title})


def ensure_r2_bucket(client: Client, name: str) -> None:
    """Make an R2 bucket of this name, unless there is one."""
    client.request("PUT", f"{BASE}/r2/buckets/{segment(name)}")


def list_s3_keys(client: Client) -> dict[str, Any]:
    """`endpoint` (or None) of R2's S3 interface, and its `keys`."""
    found: dict[str, Any] = client.call("GET", f"{BASE}/r2/s3/keys").fields
    return found


def create_s3_key(client: Client, name: str | None) -> dict[str, Any]:
    """A new access key: `access_key_id`, `secret_access_key`, `endpoint`."""
    body = {"name": name} if name else {}
    made: dict[str, Any] = client.call("POST", f"{BASE}/r2/s3/keys", json=body).fields
    return made


def delete_s3_key(client: Client, access_key_id: str) -> None:
    """Remove an access key."""
    client.request("DELETE", f"{BASE}/r2/s3/keys/{segment(access_key_id)}")


def set_worker_s3_keys(
    client: Client, worker: str, keys: Sequence[tuple[str, str, Sensitive[str]]]
) -> str | None:
    """Make these the keys of R2's S3 interface that a Worker's configuration names, each with its bucket, id
    and secret; the interface's URL.
    """
    entries = [
        {"bucket": bucket, "access_key_id": key_id, "secret_access_key": secret.reveal()}
        for bucket, key_id, secret in keys
    ]
    path = f"{BASE}/r2/s3/workers/{segment(worker)}"
    found: str | None = client.call("PUT", path, json={"keys": entries}).fields["endpoint"]
    return found


def fuse_permissions(client: Client) -> dict[str, bool]:
    """Which applications may mount with FUSE and which may not, as far as it is decided; `*` is all."""
    found: dict[str, bool] = client.call("GET", f"{BASE}/fuse").fields["applications"]
    return found


def decide_fuse(client: Client, application: str, worker: str, *, is_allowed: bool) -> None:
    """Let an application of a Worker mount with FUSE, or not."""
    body = {"allowed": is_allowed, "worker": worker}
    client.request("PUT", f"{BASE}/fuse/{segment(application)}", json=body)


def ensure_d1_database(client: Client, database_id: str, name: str | None) -> None:
    """Make a D1 database with this id, unless it exists; it gets `name` if that name is free."""
    body = {"name": name} if name else {}
    client.request("PUT", f"{BASE}/d1/databases/{segment(database_id)}", json=body)


def ensure_queue(client: Client, name: str) -> None:
    """Make a queue of this name, unless there is one."""
    client.request("PUT", f"{BASE}/queues/{segment(name)}")


def ensure_secrets_store(client: Client, store_id: str) -> None:
    """Make a store with this id, unless there is one."""
    client.request("PUT", f"{BASE}/secrets_store/stores/{segment(store_id)}")


def log_lines(client: Client, *, worker: str | None, follow: bool, tail: int) -> Iterator[str]:
    """Lines of JSON: `{time, worker, stream, text}`; with `follow` they continue until the platform stops."""
    parameters = {"worker": worker, "follow": int(follow), "tail": tail}
    yield from client.lines(f"{BASE}/logs", params=parameters)


def worker_events(client: Client, name: str) -> Iterator[dict[str, Any]]:
    """What a Worker handles from now on, until the platform stops: events as Wrangler's `tail` has them.

    Returns when the Worker is followed.
    """
    import json

    lines = client.lines(f"{BASE}/workers/{segment(name)}/tail")
    next(lines)  # says that it has begun
    return map(json.loads, lines)


def _not_brought_up(envelope: dict[str, Any]) -> NotBroughtUp:
    errors = envelope.get("errors") or [{}]
    message = errors[0].get("message", "The instance did not come up.")
    return read_failure(envelope.get("result") or {}, message)


def read_failure(result: Mapping[str, Any], message: str) -> NotBroughtUp:
    """Why an instance did not come up, as the platform reports it for a bring-up and for a rollout."""
    return NotBroughtUp(
        message=message,
        reason=result.get("reason"),
        exit_code=result.get("exit_code"),
        oom_killed=bool(result.get("oom_killed")),
        log_tail=tuple(result.get("log_tail") or ()),
        refused_ports=tuple(result.get("refused_ports") or ()),
        listening=tuple(f"{e['address']}:{e['port']}" for e in result.get("listening") or ()),
        stack=tuple(map(str, result.get("stack") or ())),
        application=result.get("application"),
    )
