"""The metadata of an upload, by value."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pywrangler.config.records import (
    DurableObjectBinding,
    KVNamespace,
    Migration,
    SecretsStoreSecret,
    ServiceBinding,
)
from pywrangler.deploy.worker.bindings import bindings_of
from pywrangler.deploy.worker.metadata import (
    content_tag,
    merge_service_tags,
    plan_migrations,
    unknown_migration,
    upload_metadata,
)
from pywrangler.sensitive import Sensitive
from tests.unit.deploy.samples import a_bundle, a_configuration

FIRST = Migration("v1", new_sqlite_classes=("Hello",))
SECOND = Migration("v2", renamed_classes=(("Hello", "Greeter"),), deleted_classes=("Old",))


def test_every_kind_of_binding_has_its_form() -> None:
    configuration = a_configuration(
        vars={"STAGE": "test", "LIMITS": {"a": 1}},
        kv_namespaces=(KVNamespace("CACHE", "7" * 32),),
        durable_objects=(DurableObjectBinding("HELLO", "Hello"), DurableObjectBinding("FAR", "Far", "other")),
        secrets_store_secrets=(SecretsStoreSecret("KEY", "5" * 32, "api_key"),),
        services=(ServiceBinding("AUTH", "auth"), ServiceBinding("ADMIN", "auth", "Admin")),
    )

    assert bindings_of(configuration) == [
        {"name": "STAGE", "type": "plain_text", "text": "test"},
        {"name": "LIMITS", "type": "json", "json": {"a": 1}},
        {"name": "CACHE", "type": "kv_namespace", "namespace_id": "7" * 32},
        {"name": "HELLO", "type": "durable_object_namespace", "class_name": "Hello"},
        {"name": "FAR", "type": "durable_object_namespace", "class_name": "Far", "script_name": "other"},
        {"name": "KEY", "type": "secrets_store_secret", "store_id": "5" * 32, "secret_name": "api_key"},
        {"name": "AUTH", "type": "service", "service": "auth"},
        {"name": "ADMIN", "type": "service", "service": "auth", "entrypoint": "Admin"},
    ]


def test_a_new_worker_gets_every_migration() -> None:
    assert plan_migrations([FIRST, SECOND], None) == {
        "new_tag": "v2",
        "steps": [
            {"new_sqlite_classes": ["Hello"]},
            {"renamed_classes": [{"from": "Hello", "to": "Greeter"}], "deleted_classes": ["Old"]},
        ],
    }


def test_only_the_migrations_after_the_applied_one_are_sent() -> None:
    plan = plan_migrations([FIRST, SECOND], "v1")
    assert plan is not None
    assert (plan["old_tag"], plan["new_tag"], len(plan["steps"])) == ("v1", "v2", 1)


def test_no_migration_is_sent_twice() -> None:
    assert plan_migrations([FIRST, SECOND], "v2") is None
    assert plan_migrations([], None) is None


@pytest.mark.parametrize(
    ("applied", "is_told"), [("v1", False), ("v2", False), ("v3", True), (None, False), ("V1", True)]
)
def test_a_migration_that_only_the_deployed_worker_has_is_warned_of(
    applied: str | None, is_told: bool
) -> None:
    assert bool(unknown_migration([FIRST, SECOND], applied)) == is_told
    assert unknown_migration([], applied) is None


def test_an_unknown_applied_migration_sends_all_of_them() -> None:
    plan = plan_migrations([FIRST, SECOND], "v0")
    assert plan is not None
    assert (plan["old_tag"], len(plan["steps"])) == ("v0", 2)


def test_secrets_are_kept_and_vars_are_not_unless_asked() -> None:
    configuration, bundle = a_configuration(), a_bundle()
    assert upload_metadata(configuration, bundle)["keep_bindings"] == ["secret_text", "secret_key"]
    assert upload_metadata(configuration, bundle, keep_vars=True)["keep_bindings"] == [
        "plain_text",
        "json",
        "secret_text",
        "secret_key",
    ]


def test_the_content_tag_follows_code_and_settings() -> None:
    configuration, bundle = a_configuration(), a_bundle()
    tag = content_tag(upload_metadata(configuration, bundle), bundle)
    changed_vars = replace(configuration, vars={"STAGE": "other"})
    other_code = replace(bundle, content_hash="another")

    assert len(tag) <= 25
    assert tag == content_tag(upload_metadata(configuration, bundle), bundle)
    assert tag != content_tag(upload_metadata(changed_vars, bundle), bundle)
    assert tag != content_tag(upload_metadata(configuration, other_code), other_code)


def test_sibling_environments_are_grouped_by_tags() -> None:
    assert merge_service_tags(("mine", "cf:service=old"), "web", "staging") == (
        "mine",
        "cf:service=web",
        "cf:environment=staging",
    )
    assert merge_service_tags(("mine",), None, None) == ("mine",)


def test_a_secret_that_is_uploaded_takes_the_place_of_a_variable() -> None:
    configuration = a_configuration(vars={"KEY": "text", "OTHER": "text"})
    made = upload_metadata(configuration, a_bundle(), secrets={"KEY": Sensitive("s")})
    kinds = [(each["name"], each["type"]) for each in made["bindings"]]
    assert [kind for kind in kinds if kind[0] in configuration.vars] == [
        ("OTHER", "plain_text"),
        ("KEY", "secret_text"),
    ]
