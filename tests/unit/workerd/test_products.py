"""The runtimes of products: what they are started with, and how bindings lead to them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pywrangler.local.daemon.products.queues import is_due
from pywrangler.local.workerd.bindings import attach
from pywrangler.local.workerd.products.d1 import plan_d1
from pywrangler.local.workerd.products.queue_files import QueueShard, open_shards
from pywrangler.local.workerd.products.queues import HeldConsumer, HeldQueue, plan_queues
from pywrangler.local.workerd.products.r2 import plan_r2
from pywrangler.local.workerd.products.s3 import ServedBuckets, ServedKey, plan_s3
from pywrangler.local.workerd.records import LOOPBACK_SOCKETS, SharedSockets
from pywrangler.sensitive import Sensitive
from tests.unit.workerd.samples import PLAIN
from tests.unit.workerd.test_assets import WORKERS

GOLDEN = Path(__file__).parent / "golden"
PRODUCTS = {name: Path(f"/run/{name}.peers") for name in ("d1", "queues", "r2")}
CALLS = {name: Path(f"/run/{name}.calls") for name in ("d1", "key-values", "queues", "r2")}
SPEC = replace(PLAIN, shared=SharedSockets(Path("/run/platform"), PRODUCTS, CALLS))


R2_PATHS = (Path("/home/r2/data"), Path("/run/r2.control"), Path("/run/platform"))


def test_the_runtime_of_r2_keeps_buckets_in_one_directory() -> None:
    plan = plan_r2(*R2_PATHS, WORKERS)
    assert plan.text == (GOLDEN / "r2.capnp").read_text()
    assert plan.environment == {}


def test_the_runtime_of_d1_keeps_databases_in_one_directory() -> None:
    plan = plan_d1(Path("/home/d1/data"), Path("/run/d1.control"))
    assert plan.text == (GOLDEN / "d1.capnp").read_text()


def test_clients_of_s3_reach_every_bucket_and_secrets_are_variables() -> None:
    sockets = (Path("/run/s3.control"), Path("/run/platform"), CALLS["r2"])
    keys = (ServedKey("id1", Sensitive("planted")), ServedKey("id2", Sensitive("other"), ("two",)))
    served = ServedBuckets("account", {"one": "2026-01-01", "two": "2026-02-02"}, keys, public=("two",))
    plan = plan_s3(*sockets, WORKERS, served, LOOPBACK_SOCKETS.values())
    assert plan.text == (GOLDEN / "s3.capnp").read_text()
    assert "planted" not in plan.text
    assert {name: value.reveal() for name, value in plan.environment.items()} == {
        "PYWRANGLER_S3_KEYS": '[{"id": "id1", "secret": "planted", "buckets": null},'
        ' {"id": "id2", "secret": "other", "buckets": ["two"]}]'
    }


def test_a_bucket_is_named_in_a_header_of_each_call() -> None:
    attachment = attach({"type": "r2_bucket", "name": "FILES", "bucket_name": "photos"}, SPEC)
    assert attachment.value == {"r2Bucket": "r2:photos"}
    header = {"name": "PW-Target", "value": "photos"}
    (service,) = attachment.services
    assert service["external"] == {
        "address": "unix:/run/r2.calls",
        "http": {"injectRequestHeaders": [header]},
    }


def test_a_database_is_behind_the_module_that_has_its_interface() -> None:
    attachment = attach({"type": "d1", "name": "DB", "id": "7 ü"}, SPEC)
    (inner,) = attachment.value["wrapped"]["innerBindings"]  # type: ignore[index,call-overload]
    assert inner == {"name": "fetcher", "service": "d1:7 ü"}
    header = {"name": "PW-Target", "value": "7%20%C3%BC"}
    external = {"address": "unix:/run/d1.calls", "http": {"injectRequestHeaders": [header]}}
    assert attachment.services == ({"name": "d1:7 ü", "external": external},)


def test_a_database_whose_binding_calls_by_rpc_is_reached_through_the_debug_port() -> None:
    spec = replace(SPEC, compatibility_flags=("d1_binding_jsrpc",))
    (inner,) = attach({"type": "d1", "name": "DB", "id": "7"}, spec).value["wrapped"]["innerBindings"]  # type: ignore[index,call-overload]
    assert inner == {
        "name": "fetcher",
        "service": {
            "name": "links",
            "entrypoint": "Database",
            "props": {"json": '{"socket":"/run/d1.peers","database":"7"}'},
        },
    }


JOBS = HeldQueue(
    "1" * 32,
    "jobs",
    delay=5,
    consumer=HeldConsumer(
        "taker",
        Path("/run/taker.peers"),
        max_batch_size=5,
        max_batch_timeout=1.5,
        max_retries=0,
        max_concurrency=2,
        retry_delay=30,
        dead_letter_queue="2" * 32,
    ),
)
DEAD = HeldQueue("2" * 32, "dead")


def test_the_runtime_of_queues_knows_their_consumers() -> None:
    plan = plan_queues(Path("/home/q/data"), Path("/run/q.control"), Path("/run/platform"), [JOBS, DEAD])
    assert plan.text == (GOLDEN / "queues.capnp").read_text()


def test_a_setting_that_is_not_given_is_left_to_the_runtime() -> None:
    assert HeldConsumer("w", Path("/s")).settings() == {}
    assert HeldConsumer("w", Path("/s"), max_retries=0).settings() == {"maxRetries": 0}


def test_a_queue_is_named_in_the_props_of_its_link_with_the_delay_of_the_binding() -> None:
    binding = {"type": "queue", "name": "Q", "queue_name": "jobs"}
    for delay, props in (
        ({}, '{"queue":"jobs"}'),
        ({"delivery_delay": 0}, '{"queue":"jobs","delay":0}'),
    ):
        assert attach({**binding, **delay}, SPEC).value == {
            "queue": {"name": "queue-link", "props": {"json": props}}
        }


def shard(directory: Path, number: int, queue: str) -> Path:
    """A file as workerd leaves one behind that was killed, with a message that was with a consumer."""
    file = directory / "queues" / f"{number:064x}.sqlite"
    file.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB)")
        database.execute("INSERT INTO _cf_KV VALUES ('queue', ?)", (b'\xff\x0f"\x20' + queue.encode(),))
        database.execute("CREATE TABLE messages (lease INTEGER, leased_until REAL, attempts INTEGER)")
        database.execute("INSERT INTO messages VALUES (7, 9.5, 1), (NULL, NULL, 0)")
    return file


def test_what_was_with_a_consumer_is_given_back_and_what_is_unwanted_goes(tmp_path: Path) -> None:
    kept, gone = shard(tmp_path, 1, "1" * 32), shard(tmp_path, 2, "2" * 32)
    beside = gone.with_name(gone.name + "-wal")
    beside.touch()
    broken = kept.with_name(f"{3:064x}.sqlite")
    broken.write_bytes(b"not a database" * 100)
    other = kept.with_name("metadata.sqlite")
    other.touch()
    assert open_shards(tmp_path, ["1" * 32]) == [QueueShard(f"{1:064x}", "1" * 32)]
    with closing(sqlite3.connect(kept)) as database:
        rows = database.execute("SELECT * FROM messages").fetchall()
    assert rows == [(None, None, 1), (None, None, 0)]
    assert [file.exists() for file in (gone, beside, broken, other)] == [False, False, True, True]
    assert open_shards(tmp_path / "empty", []) == []


@pytest.mark.parametrize(
    ("failing", "left_out", "due"),
    [
        ({}, (), False),
        ({"w": 96.0}, (), False),
        ({"w": 95.0}, (), True),
        ({"w": 50.0}, ("w",), False),
        ({}, ("w",), True),
        ({"w": 50.0, "v": 99.0}, ("w",), False),
        ({"w": 50.0, "v": 90.0}, ("w",), True),
        ({"v": 99.0}, ("w",), True),
    ],
)
def test_a_worker_that_fails_for_long_is_no_consumer_until_it_runs(
    failing: dict[str, float], left_out: tuple[str, ...], due: bool
) -> None:
    assert is_due(failing, left_out, 100.0) is due
