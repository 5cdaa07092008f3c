"""Fields that need or exclude each other, and the fields of Cloudflare's other products."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import tomlkit

from tests.unit.config.project import Project, codes, container, fields

NAMED = {"binding": "B"}
RATE = {"name": "R", "namespace_id": "1"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"compatibility_date": "2026-02-30"}, "no-such-date"),
        ({"route": "a.example/*", "routes": ["b.example/*"]}, "routes-twice"),
        ({"routes": [{"pattern": "a.example/*"}]}, "route-without-zone"),
        ({"routes": [{"pattern": "a", "zone_name": "b", "enabled": True}]}, "route-without-domain"),
        ({"routes": [{"pattern": "a", "zone_name": "b", "zone_id": "c"}]}, "two-zones"),
        ({"placement": {}}, "placement-without-mode"),
        ({"placement": {"hint": "wnam"}}, "placement-without-mode"),
        ({"placement": {"mode": "off", "hint": "wnam"}}, "placement-contradiction"),
        ({"placement": {"mode": "smart", "region": "aws:us-east-1"}}, "placement-contradiction"),
        ({"placement": {"mode": "targeted", "hint": "x", "region": "y"}}, "placement-contradiction"),
        ({"placement": {"mode": "targeted"}}, "placement-without-place"),
        ({"placement": {"region": "a", "host": "b"}}, "fields-excluded"),
        ({"observability": {}}, "observability-undecided"),
        ({"observability": {"head_sampling_rate": 1}}, "observability-undecided"),
        (
            {"send_email": [{"name": "M", "destination_address": "a", "allowed_destination_addresses": []}]},
            "fields-excluded",
        ),
        ({"vpc_networks": [NAMED]}, "binding-incomplete"),
        ({"ratelimits": [{**RATE, "simple": {"limit": 1, "period": 30}}]}, "rate-period"),
        ({"secrets": {"required": ["A", "A"]}}, "binding-repeated"),
        ({"vars": {"A": "x"}, "secrets": {"required": ["A"]}}, "binding-repeated"),
        ({"ai": {"binding": "A"}, "r2_buckets": [{"binding": "A"}]}, "binding-repeated"),
    ],
)
def test_what_does_not_go_together_is_refused(project: Project, changes: dict[str, Any], code: str) -> None:
    assert codes(project.problems(fields(**changes))) == [code]


def test_a_binding_in_the_apis_form_has_a_type(project: Project) -> None:
    found = project.problems(fields(unsafe={"bindings": [{"name": "X"}]}))
    assert codes(found, "error") == ["binding-incomplete"]


def test_a_binding_to_an_environment_names_the_worker(project: Project) -> None:
    binding = {"name": "MY_CONTAINER", "class_name": "MyContainer", "environment": "staging"}
    found = project.problems(fields(durable_objects={"bindings": [binding]}))
    assert codes(found) == ["binding-incomplete"]


def test_a_live_class_says_how_it_stores(project: Project) -> None:
    exports = {"MyContainer": {"type": "durable-object"}}
    assert "storage-missing" in codes(project.problems(fields(migrations=None, exports=exports)))


@pytest.mark.parametrize(
    "changes",
    [
        {"routes": ["a.example/*", {"pattern": "b.example", "custom_domain": True, "enabled": False}]},
        {"placement": {"mode": "smart", "hint": "wnam"}},
        {"placement": {"hostname": "db.example"}},
        {"observability": {"traces": {"enabled": True}, "redact_query_string": True}},
        {"ratelimits": [{**RATE, "simple": {"limit": 1, "period": 60}}]},
        {"d1_databases": [{**NAMED, "remote": True}], "r2_buckets": [{"binding": "C"}]},
        {
            "workflows": [
                {"binding": "B", "name": "w", "class_name": "W"},
                {"binding": "C", "name": "w", "class_name": "W"},
            ]
        },
        {"unsafe": {"bindings": [{"name": "X", "type": "custom", "own": 1}], "metadata": {"a": 1}}},
    ],
)
def test_what_goes_together_is_taken(project: Project, changes: dict[str, Any]) -> None:
    assert [warning.code for warning in project.load(fields(**changes)).warnings] in (
        [],
        ["unused-fields"],
        ["experimental-field"],
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tail_consumers": ["t"]}, "wrong-type"),
        ({"tail_consumers": [{}]}, "field-missing"),
        ({"r2_buckets": [{"binding": "B", "bucket_name": "My_Files"}]}, "wrong-form"),
        ({"r2_buckets": 5}, "wrong-type"),
        ({"routes": 5}, "wrong-type"),
        ({"routes": [5]}, "wrong-type"),
        ({"route": ["a.example/*"]}, "wrong-type"),
        ({"queues": "x"}, "wrong-type"),
        ({"queues": {"producers": [{"queue": "q"}]}}, "field-missing"),
        ({"unsafe": []}, "wrong-type"),
        ({"logpush": "yes"}, "wrong-type"),
        ({"compliance_region": "mars"}, "unknown-choice"),
        ({"cache": {}}, "field-missing"),
        ({"hyperdrive": [NAMED]}, "field-missing"),
        ({"rules": [{"type": "PythonModule", "globs": ["**/*.py"]}]}, "unknown-choice"),
    ],
)
def test_fields_of_other_products_are_checked(project: Project, changes: dict[str, Any], code: str) -> None:
    assert codes(project.problems(fields(**changes))) == [code]


def test_a_date_among_the_variables_is_to_be_quoted(project: Project) -> None:
    (found,) = project.problems(fields(vars={"DAY": datetime.date(2026, 1, 31)}), "wrangler.toml")
    assert (found.code, found.hint) == ("date-in-vars", 'Put it in quotes: "2026-01-31".')


def test_a_number_that_json_lacks_is_refused(project: Project) -> None:
    content = tomlkit.dumps(fields()) + "[vars.DEEP]\nLIST = [1, inf]\n"
    (found,) = project.problems(content, "wrangler.toml")
    assert (found.code, found.message) == (
        "number-in-vars",
        '"vars.DEEP.LIST[1]" is inf, and JSON has no such number',
    )


def test_a_binding_has_a_name(project: Project) -> None:
    assert codes(project.problems(fields(kv_namespaces=[{"binding": "", "id": "x"}]))) == ["wrong-form"]


def test_a_main_file_may_lack_its_suffix(project: Project) -> None:
    assert project.load(fields(main="src/index")).main.name == "index.ts"


def test_additional_modules_are_found_without_bundling_unless_denied(project: Project) -> None:
    assert project.load(fields(no_bundle=True)).find_additional_modules
    assert not project.load(fields(no_bundle=True, find_additional_modules=False)).find_additional_modules
    configuration = project.load(fields(find_additional_modules=True, base_dir="lib"))
    assert (configuration.find_additional_modules, configuration.base_dir) == (
        True,
        project.directory / "lib",
    )


def test_a_generated_configuration_says_for_which_environment_it_is(project: Project) -> None:
    generated = fields(targetEnvironment="staging", definedEnvironments=["staging"], topLevelName="top")
    configuration = project.load(generated)
    assert (configuration.environment, configuration.target_environment) == (None, "staging")


def test_a_container_names_a_class(project: Project) -> None:
    assert codes(project.problems(container(class_name=""))) == ["wrong-form"]
