"""The queues whose messages a Worker gets: wanted, observed and compared. Pure.

A queue that the configuration does not name any more keeps its consumer, as with Wrangler (4.164): `queues
consumer remove` takes it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pywrangler.cloudflare.products.queues import Queue, no_queue, worker_consumers
from pywrangler.config.records import Configuration

SETTINGS = {
    "max_batch_size": "batch_size",
    "max_retries": "max_retries",
    "max_concurrency": "max_concurrency",
    "retry_delay": "retry_delay",
}
"""From the configuration's names to the API's; `max_batch_timeout` is in other units there."""
DEFAULTS: Mapping[str, Any] = {
    "batch_size": 10,
    "max_retries": 3,
    "max_wait_time_ms": 5000,
    "max_concurrency": None,
    "retry_delay": 0,
}
"""What Cloudflare takes for a setting that a request does not have."""


def wanted_consumers(configuration: Configuration) -> dict[str, dict[str, Any]]:
    """The request about the Worker as a consumer, by the name of the queue. In Wrangler's form."""
    return {
        str(entry["queue"]): consumer_request(configuration.name, entry) for entry in _entries(configuration)
    }


def consumer_request(worker: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The request that makes a Worker the consumer of a queue, with the settings of `entry`."""
    settings = {api: entry[name] for name, api in SETTINGS.items() if entry.get(name) is not None}
    if (seconds := entry.get("max_batch_timeout")) is not None:
        settings["max_wait_time_ms"] = round(1000 * seconds)
    body = {"type": "worker", "script_name": worker, "settings": settings}
    if dead_letter_queue := entry.get("dead_letter_queue"):
        body["dead_letter_queue"] = dead_letter_queue
    return body


def named_queues(configuration: Configuration, *, with_dead_letters: bool) -> tuple[str, ...]:
    """The queues that a Worker sends to and gets messages from, each once; with `with_dead_letters` also
    those that take what it could not handle.
    """
    producers = (configuration.cloudflare.get("queues") or {}).get("producers") or ()
    names = [entry.get("queue") for entry in producers]
    for entry in _entries(configuration):
        names += [entry["queue"], entry.get("dead_letter_queue") if with_dead_letters else None]
    return tuple(dict.fromkeys(str(name) for name in names if name))


def check_queues(configuration: Configuration, queues: Iterable[Queue]) -> None:
    """Raise `PywranglerError` for the first queue that the Worker consumes and that does not exist. Those
    that it sends to are made.
    """
    producers = (configuration.cloudflare.get("queues") or {}).get("producers") or ()
    present = {queue["queue_name"] for queue in queues} | {entry.get("queue") for entry in producers}
    for name in (str(entry["queue"]) for entry in _entries(configuration)):
        if name not in present:
            error = no_queue(name)
            error.message = f"The queue `{name}` in {configuration.file.name} does not exist."
            raise error


def own_consumers(queues: Iterable[Queue], worker: str) -> dict[str, Mapping[str, Any]]:
    """The Worker as a consumer, as the API gives it, by the name of the queue."""
    found = ((queue["queue_name"], worker_consumers(queue, worker)) for queue in queues)
    return {name: consumers[0] for name, consumers in found if consumers}


def differing(
    wanted: Mapping[str, Mapping[str, Any]], deployed: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """The queues whose consumer must be made or changed."""
    for name, request in wanted.items():
        known = deployed.get(name)
        if known is None or _facts(known) != _facts(request):
            yield name


def _facts(consumer: Mapping[str, Any]) -> tuple[Any, ...]:
    settings = consumer.get("settings") or {}
    chosen = [settings.get(name) if settings.get(name) is not None else DEFAULTS[name] for name in DEFAULTS]
    return (*chosen, consumer.get("dead_letter_queue") or None)


def _entries(configuration: Configuration) -> Iterable[Mapping[str, Any]]:
    return (configuration.cloudflare.get("queues") or {}).get("consumers") or ()
