"""Queues, their consumers, and their messages as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pywrangler.cloudflare.client import Client, segment
from pywrangler.errors import PywranglerError

QUEUES = "queues"
Queue = dict[str, Any]
"""As the API gives it: `queue_id`, `queue_name`, `producers`, `consumers`, `settings`, ..."""


def list_queues(client: Client, *, page: int = 1) -> list[Queue]:
    """One page of the queues."""
    found: list[Queue] = client.request("GET", QUEUES, params={"page": page}) or []
    return found


def all_queues(client: Client) -> list[Queue]:
    """All queues."""
    return client.list(QUEUES, params={"page": 1})


def find_queue(client: Client, name: str) -> Queue:
    """The queue of this name. Raises `PywranglerError` if there is none."""
    named = client.request("GET", QUEUES, params={"page": 1, "name": name}) or []
    found: Queue | None = next((queue for queue in named if queue["queue_name"] == name), None)
    if found is None:
        raise no_queue(name)
    return found


def no_queue(name: str) -> PywranglerError:
    """There is no queue of that name."""
    return PywranglerError(
        f"The queue `{name}` does not exist.",
        hint=f"`pywrangler queues create {name}` creates it. `pywrangler queues list` shows the queues.",
        code="queue-not-found",
    )


def create_queue(
    client: Client, name: str, settings: Mapping[str, Any], jurisdiction: str | None = None
) -> Queue:
    """Make a queue."""
    body: dict[str, Any] = {"queue_name": name}
    if jurisdiction:
        body["jurisdiction"] = jurisdiction
    if settings:
        body["settings"] = dict(settings)
    made: Queue = client.request("POST", QUEUES, json=body)
    return made


def update_queue(client: Client, queue: Queue, settings: Mapping[str, Any]) -> Queue:
    """Change settings of a queue."""
    body: dict[str, Any] = {"queue_name": queue["queue_name"]}
    if settings:
        body["settings"] = dict(settings)
    changed: Queue = client.request("PATCH", _path(queue), json=body)
    return changed


def delete_queue(client: Client, queue: Queue) -> None:
    """Remove a queue with its messages."""
    client.request("DELETE", _path(queue))


def purge_queue(client: Client, queue: Queue) -> None:
    """Remove all messages of a queue."""
    client.request("POST", f"{_path(queue)}/purge", json={"delete_messages_permanently": True})


def worker_consumers(queue: Queue, worker: str) -> list[dict[str, Any]]:
    """The queue's consumers that are this Worker."""
    return [each for each in consumers_of(queue) if worker in (each.get("script"), each.get("service"))]


def consumers_of(queue: Queue, types: Collection[str] = ("worker", "http_pull")) -> list[dict[str, Any]]:
    """The queue's consumers of these types."""
    return [each for each in queue.get("consumers") or () if each.get("type") in types]


def add_consumer(client: Client, queue: Queue, body: Mapping[str, Any]) -> None:
    """Give a queue a consumer."""
    client.request("POST", f"{_path(queue)}/consumers", json=dict(body))


def set_worker_consumer(client: Client, name: str, worker: str, body: Mapping[str, Any]) -> None:
    """Make the Worker the queue's consumer, or change how it is."""
    queue = find_queue(client, name)
    present = worker_consumers(queue, worker)
    if present:
        path = f"{_path(queue)}/consumers/{segment(present[0]['consumer_id'])}"
        client.request("PUT", path, json=dict(body))
    else:
        add_consumer(client, queue, body)


def remove_consumer(client: Client, queue: Queue, consumer: Mapping[str, Any]) -> None:
    """Take a consumer away from a queue, which keeps its messages."""
    client.request("DELETE", f"{_path(queue)}/consumers/{segment(consumer['consumer_id'])}")


def _path(queue: Queue) -> str:
    return f"{QUEUES}/{segment(queue['queue_id'])}"
