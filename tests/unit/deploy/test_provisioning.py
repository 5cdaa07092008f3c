"""What a deploy to Cloudflare makes for bindings without a name or id, by value."""

from __future__ import annotations

from typing import Any

from pywrangler.deploy.provisioning.wanted import AccountContents, NewResource, plan_provisioning
from tests.unit.deploy.samples import a_configuration

EMPTY = AccountContents(frozenset(), {}, frozenset(), frozenset())


def planned(account: AccountContents = EMPTY, **fields: Any) -> Any:
    return plan_provisioning(a_configuration(cloudflare=fields), account)


def test_resources_are_made_once_under_the_name_of_the_configuration_or_of_the_binding() -> None:
    made = planned(
        r2_buckets=[{"binding": "A", "bucket_name": "files"}, {"binding": "B", "bucket_name": "files"}],
        d1_databases=[{"binding": "MY_DB"}],
        queues={"producers": [{"binding": "JOBS"}], "consumers": [{"queue": "other"}]},
        dispatch_namespaces=[{"binding": "NS", "namespace": "customers"}],
    )
    worker = made.configuration.name
    assert made.new == (
        NewResource("D1 database", f"{worker}-my-db", "MY_DB"),
        NewResource("R2 bucket", "files", "A"),
        NewResource("queue", f"{worker}-jobs", "JOBS"),
        NewResource("dispatch namespace", "customers", "NS"),
    )
    written = made.configuration.cloudflare
    assert written["d1_databases"][0]["database_id"] == f"pending:{worker}-my-db"
    assert written["queues"]["producers"] == [{"binding": "JOBS", "queue": f"{worker}-jobs"}]
    assert written["queues"]["consumers"] == [{"queue": "other"}]
    assert made.without_id == {"MY_DB"}


def test_what_exists_is_found_by_its_name() -> None:
    account = AccountContents(
        frozenset([(None, "files")]), {"shop": "7"}, frozenset(["jobs"]), frozenset(["customers"])
    )
    made = planned(
        account,
        r2_buckets=[
            {"binding": "A", "bucket_name": "files"},
            {"binding": "B", "bucket_name": "files", "jurisdiction": "eu"},
        ],
        d1_databases=[{"binding": "DB", "database_name": "shop"}, {"binding": "ID", "database_id": "8"}],
        queues={"producers": [{"binding": "JOBS", "queue": "jobs"}]},
        dispatch_namespaces=[{"binding": "NS", "namespace": "customers"}],
    )
    assert made.new == (NewResource("R2 bucket", "files", "B", "eu"),)
    assert [each["database_id"] for each in made.configuration.cloudflare["d1_databases"]] == ["7", "8"]


def test_a_binding_without_a_name_keeps_what_the_deployed_worker_has() -> None:
    bound = {
        "DB": {"type": "d1", "name": "DB", "id": "7"},
        "FILES": {"type": "r2_bucket", "name": "FILES", "bucket_name": "a"},
        "EU": {"type": "r2_bucket", "name": "EU", "bucket_name": "b"},
    }
    made = planned(
        AccountContents(frozenset(), {}, frozenset(), frozenset(), bound),
        d1_databases=[{"binding": "DB"}],
        r2_buckets=[{"binding": "FILES"}, {"binding": "EU", "jurisdiction": "eu"}],
    )
    assert made.inherited == ("DB", "FILES")
    assert [each.binding for each in made.new] == ["EU"]
    assert made.configuration.cloudflare["d1_databases"] == []


def test_nothing_is_made_of_what_the_token_may_not_read() -> None:
    made = planned(
        AccountContents(),
        r2_buckets=[{"binding": "A", "bucket_name": "files"}],
        dispatch_namespaces=[{"binding": "NS", "namespace": "customers"}],
    )
    assert made.new == ()


def test_a_binding_without_a_name_that_says_more_keeps_its_resource_by_name() -> None:
    bound = {
        "JOBS": {"type": "queue", "name": "JOBS", "queue_name": "jobs"},
        "NS": {"type": "dispatch_namespace", "name": "NS", "namespace": "customers"},
        "LATER": {"type": "queue", "name": "LATER", "queue_name": "later"},
    }
    made = planned(
        AccountContents(
            queues=frozenset(["jobs", "later"]), namespaces=frozenset(["customers"]), bound=bound
        ),
        queues={"producers": [{"binding": "JOBS", "delivery_delay": 0}, {"binding": "LATER"}]},
        dispatch_namespaces=[{"binding": "NS", "outbound": {"service": "out"}}],
    )
    written = made.configuration.cloudflare
    assert written["queues"]["producers"] == [{"binding": "JOBS", "delivery_delay": 0, "queue": "jobs"}]
    assert written["dispatch_namespaces"][0]["namespace"] == "customers"
    assert (made.new, made.inherited) == ((), ("LATER",))


def test_products_whose_names_and_ids_come_from_the_account() -> None:
    bound = {"OLD": {"type": "flagship", "name": "OLD", "app_id": "1"}}
    account = AccountContents(searches=frozenset(["docs"]), memories=frozenset(), apps={}, bound=bound)
    made = planned(
        account,
        ai_search_namespaces=[{"binding": "A", "namespace": "docs"}, {"binding": "B", "namespace": "more"}],
        agent_memory=[{"binding": "C", "namespace": "agents"}],
        flagship=[{"binding": "OLD"}, {"binding": "NEW"}, {"binding": "ID", "app_id": "7"}],
    )
    app = f"{made.configuration.name}-new"
    assert made.new == (
        NewResource("AI Search namespace", "more", "B"),
        NewResource("Agent Memory namespace", "agents", "C"),
        NewResource("Flagship app", app, "NEW"),
    )
    assert [each["app_id"] for each in made.configuration.cloudflare["flagship"]] == [f"pending:{app}", "7"]
    assert (made.inherited, made.without_id) == (("OLD",), {"NEW"})


def test_what_the_token_may_not_read_is_left_to_the_deployed_worker() -> None:
    made = planned(AccountContents(), r2_buckets=[{"binding": "A"}], flagship=[{"binding": "F"}])
    assert (made.new, made.inherited) == ((), ("A", "F"))
