"""What a request and a start cost with many Workers and instances on record, counted in statements of SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.store import Store
from tests.local.rest.api import Api
from tests.unit.instances.test_ledger import APPLICATION

INSTANCES = (1, 100, 1000)
WORKERS = (1, 10, 50)


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The statements of SQL that are run while this is open."""
    found: list[str] = []
    connection = store._database._connection
    connection.set_trace_callback(found.append)
    yield found
    connection.set_trace_callback(None)


def fill(store: Store, application_id: str, number: int) -> None:
    """Record so many instances that have ended, each of a Durable Object of its own."""
    ledger = Ledger(store.instances)
    for each in range(number):
        made = ledger.reserve(
            replace(APPLICATION, id=application_id),
            durable_object_id=f"{each:064x}",
            container_name=f"c{each}",
            time=float(each),
        )
        assert made is not None
        ledger.failed(made.id, reason="it ended", time=float(each))


async def costs(api: Api, requests: dict[str, tuple[str, str]]) -> dict[str, int]:
    """The number of statements that each request takes the second time."""
    found = {}
    for name, (method, path) in requests.items():
        for _ in range(2):
            with statements(api.store) as run:
                answer = await (api.upload("chat") if method == "PUT" else api.call(method, path))
            assert answer.status == 200, answer.raw
        found[name] = len(run)
    return found


async def test_requests_take_no_more_statements_with_more_instances(api: Api) -> None:
    namespace_id = await api.upload_with_class("chat")
    made = await api.create_application(namespace_id)
    requests = {
        "list": ("GET", "/containers/dash/applications"),
        "info": ("GET", f"/containers/applications/{made['id']}"),
        "instances": ("GET", f"/containers/dash/applications/{made['id']}/instances?per_page=25"),
        "deploy": ("PUT", ""),
    }
    seen = []
    for number in INSTANCES:
        fill(api.store, made["id"], number)
        seen.append(await costs(api, requests))
    assert seen[0] == seen[1] == seen[2]


async def test_requests_take_no_more_statements_with_more_workers(api: Api) -> None:
    requests = {
        "list": ("GET", "/containers/dash/applications?per_page=100"),
        "workers": ("GET", "/workers/scripts"),
        "deploy": ("PUT", ""),
    }
    await api.upload("chat")
    seen, there = [], 0
    for number in WORKERS:
        for each in range(there, number):
            namespace_id = await api.upload_with_class(f"worker-{each}")
            await api.create_application(namespace_id, f"application-{each}")
        there = number
        seen.append(await costs(api, requests))
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize("number", INSTANCES)
def test_a_start_reads_the_records_of_instances_at_once(tmp_path: Path, number: int) -> None:
    store = Store.open(tmp_path / "home", b"k" * 32)
    fill(store, "app", number)
    store.close()
    store = Store.open(tmp_path / "home", b"k" * 32)
    with statements(store) as run:
        Ledger(store.instances)
    assert run == []
    store.close()
