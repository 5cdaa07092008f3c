"""Single fields: types, choices, ranges, unknown, deprecated and missing ones."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler import config
from pywrangler.config import ConfigurationError
from tests.unit.config.project import FIELDS, Project, codes, container, fields, underlined

BOTH = pytest.mark.parametrize("name", ["wrangler.jsonc", "wrangler.toml"])


@BOTH
def test_a_working_configuration_has_no_problems(project: Project, name: str) -> None:
    configuration = project.load(fields(), name)
    assert configuration.warnings == ()
    assert (configuration.name, configuration.main) == ("my-worker", project.directory / "src/index.ts")
    assert configuration.compatibility_date == "2026-01-10"
    assert configuration.root == project.directory


def test_all_problems_are_found_in_one_run_in_the_order_of_the_file(project: Project) -> None:
    content = fields(name="My Worker", compatibility_date="soon", minify="yes", vars=[], containers={"a": 1})
    found = project.problems(content)
    assert codes(found, "error") == ["wrong-form", "wrong-form", "wrong-type", "wrong-type", "wrong-type"]
    assert [underlined(problem) for problem in found[:2]] == ['"My Worker"', '"soon"']
    lines = [problem.place.line for problem in found if problem.place]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("change", "code", "text", "hint"),
    [
        ({"name": 3}, "wrong-type", "3", 'Put it in quotes: "3".'),
        ({"name": None, "nmae": "x"}, "name-missing", '"nmae"', 'Did you mean "name"?'),
        ({"compatibility_flags": "x"}, "wrong-type", '"x"', 'Write ["x"].'),
        ({"containers": {"class_name": "A", "image": "x:1"}}, "wrong-type", "{", "in brackets: [ { ... } ]"),
        ({"kv_namespaces": [{"binding": "A", "id": ""}]}, "wrong-form", '""', None),
        ({"route": "a.com/*", "routes": ["b.com/*"]}, "routes-twice", '"route"', "to `routes`"),
        ({"minify": "true"}, "wrong-type", '"true"', "Write it without quotes: true."),
        ({"rules": [{"type": "Txt", "globs": []}]}, "unknown-choice", '"Txt"', 'Did you mean "Text"?'),
        ({"compatibility_date": "2026–01–10"}, "wrong-form", '"2026–01–10"', "Write hyphens"),
        ({"node_compat": True}, "removed-field", '"node_compat"', "Remove it"),
        ({"kv_namespaces": [{"id": "x"}]}, "field-missing", "{", '"binding": "MY_BINDING"'),
        ({"kv_namespaces": [{"bindng": "A"}]}, "field-missing", '"bindng"', 'Did you mean "binding"?'),
        ({"triggers": {"crons": ["* * * * *", 5]}}, "wrong-type", "5", "Put it in quotes"),
    ],
)
def test_a_mistake_names_its_text_and_the_change_to_make(
    project: Project, change: dict[str, Any], code: str, text: str, hint: str | None
) -> None:
    content = {key: value for key, value in {**fields(), **change}.items() if value is not None}
    problem = next(problem for problem in project.problems(content) if problem.code == code)
    assert underlined(problem) == text
    assert hint is None or (problem.hint and hint in problem.hint)


def test_a_toml_heading_asks_for_two_brackets(project: Project) -> None:
    text = (
        'name = "w"\nmain = "src/index.ts"\ncompatibility_date = "2026-01-10"\n[containers]\nimage = "x:1"\n'
    )
    problem = next(each for each in project.problems(text, "wrangler.toml") if each.code == "wrong-type")
    assert problem.hint == "Write its heading with two brackets: [[containers]]."


def test_a_toml_date_asks_for_quotes(project: Project) -> None:
    text = 'name = "w"\nmain = "src/index.ts"\ncompatibility_date = 2026-01-10\n'
    (problem,) = project.problems(text, "wrangler.toml")
    assert (problem.code, underlined(problem)) == ("wrong-type", "2026-01-10")
    assert problem.hint == 'Put it in quotes: "2026-01-10".'


def test_null_is_not_a_value(project: Project) -> None:
    text = '{"name": null, "main": "src/index.ts", "compatibility_date": "2026-01-10"}'
    assert codes(project.problems(text)) == ["wrong-type"]


def test_an_empty_configuration_lacks_three_fields(project: Project) -> None:
    found = project.problems("{}")
    assert codes(found) == ["main-missing", "compatibility-date-missing", "name-missing"]
    assert found[0].hint == 'Add:\n"main": "src/index.ts"'


def test_the_command_line_may_give_what_the_file_lacks(project: Project) -> None:
    main = project.write("other.js", "")
    file = project.configure("{}")
    configuration = config.load(file, name="given", main=main, compatibility_date="2026-02-02")
    assert (configuration.name, configuration.main) == ("given", main)


def test_other_products_are_listed_once(project: Project) -> None:
    configuration = project.load(fields(cloudchamber={"image": "i"}, access={"dev": 1}, send_metrics=False))
    assert configuration.unused == ("cloudchamber", "access")
    assert codes([*configuration.warnings]) == ["unused-fields"]


def test_what_only_cloudflare_acts_on_is_handed_on_as_it_is(project: Project) -> None:
    staging = {"d1_databases": [{"binding": "D"}]}
    content = fields(r2_buckets=[{"binding": "B"}], limits={"cpu_ms": 5}, env={"staging": staging})
    assert project.load(content).cloudflare == {"r2_buckets": [{"binding": "B"}], "limits": {"cpu_ms": 5}}
    inherited = project.load(content, environment="staging")
    assert inherited.cloudflare == {"d1_databases": [{"binding": "D"}], "limits": {"cpu_ms": 5}}
    assert "r2_buckets" in [underlined(warning).strip('"') for warning in inherited.warnings]


def test_a_field_inside_another_that_is_not_used_says_so(project: Project) -> None:
    configuration = project.load(fields(triggers={"crons": [], "events": ["e"]}))
    (warning,) = configuration.warnings
    assert (warning.code, underlined(warning)) == ("unused-field", '"events"')


GENERATED = {
    "configPath": "/project/wrangler.jsonc",
    "userConfigPath": "/project/wrangler.jsonc",
    "topLevelName": "my-worker",
    "definedEnvironments": [],
    "legacy_env": True,
    "jsx_factory": "React.createElement",
    "jsx_fragment": "React.Fragment",
    "rules": [],
    "triggers": {},
    "vars": {},
    "define": {},
    "durable_objects": {},
    "exports": {},
    "workflows": [],
    "connect": [],
    "kv_namespaces": [],
    "cloudchamber": {},
    "send_email": [],
    "queues": {"producers": [], "consumers": []},
    "r2_buckets": [],
    "d1_databases": [],
    "vectorize": [],
    "ai_search_namespaces": [],
    "hyperdrive": [],
    "services": [],
    "analytics_engine_datasets": [],
    "dispatch_namespaces": [],
    "mtls_certificates": [],
    "pipelines": [],
    "k2": [],
    "secrets_store_secrets": [],
    "unsafe_hello_world": [],
    "worker_loaders": [],
    "ratelimits": [],
    "vpc_services": [],
    "logfwdr": {"bindings": []},
    "python_modules": {"exclude": ["**/*.pyc"]},
    "unsafe": {},
    "no_bundle": True,
    "dev": {"ip": "localhost", "local_protocol": "http", "enable_containers": True, "generate_types": False},
}
"""What build tools write: every field of Wrangler's, most of them empty."""


@pytest.mark.parametrize("name", ["wrangler.json", "wrangler.toml"])
def test_a_generated_file_lists_every_field_and_there_is_nothing_to_say(project: Project, name: str) -> None:
    content = fields(containers=[], migrations=[], **GENERATED)
    assert project.problems(content, name) == []
    assert project.load(content, name).unused == ()


@pytest.mark.parametrize("name", sorted(GENERATED.keys() - {"legacy_env"}))
def test_an_empty_field_of_a_users_file_says_nothing(project: Project, name: str) -> None:
    assert [
        problem
        for problem in project.problems(fields(**{"containers": [], name: GENERATED[name]}))
        if problem.code in ("unused-fields", "unused-field", "unknown-field")
    ] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("python_modules", {"exclude": [], "include": ["x"]}),
        ("logfwdr", {"bindings": [{"name": "L", "destination": "d"}]}),
        ("cloudchamber", {"vcpu": 1}),
        ("preserve_file_names", True),
    ],
)
def test_one_that_says_something_is_reported(project: Project, name: str, value: object) -> None:
    assert project.load(fields(**{name: value})).unused == (name,)


def test_empty_fields_need_not_be_repeated_in_an_environment(project: Project) -> None:
    content = {**GENERATED, "definedEnvironments": None, "userConfigPath": None, "legacy_env": None}
    base = fields(containers=None, migrations=None, **content)
    assert project.problems({**base, "durable_objects": {}, "env": {"next": {}}}, environment="next") == []


def test_workflows_may_be_declared_as_exports(project: Project) -> None:
    exports = {"Sum": {"type": "workflow", "name": "sum", "limits": {"steps": 5}}}
    configuration = project.load(fields(exports=exports))
    assert (configuration.exports, configuration.unused) == (exports, ())


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"concurrency": {"limit": 2}, "default_retention": {"success_retention": "3 days"}}, []),
        ({"default_retention": {"success_retention": 5, "error_retention": "1 week"}}, []),
        ({"concurrency": {"limit": 0}}, ["out-of-range"]),
        ({"concurrency": 3}, ["wrong-type"]),
        ({"default_retention": {"error_retention": ""}}, ["wrong-form"]),
        ({"limits": {"steps": 25_001}}, ["out-of-range"]),
        ({"jurisdiction": "mars"}, ["unknown-choice"]),
    ],
)
def test_settings_of_workflows_are_checked(
    project: Project, settings: dict[str, Any], wrong: list[str]
) -> None:
    workflow = {"binding": "W", "name": "w", "class_name": "W", **settings}
    assert [each.code for each in project.problems(fields(workflows=[workflow]))] == wrong


def test_objects_may_say_how_they_get_new_code(project: Project) -> None:
    strategy = {"mode": "deferred", "max_delay": 0.5}
    durable_objects = {**FIELDS["durable_objects"], "code_update_strategy": strategy}
    assert project.load(fields(durable_objects=durable_objects)).cloudflare == {
        "code_update_strategy": strategy
    }


@pytest.mark.parametrize(
    ("value", "code", "hint"),
    [
        ("http_pull", "unknown-choice", "Remove this consumer."),
        ("unbound", "unknown-choice", "Remove this consumer."),
        ("", "unknown-choice", "Remove this consumer."),
        ("Worker", "unknown-choice", 'Did you mean "worker"?'),
        ("wroker", "unknown-choice", 'Did you mean "worker"?'),
        (None, "wrong-type", "remove the line"),
        (1, "wrong-type", ""),
        (["worker"], "wrong-type", '"worker"'),
    ],
)
def test_consumers_of_queues_are_workers(project: Project, value: Any, code: str, hint: str) -> None:
    consumer = {"queue": "q", "type": "worker"}
    assert project.problems(fields(queues={"consumers": [consumer, {"queue": "r"}]})) == []
    found = project.problems(fields(queues={"consumers": [consumer, {**consumer, "type": value}]}))
    assert codes(found) == [code]
    assert found[0].message.startswith('"queues.consumers[1].type" must be "worker", but is ')
    assert found[0].place is not None
    assert hint in (found[0].hint or "")


def test_a_deprecated_field_names_its_successor(project: Project) -> None:
    configuration = project.load(container(instances=3))
    (warning,) = configuration.warnings
    assert (warning.code, warning.hint) == ("deprecated-field", 'Use "max_instances".')


def test_bindings_must_have_names_of_their_own(project: Project) -> None:
    found = project.problems(fields(vars={"MY_CONTAINER": "x"}))
    assert codes(found) == ["binding-repeated"]


@BOTH
def test_bindings_and_settings_arrive_in_the_record(project: Project, name: str) -> None:
    configuration = project.load(
        fields(
            vars={"A": "text", "B": {"json": True}},
            kv_namespaces=[{"binding": "KV", "id": "7" * 32}],
            secrets_store_secrets=[{"binding": "S", "store_id": "5" * 32, "secret_name": "existing"}],
            services=[{"binding": "API", "service": "other", "entrypoint": "Api"}],
            triggers={"crons": ["0 * * * *"]},
            rules=[{"type": "Text", "globs": ["**/*.md"], "fallthrough": True}],
            define={"X": "1"},
            alias={"a": "./b"},
            tsconfig="tsconfig.json",
            workers_dev=False,
            keep_vars=True,
            observability={"enabled": True},
            dev={"container_engine": {"localDocker": {"socketPath": "unix:///x.sock"}}},
        ),
        name,
    )
    assert configuration.vars == {"A": "text", "B": {"json": True}}
    assert [(kv.binding, kv.id) for kv in configuration.kv_namespaces] == [("KV", "7" * 32)]
    assert configuration.secrets_store_secrets[0].secret_name == "existing"
    assert configuration.services[0].entrypoint == "Api"
    assert configuration.crons == ("0 * * * *",)
    assert configuration.rules[0].globs == ("**/*.md",)
    assert configuration.tsconfig == project.directory / "tsconfig.json"
    assert (configuration.workers_dev, configuration.keep_vars) == (False, True)
    assert configuration.container_engine == "unix:///x.sock"
    assert configuration.warnings == ()


def test_without_triggers_there_are_no_crons_to_set(project: Project) -> None:
    assert project.load(fields()).crons is None
    assert project.load(fields(triggers={"crons": []})).crons == ()


def test_a_missing_entry_file_suggests_the_one_beside_it(project: Project) -> None:
    (problem,) = project.problems(fields(main="src/indx.ts"))
    assert (problem.code, problem.hint) == ("main-missing", 'Did you mean "src/index.ts"?')


def test_the_error_carries_every_problem_as_json(project: Project) -> None:
    with pytest.raises(ConfigurationError) as caught:
        project.load(container(max_instances=-1, instance_type="lit"))
    data = caught.value.as_json()
    assert data["code"] == "configuration"
    assert data["message"] == "The configuration wrangler.jsonc has 2 errors"
    listed = data["problems"]
    assert isinstance(listed, list)
    assert listed[0] == {
        "severity": "error",
        "code": "out-of-range",
        "message": '"containers[0].max_instances" must be 0 or more, but is -1',
        "file": str(project.directory / "wrangler.jsonc"),
        "line": 9,
        "column": 24,
        "length": 2,
        "hint": None,
        "environments": [],
    }
