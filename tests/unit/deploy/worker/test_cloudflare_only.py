"""What only Cloudflare acts on reaches the upload in the API's form, or is refused; never dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pywrangler.config.records import KVNamespace, ServiceBinding
from pywrangler.deploy.applications.observability import LogsChange, plan_logs
from pywrangler.deploy.plan import plan_deploy
from pywrangler.deploy.records import DeployedWorker, DeploySettings, Observed
from pywrangler.deploy.worker.bindings import bindings_of
from pywrangler.deploy.worker.metadata import upload_metadata
from pywrangler.deploy.worker.product_bindings import product_bindings
from pywrangler.deploy.worker.routes import Routes, domain_request, plan_routes, used_domains
from pywrangler.deploy.worker.settings import check_deployable, unversioned_settings, uploaded_settings
from pywrangler.deploy.worker.upload_plan import plan_upload
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive
from tests.unit.deploy.samples import a_bundle, a_configuration, a_container

ON, OFF = {"logs": {"enabled": True}}, {"logs": {"enabled": False}}


def a_worker(**changes: Any) -> Any:
    return a_configuration(containers=(), durable_objects=(), migrations=(), **changes)


def test_bindings_of_other_products_have_the_apis_form() -> None:
    written = {
        "r2_buckets": [{"binding": "FILES", "bucket_name": "files", "preview_bucket_name": "p"}],
        "d1_databases": [{"binding": "DB", "database_id": "1", "database_name": "n"}],
        "queues": {"producers": [{"binding": "JOBS", "queue": "jobs"}]},
        "ai": {"binding": "AI"},
        "dispatch_namespaces": [
            {"binding": "D", "namespace": "n", "outbound": {"service": "out", "parameters": ["a"]}}
        ],
        "unsafe": {"bindings": [{"name": "U", "type": "custom", "x": 1}]},
    }
    assert product_bindings(a_configuration(cloudflare=written)) == [
        {"name": "DB", "type": "d1", "id": "1"},
        {
            "name": "D",
            "type": "dispatch_namespace",
            "namespace": "n",
            "outbound": {"worker": {"service": "out"}, "params": [{"name": "a"}]},
        },
        {"name": "FILES", "type": "r2_bucket", "bucket_name": "files"},
        {"name": "AI", "type": "ai"},
        {"name": "JOBS", "type": "queue", "queue_name": "jobs"},
        {"name": "U", "type": "custom", "x": 1},
    ]


def test_of_a_route_only_what_the_api_knows_is_sent() -> None:
    route = {"pattern": "example.com/*", "zone_name": "example.com", "unknown": 1}
    (sent,) = plan_routes(a_worker(cloudflare={"routes": [route]})).patterns
    assert sent == {"pattern": "example.com/*", "zone_name": "example.com"}


def test_a_grant_of_another_account_goes_with_the_service() -> None:
    service = ServiceBinding("OTHER", "theirs", cross_account_grant="g")
    (binding,) = bindings_of(a_worker(services=(service,)))
    assert binding == {"name": "OTHER", "type": "service", "service": "theirs", "cross_account_grant": "g"}


def test_a_binding_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(UsageError, match=r"r2_buckets\[0\].*bucket_name"):
        product_bindings(a_configuration(cloudflare={"r2_buckets": [{"binding": "FILES"}]}))


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ({"mode": "off"}, None),
        ({"mode": "smart"}, {"mode": "smart"}),
        ({"hint": "wnam"}, {"mode": "smart", "hint": "wnam"}),
        ({"region": "aws:us-east-1"}, {"mode": "targeted", "region": "aws:us-east-1"}),
        ({"mode": "targeted", "hostname": "db.example"}, {"mode": "targeted", "hostname": "db.example"}),
    ],
)
def test_placement(written: dict[str, Any], sent: dict[str, Any] | None) -> None:
    assert uploaded_settings(a_configuration(cloudflare={"placement": written})).get("placement") == sent


def test_unsafe_metadata_has_the_last_word() -> None:
    written = {"logpush": True, "cache": {"enabled": True}, "unsafe": {"metadata": {"logpush": False}}}
    metadata = upload_metadata(a_configuration(cloudflare=written), a_bundle())
    assert (metadata["logpush"], metadata["cache_options"]) == (False, {"enabled": True})


def test_a_worker_without_containers_is_a_version_before_it_is_deployed() -> None:
    configuration = a_worker(cloudflare={"logpush": True})
    observed = Observed(DeployedWorker(version_id="v"))
    made = plan_deploy(configuration, a_bundle(), {}, observed, DeploySettings(), resolve_image=str)

    assert made.triggers.settings == {"logpush": True, "observability": {"enabled": False}, "tags": []}
    assert made.upload is not None
    assert "code_update_strategy" not in made.upload


def test_a_new_worker_and_one_with_containers_go_in_one_step() -> None:
    new = plan_deploy(a_worker(), a_bundle(), {}, Observed(None), DeploySettings(), resolve_image=str)
    emptied = a_worker(mentions_containers=True)
    deployed = Observed(DeployedWorker(version_id="v"))
    known = plan_deploy(emptied, a_bundle(), {}, deployed, DeploySettings(), resolve_image=str)

    assert not new.makes_version_first
    assert new.triggers.settings is None
    assert not known.makes_version_first
    assert known.upload is not None
    assert known.upload["containers"] == []


def test_observability_that_is_not_mentioned_is_off() -> None:
    assert unversioned_settings(a_worker()) == {"observability": {"enabled": False}}
    mentioned = a_worker(observability={"logs": {"enabled": True}})
    assert unversioned_settings(mentioned) == {"observability": {"logs": {"enabled": True}}}


def test_routes_take_the_place_of_the_public_address() -> None:
    domain = {"pattern": "api.example.com", "custom_domain": True, "zone_name": "example.com"}
    configuration = a_worker(cloudflare={"routes": ["example.com/*", domain]})
    made = plan_deploy(configuration, a_bundle(), {}, Observed(None), DeploySettings(), resolve_image=str)

    assert made.triggers.workers_dev is False
    assert made.triggers.addresses("me") == ["https://api.example.com", "example.com/*"]
    assert made.triggers.routes == Routes(
        ({"pattern": "example.com/*"},), ({"hostname": "api.example.com", "zone_name": "example.com"},)
    )
    with pytest.raises(UsageError, match="path or an asterisk"):
        plan_routes(a_worker(cloudflare={"routes": [{**domain, "pattern": "api.example.com/*"}]}))


def test_without_routes_the_worker_answers_on_the_accounts_subdomain() -> None:
    made = plan_deploy(a_worker(), a_bundle(), {}, Observed(None), DeploySettings(), resolve_image=str)
    assert made.triggers.addresses("me") == [f"https://{made.worker}.me.workers.dev"]
    assert made.triggers.addresses(None) == []


def test_domains_that_lead_elsewhere_are_known() -> None:
    updated = [{"hostname": "a", "modified": True}, {"hostname": "b", "modified": False}]
    assert used_domains({"updated": updated, "conflicting": [{"hostname": "c"}]}) == ["a", "c"]
    assert used_domains({}) == []
    assert domain_request([{"hostname": "a"}], takes_used=False)["override_existing_origin"] is False


def test_a_kv_namespace_without_an_id_stays_is_found_or_made() -> None:
    configuration = a_worker(name="shop", kv_namespaces=(KVNamespace("MY_CACHE", None),))

    def binding(observed: Observed) -> Any:
        made = plan_deploy(configuration, a_bundle(), {}, observed, DeploySettings(), resolve_image=str)
        assert made.upload is not None
        return made.upload["bindings"], made.new_namespaces

    none, found = Observed(None), Observed(None, kv_namespaces={"shop-my-cache": "7" * 32})
    bound = Observed(DeployedWorker(version_id="v", kv_bindings={"MY_CACHE": "7" * 32}))
    kv = {"name": "MY_CACHE", "type": "kv_namespace"}
    assert binding(none) == ([{**kv, "namespace_id": None}], {"MY_CACHE": "shop-my-cache"})
    assert binding(found) == ([{**kv, "namespace_id": "7" * 32}], {})
    assert binding(bound) == ([{"name": "MY_CACHE", "type": "inherit"}], {})


def test_required_secrets_are_kept_or_given() -> None:
    configuration = a_worker(cloudflare={"secrets": {"required": ["API_KEY"]}})
    with pytest.raises(UsageError, match="API_KEY"):
        plan_upload(configuration, a_bundle(), Observed(None), DeploySettings())

    given = DeploySettings(secrets={"API_KEY": Sensitive("x")})
    made = plan_upload(configuration, a_bundle(), Observed(None), given)
    kept = plan_upload(configuration, a_bundle(), Observed(DeployedWorker(version_id="v")), DeploySettings())
    assert made is not None
    assert kept is not None
    assert made["bindings"] == [{"name": "API_KEY", "type": "secret_text", "text": "x"}]
    assert kept["bindings"] == [{"name": "API_KEY", "type": "inherit"}]


def test_without_a_rollout_the_deployed_containers_are_named_again() -> None:
    deployed = DeployedWorker(version_id="v", migration_tag="v1", containers=[{"class_name": "Old"}])
    made = plan_upload(a_configuration(), a_bundle(), Observed(deployed), DeploySettings(rollout="none"))
    assert made is not None
    assert made["containers"] == [{"class_name": "Old"}]
    split = Observed(replace(deployed, version_id=None))
    with pytest.raises(UsageError, match="not known"):
        plan_upload(a_configuration(), a_bundle(), split, DeploySettings(rollout="none"))


@pytest.mark.parametrize(
    ("worker", "container", "previous", "change"),
    [
        (None, None, None, LogsChange()),
        ({"enabled": True}, None, None, LogsChange(ON)),
        ({"enabled": True}, None, {"observability": ON}, LogsChange()),
        ({"enabled": True, "logs": {"enabled": False}}, None, None, LogsChange()),
        (None, None, {"observability": ON}, LogsChange(OFF)),
        ({"enabled": True}, {"enabled": False}, None, LogsChange()),
        (
            None,
            {"enabled": True, "target_instance_count": 3},
            None,
            LogsChange({**ON, "target_instance_count": 3}),
        ),
        ({"enabled": True}, None, {"configuration": {"observability": ON}}, LogsChange()),
        (None, None, {"configuration": {"observability": ON}}, LogsChange(None, OFF)),
    ],
)
def test_logs_of_an_application(
    worker: Any, container: Any, previous: dict[str, Any] | None, change: LogsChange
) -> None:
    configuration = a_configuration(observability=worker)
    assert plan_logs(configuration, a_container(observability=container), previous) == change


def test_logs_that_change_need_no_rollout() -> None:
    before = a_configuration(observability={"enabled": True})
    container = a_container()
    application = {
        "id": "1",
        "configuration": {"image": "i", "instance_type": "lite"},
        "constraints": {"tiers": [1, 2]},
        "max_instances": 10,
        "scheduling_policy": "default",
        "rollout_active_grace_period": 0,
    }
    observed = Observed(DeployedWorker(version_id="v"), {container.name: application})
    made = plan_deploy(
        before, a_bundle(), {container.name: "i"}, observed, DeploySettings(), resolve_image=str
    )
    (change,) = made.applications
    assert getattr(change, "rollout", "none at all") is None
    assert change.lines()[-1] == "    observability: (not set) → {'logs': {'enabled': True}}"


def test_what_cannot_be_deployed_is_refused_before_anything_is_built() -> None:
    with pytest.raises(UsageError, match="Python modules"):
        check_deployable(a_configuration(unused=("python_modules", "access")))
    consumer = {"queues": {"consumers": [{"queue": "q"}]}}
    check_deployable(a_configuration(unused=("access",), cloudflare=consumer))
