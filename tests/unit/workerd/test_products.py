"""The runtimes of products: what they are started with, and how bindings lead to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pywrangler.local.workerd.bindings import attach
from pywrangler.local.workerd.products.d1 import plan_d1
from pywrangler.local.workerd.products.r2 import plan_r2
from pywrangler.local.workerd.records import SharedSockets
from tests.unit.workerd.samples import PLAIN
from tests.unit.workerd.test_assets import WORKERS

GOLDEN = Path(__file__).parent / "golden"
PRODUCTS = {"r2": Path("/run/r2.peers"), "d1": Path("/run/d1.peers")}
SPEC = replace(PLAIN, shared=SharedSockets(Path("/run/platform"), Path("/run/kv.peers"), PRODUCTS))


def test_the_runtime_of_r2_keeps_buckets_in_one_folder() -> None:
    plan = plan_r2(Path("/home/r2/data"), Path("/run/r2.control"), WORKERS)
    assert plan.text == (GOLDEN / "r2.capnp").read_text()
    assert plan.environment == {}


def test_the_runtime_of_d1_keeps_databases_in_one_folder() -> None:
    plan = plan_d1(Path("/home/d1/data"), Path("/run/d1.control"))
    assert plan.text == (GOLDEN / "d1.capnp").read_text()


def test_a_bucket_is_named_in_the_props_of_its_link() -> None:
    binding = {"type": "r2_bucket", "name": "FILES", "bucket_name": "photos"}
    assert attach(binding, SPEC).value == {
        "r2Bucket": {
            "name": "links",
            "entrypoint": "Bucket",
            "props": {"json": '{"socket":"/run/r2.peers","bucket":"photos"}'},
        }
    }


def test_a_database_is_behind_the_module_that_has_its_interface() -> None:
    (inner,) = attach({"type": "d1", "name": "DB", "id": "7"}, SPEC).value["wrapped"]["innerBindings"]  # type: ignore[index,call-overload]
    assert inner == {
        "name": "fetcher",
        "service": {
            "name": "links",
            "entrypoint": "Database",
            "props": {"json": '{"socket":"/run/d1.peers","database":"7"}'},
        },
    }
