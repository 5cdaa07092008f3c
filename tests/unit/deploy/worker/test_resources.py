"""Which buckets and databases a deploy makes on the local platform, by value."""

from __future__ import annotations

from typing import Any

from pywrangler.deploy.plan import Plan, plan_deploy
from pywrangler.deploy.records import DeploySettings, Observed
from pywrangler.deploy.worker.resources import Resource, bound_resources, resources_to_make
from tests.unit.deploy.samples import a_bundle, a_configuration

FILES = Resource("R2 bucket", "files")
SHOP = Resource("D1 database", "id-of-shop", "shop")
WRITTEN = {
    "r2_buckets": [
        {"binding": "FILES", "bucket_name": "files"},
        {"binding": "SAME", "bucket_name": "files"},
        {"binding": "NAMELESS"},
    ],
    "d1_databases": [
        {"binding": "DB", "database_id": "id-of-shop", "database_name": "shop"},
        {"binding": "LATER", "database_name": "later"},
    ],
}


def bound(**fields: Any) -> Any:
    return a_configuration(containers=(), durable_objects=(), migrations=(), cloudflare=fields)


def planned(*present: Resource, is_local: bool = True) -> Plan:
    observed = Observed(None, resources=frozenset(present), is_local=is_local)
    complete = {"r2_buckets": WRITTEN["r2_buckets"][:2], "d1_databases": WRITTEN["d1_databases"][:1]}
    configuration = bound(**complete)
    return plan_deploy(
        configuration, a_bundle(), {}, observed, DeploySettings(), resolve_image=lambda image: image
    )


def test_each_resource_counts_once_and_nameless_ones_do_not() -> None:
    assert bound_resources(bound(**WRITTEN)) == (FILES, SHOP)
    assert bound_resources(bound()) == ()


def test_what_is_missing_is_made_on_the_local_platform_only() -> None:
    configuration = bound(**WRITTEN)
    assert resources_to_make(configuration, frozenset([FILES]), is_local=True) == (SHOP,)
    both = frozenset([FILES, Resource("D1 database", "id-of-shop")])
    assert resources_to_make(configuration, both, is_local=True) == ()
    assert resources_to_make(configuration, frozenset(), is_local=False) == ()


def test_the_plan_names_what_it_makes_before_the_upload() -> None:
    plan = planned()
    assert plan.lines()[1:3] == ["+ create R2 bucket files", "+ create D1 database id-of-shop (shop)"]
    assert not plan.is_unchanged
    assert planned(FILES, SHOP).new_resources == ()
    assert planned(is_local=False).new_resources == ()
