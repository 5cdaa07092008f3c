"""The existing names of one kind, for a Tab: quick, and silent about everything that goes wrong."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pywrangler.commands.completion import kinds

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client
    from pywrangler.commands.context.invocation import Invocation

LONGEST_SECONDS = 3.0
"""A Tab that takes longer than this offers nothing: the user is waiting."""
SHELLS = ("bash", "zsh", "fish")
PAGE_SIZE = 100
MOST_APPLICATIONS = 10
"""The number of applications whose instances are listed: each takes a separate request."""


def names_of(run: Invocation, kind: str) -> list[str]:
    """The names of `kind` on the run's target, sorted; empty if they cannot be found out in time.

    It neither starts the local platform nor asks anything.
    """
    if kind == kinds.SHELLS:
        return list(SHELLS)
    try:
        with _limited(LONGEST_SECONDS):
            return sorted(set(_found(run, kind)))
    except (Exception, _TimeIsUp):
        # A Tab must not print an error into the line that the user types.
        return []


def _found(run: Invocation, kind: str) -> list[str]:
    if kind == kinds.ENVIRONMENTS:
        fields = run.project.fields
        return list(fields.environments) if fields else []
    client = run.existing_client()
    return _LISTS[kind](client) if client is not None and kind in _LISTS else []


def _applications(client: Client) -> list[str]:
    from pywrangler.cloudflare.containers import list_applications

    return [str(each["name"]) for each in list_applications(client)]


def _instances(client: Client) -> list[str]:
    """Applications, and each one's instances that can be named, as `APPLICATION/INSTANCE`."""
    from pywrangler.cloudflare.containers import instance_page, list_applications, summarize_instances

    found = []
    for application in list_applications(client)[:MOST_APPLICATIONS]:
        name = str(application["name"])
        found.append(name)
        page = instance_page(client, str(application["id"]), per_page=PAGE_SIZE, page_token=None)
        found += [f"{name}/{each.name or each.id}" for each in summarize_instances([page])]
    return found


def _workers(client: Client) -> list[str]:
    from pywrangler.cloudflare.workers import list_scripts

    return [str(each["id"]) for each in list_scripts(client)]


def _databases(client: Client) -> list[str]:
    from pywrangler.cloudflare.d1 import list_databases

    return [str(each["name"]) for each in list_databases(client)]


def _buckets(client: Client) -> list[str]:
    from pywrangler.cloudflare.r2 import list_buckets

    return [str(each["name"]) for each in list_buckets(client)]


def _queues(client: Client) -> list[str]:
    from pywrangler.cloudflare.products.queues import list_queues

    return [str(each["queue_name"]) for each in list_queues(client)]


def _workflows(client: Client) -> list[str]:
    from pywrangler.cloudflare.workflows import list_workflows

    return [str(each["name"]) for each in list_workflows(client, per_page=PAGE_SIZE)]


_LISTS: dict[str, Callable[[Client], list[str]]] = {
    kinds.APPLICATIONS: _applications,
    kinds.INSTANCES: _instances,
    kinds.WORKERS: _workers,
    kinds.DATABASES: _databases,
    kinds.BUCKETS: _buckets,
    kinds.QUEUES: _queues,
    kinds.WORKFLOWS: _workflows,
}


class _TimeIsUp(BaseException):
    """Not an Exception: the REST client takes a TimeoutError for the network's and asks again."""


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise `_TimeIsUp` inside after `seconds`, wherever it waits."""

    def expire(_number: int, _frame: object) -> None:
        raise _TimeIsUp

    former = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
