"""What works and is probably not meant: every warning that Wrangler gives for such a configuration."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler import config
from tests.unit.config.project import FIELDS, Project, codes, fields, underlined

RULE = {"type": "Text", "globs": ["**/*.md"]}
ASSETS = {"directory": "./src"}
KEY = {"accessKeyId": "id", "secretAccessKey": "secret"}
SERVICE = {"binding": "S", "service": "other"}
PLUGIN = {"plugin": {"package": "p", "name": "n"}, "options": {"a": 1}}


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"account_id": ""}, "empty-field", '"account_id"'),
        ({"route": ""}, "empty-field", '"route"'),
        ({"unsafe": {"metadata": {"a": 1}}}, "experimental-field", '"unsafe"'),
        (
            {"r2_buckets": [{"binding": "B", "local_dev": {"experimental_s3_credentials": KEY}}]},
            "experimental-field",
            '"experimental_s3_credentials"',
        ),
        (
            {"queues": {"producers": [{"binding": "Q", "queue": "q", "delivery_delay": 1}]}},
            "deprecated-field",
            None,
        ),
        ({"pipelines": [{"binding": "P", "pipeline": "p"}]}, "deprecated-field", '"pipeline"'),
        ({"minify": True, "no_bundle": True}, "minify-without-bundle", '"minify"'),
        ({"minify": False, "no_bundle": True}, None, None),
        ({"services": [{**SERVICE, "dev": PLUGIN}]}, None, None),
        ({"services": [{**SERVICE, "dev": PLUGIN, "remote": False}]}, None, None),
        ({"services": [{**SERVICE, "dev": PLUGIN, "remote": True}]}, "remote-without-effect", '"remote"'),
        ({"rules": [RULE]}, "rule-ignored", "{"),
        ({"rules": [{**RULE, "type": "ESModule"}] * 2}, "rule-ignored", "{"),
        ({"assets": ASSETS, "route": "example.com/api/*"}, "assets-below-path", '"example.com/api/*"'),
        ({"assets": ASSETS, "routes": ["example.com"]}, "assets-below-path", '"example.com"'),
        (
            {"assets": {**ASSETS, "base_path": "/docs"}, "workers_dev": False, "routes": ["example.com/*"]},
            None,
            None,
        ),
        (
            {"assets": {**ASSETS, "base_path": "/docs"}, "workers_dev": False},
            "assets-out-of-reach",
            '"/docs"',
        ),
        (
            {
                "assets": {**ASSETS, "binding": "A", "run_worker_first": True},
                "placement": {"mode": "smart"},
            },
            "assets-moved",
            '"smart"',
        ),
        (
            {"compatibility_flags": ["nodejs_compat_v2"], "no_bundle": True},
            "flag-without-effect",
            '"nodejs_compat_v2"',
        ),
        ({"rules": [{**RULE, "fallthrough": False}]}, None, None),
        ({"rules": [{**RULE, "fallthrough": True}] * 2}, None, None),
        ({"rules": [{**RULE, "type": "ESModule"}]}, None, None),
        ({"assets": ASSETS, "routes": ["example.com/*"]}, None, None),
        ({"assets": {**ASSETS, "run_worker_first": True, "binding": "A"}, "route": "x.y/z"}, None, None),
        ({"assets": ASSETS, "routes": [{"pattern": "x.y", "custom_domain": True}]}, None, None),
        ({"unsafe": {}}, None, None),
    ],
)
def test_the_warning_has_its_place(
    project: Project, changes: dict[str, Any], code: str | None, text: str | None
) -> None:
    found = project.problems(fields(**changes))
    assert codes(found, "warning") == codes(found) == ([code] if code else [])
    if text:
        assert underlined(found[0]).startswith(text)


@pytest.mark.parametrize("kind", ["ai", "r2_bucket", "service", "metadata"])
def test_bindings_in_the_apis_form_have_fields_of_their_own(project: Project, kind: str) -> None:
    found = project.problems(fields(unsafe={"bindings": [{"name": "X", "type": kind}]}))
    assert codes(found) == ["experimental-field", "binding-unsafe"]
    assert underlined(found[1]) == f'"{kind}"'


def test_what_is_experimental_at_the_top_level_is_reported_in_every_environment(project: Project) -> None:
    unsafe = {"bindings": [{"name": "X", "type": "ai"}]}
    repeated = _repeated("containers", "durable_objects")
    found = project.problems(
        fields(unsafe=unsafe, env={"next": {**repeated, "unsafe": unsafe}}), environment="next"
    )
    assert codes(found) == ["experimental-field", "binding-unsafe", "binding-unsafe"]
    found = project.problems(fields(env={"next": {**repeated, "unsafe": unsafe}}), environment="next")
    assert codes(found) == ["experimental-field", "binding-unsafe"]


def test_containers_may_have_other_names_in_each_environment(project: Project) -> None:
    own = [{**FIELDS["containers"][0], "name": "b"}]
    top = [{**FIELDS["containers"][0], "name": "a"}]
    content = fields(containers=top, env={"next": {**_repeated("durable_objects"), "containers": own}})
    assert codes(project.problems(content, environment="next")) == []


def test_settings_of_other_commands_are_not_warned_of(project: Project) -> None:
    """Astro (7) writes `previews` into its generated configuration."""
    previews = {"kv_namespaces": [{"binding": "SESSION"}], "images": {"binding": "IMAGES"}}
    assert codes(project.problems(fields(previews=previews))) == []


@pytest.mark.parametrize("name", ["data_blobs", "text_blobs", "wasm_modules"])
def test_the_older_syntax_is_refused_as_by_wrangler(project: Project, name: str) -> None:
    assert codes(project.problems(fields(**{name: {"A": "a.txt"}}))) == ["older-syntax"]
    assert codes(project.problems(fields(**{name: {}}))) == []


@pytest.mark.parametrize("flags", [["nodejs_compat", "nodejs_compat_v2"], ["experimental:nodejs_compat_v2"]])
def test_flags_for_node_that_cannot_be(project: Project, flags: list[str]) -> None:
    assert codes(project.problems(fields(compatibility_flags=flags)), "error") == ["wrong-flag"]


def test_environments_want_a_name_at_the_top_level(project: Project) -> None:
    content = fields(name=None, containers=None, env={"a": {"name": "w", **_repeated("durable_objects")}})
    found = project.problems(content, environment="a")
    assert codes(found) == ["environments-without-name"]


def _repeated(*names: str) -> dict[str, Any]:
    return {name: FIELDS[name] for name in names}


@pytest.mark.parametrize(
    ("top", "own", "missing"),
    [
        (
            {"kv_namespaces": [{"binding": "A"}, {"binding": "B"}]},
            {"kv_namespaces": [{"binding": "A"}]},
            '"B"',
        ),
        ({"r2_buckets": [{"binding": "A"}]}, {"r2_buckets": [{"binding": "B"}]}, '"A"'),
        ({"define": {"A": "1", "B": "2"}}, {"define": {"A": "1"}}, '"B"'),
        ({"vars": {"A": "1"}}, {"vars": {}}, '"A"'),
        ({"services": [{"binding": "A", "service": "x"}]}, {"services": []}, '"A"'),
        ({"kv_namespaces": [{"binding": "A"}]}, {"kv_namespaces": []}, '"A"'),
        ({"unsafe": {"bindings": []}}, {"unsafe": {}}, None),
        ({"send_email": [{"name": "A"}]}, {"send_email": []}, '"A"'),
        ({"tail_consumers": [{"service": "A"}]}, {"tail_consumers": []}, None),
        ({"kv_namespaces": []}, {"kv_namespaces": []}, None),
        ({"define": {"A": "1"}}, {"define": {"A": "2"}}, None),
    ],
)
def test_entries_that_an_environment_lacks_are_named(
    project: Project, top: dict[str, Any], own: dict[str, Any], missing: str | None
) -> None:
    repeated = _repeated("containers", "durable_objects")
    found = project.problems(fields(**top, env={"next": {**repeated, **own}}), environment="next")
    assert codes(found) == (["not-inherited"] if missing else [])
    if missing:
        assert missing in found[0].message


def test_classes_that_an_environment_lacks_are_named(project: Project) -> None:
    binding = {"name": "OTHER", "class_name": "MyContainer"}
    own = {**_repeated("containers"), "durable_objects": {"bindings": [binding]}}
    (problem,) = project.problems(fields(env={"next": own}), environment="next")
    assert (problem.code, '"MY_CONTAINER"' in problem.message) == ("not-inherited", True)


def test_a_constant_of_an_environment_alone_is_reported(project: Project) -> None:
    own = {**_repeated("containers", "durable_objects"), "define": {"A": "1", "B": "2"}}
    (problem,) = project.problems(fields(define={"A": "1"}, env={"next": own}), environment="next")
    assert (problem.code, underlined(problem)) == ("define-only-here", '"B"')


def test_a_file_that_a_tool_wrote_may_have_empty_texts(project: Project) -> None:
    content = fields(account_id="", route="", userConfigPath="wrangler.jsonc")
    assert config.check(project.configure(content))[1] == []
