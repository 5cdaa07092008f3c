"""Fields that are none: misspelled, at the wrong level, or another tool's. One mistake makes one problem."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pywrangler import config
from pywrangler.config.syntax.edit import fix
from tests.unit.config.project import FIELDS, Project, container, fields, underlined

BINDING = {"name": "MY_CONTAINER", "class_name": "MyContainer"}
HEAD = 'name = "w"\nmain = "src/index.ts"\ncompatibility_date = "2026-01-10"\n'


def renamed(content: dict[str, Any], **names: str) -> dict[str, Any]:
    """The same with other keys."""
    return {names.get(key, key): value for key, value in content.items()}


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        (renamed(FIELDS, main="mian"), "main-missing", '"mian"'),
        (renamed(FIELDS, main="entry"), "main-missing", '"entry"'),
        (renamed(FIELDS, name="Name"), "name-missing", '"Name"'),
        (
            renamed(FIELDS, compatibility_date="compatability_date"),
            "compatibility-date-missing",
            '"compatability_date"',
        ),
        (container(class_name=None, className="MyContainer"), "container-without-class", '"className"'),
        (container(class_name=None, clas_name="MyContainer"), "container-without-class", '"clas_name"'),
        (container(image=None, imgae="./Dockerfile"), "image-missing", '"imgae"'),
        (container(image=None, dockerfile="./Dockerfile"), "image-missing", '"dockerfile"'),
        (
            fields(durable_objects={"bindings": [{"binding": "A", "class_name": "MyContainer"}]}),
            "field-missing",
            '"binding"',
        ),
        (
            fields(migrations=[{"tag": "v1", "new_sqlite_clases": ["MyContainer"]}]),
            "class-not-linked",
            '"new_sqlite_clases"',
        ),
        (renamed(FIELDS, migrations="migration"), "class-not-linked", '"migration"'),
        (renamed(FIELDS, durable_objects="durable_object"), "class-not-linked", '"durable_object"'),
    ],
)
def test_a_misspelled_field_is_reported_once_and_fixed(
    project: Project, content: dict[str, Any], code: str, text: str
) -> None:
    file = project.configure(content)
    (problem,) = config.check(file)[1]
    assert (problem.code, underlined(problem)) == (code, text)
    assert problem.hint
    assert problem.hint.startswith("Did you mean")
    fix(file, lambda: config.check(file)[1])
    assert config.load(file).warnings == ()


def test_a_field_is_misspelled_where_the_environment_has_it(project: Project) -> None:
    content = {
        **fields(main=None),
        "env": {"staging": {**fields(main=None, name=None), "mian": "src/index.ts"}},
    }
    (problem,) = project.problems(content, environment="staging")
    assert (problem.code, underlined(problem)) == ("main-missing", '"mian"')


@pytest.mark.parametrize(
    ("content", "text", "hint"),
    [
        (fields(max_instances=3), '"max_instances"', 'It belongs in an entry of "containers".'),
        (fields(maxInstances=3), '"maxInstances"', 'It belongs in an entry of "containers".'),
        (fields(image="./Dockerfile"), '"image"', 'It belongs in an entry of "containers".'),
        (fields(instance_type="lite"), '"instance_type"', 'It belongs in an entry of "containers".'),
        (
            fields(class_name="A"),
            '"class_name"',
            'It belongs in an entry of "containers" or "durable_objects.bindings".',
        ),
        (fields(crons=["0 * * * *"]), '"crons"', 'It belongs in "triggers".'),
        (container(vcpu=1), '"vcpu"', 'It belongs in "containers.instance_type".'),
        (container(regions=["ENAM"]), '"regions"', 'It belongs in "containers.constraints".'),
        (container(compatibility_flags=[]), '"compatibility_flags"', "It belongs at the top level."),
        (
            fields(durable_objects={"bindings": [{**BINDING, "max_instances": 3}]}),
            '"max_instances"',
            'It belongs in an entry of "containers".',
        ),
        (
            container(script_name="x"),
            '"script_name"',
            'It belongs in an entry of "durable_objects.bindings".',
        ),
    ],
)
def test_a_field_at_the_wrong_level_is_reported_with_its_level(
    project: Project, content: dict[str, Any], text: str, hint: str
) -> None:
    (problem,) = project.problems(content)
    assert (problem.code, underlined(problem), problem.hint) == ("misplaced-field", text, hint)


def test_bindings_at_the_top_level_are_why_nothing_leads_to_the_class(project: Project) -> None:
    (problem,) = project.problems(fields(durable_objects=None, bindings=[BINDING]))
    assert (problem.severity, underlined(problem)) == ("warning", '"bindings"')
    assert problem.hint == 'It belongs in "durable_objects".'


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (fields(sleepAfter="5m"), 'sleepAfter = "10m";'),
        (container(sleep_after="5m"), 'sleepAfter = "10m";'),
        (container(defaultPort=80), "defaultPort = 8080;"),
        (container(enableInternet=False), "enableInternet = false;"),
        (container(ports=["80:80"]), "requiredPorts = [8080, 9090];"),
        (container(env={"A": "b"}), 'envVars = { KEY: "value" };'),
        (container(command="npm start"), 'entrypoint = ["node", "server.js"];'),
        (container(volumes=[]), "Instances have no volumes"),
        (container(min_instances=1), "Instances start when the Worker asks for them"),
        (container(memory="1GB"), '"instance_type" is a table of vcpu, memory_mib and disk_mb'),
        (container(context="."), 'It is called "image_build_context".'),
        (container(instance_type={"memory": 512, "vcpu": 1}), 'It is called "memory_mib".'),
        (fields(cron="0 * * * *"), 'Write "triggers", with a list of "crons".'),
        (fields(staging={"vars": {"A": "b"}}), 'belongs in "env": { "staging": ... }.'),
    ],
)
def test_habits_are_reported_with_what_to_write_instead(
    project: Project, content: dict[str, Any], hint: str
) -> None:
    problem = next(each for each in project.problems(content) if each.code == "unknown-field")
    assert problem.hint
    assert hint in problem.hint


def test_a_whole_configuration_inside_a_field_is_one_mistake(project: Project) -> None:
    (problem,) = project.problems({"$schema": "x", "worker": FIELDS})
    assert (problem.code, underlined(problem)) == ("wrapped-configuration", '"worker"')
    (problem,) = project.problems(json.dumps([FIELDS]))
    assert (problem.code, problem.hint) == ("not-a-table", "Remove the brackets around the table.")


TABLES = """
[[containers]] # the application
class_name = "A"
image = "./Dockerfile"

[[durable_objects.bindings]]
name = "A"
class_name = "A"

[[migrations]]
tag = "v1"
new_sqlite_classes = ["A"]
"""


def test_a_line_below_a_toml_heading_is_moved_above_the_first(project: Project) -> None:
    file = project.configure(f"{HEAD}{TABLES}workers_dev = false # private\n", "wrangler.toml")
    (problem,) = config.check(file)[1]
    assert (problem.code, problem.severity, underlined(problem)) == (
        "misplaced-field",
        "warning",
        "workers_dev",
    )
    assert problem.hint == (
        "It belongs at the top level. In TOML that ends at the first heading: move the line above"
        " [[migrations]] on line 13."
    )
    fix(file, lambda: config.check(file)[1])
    assert file.read_text() == f"{HEAD}workers_dev = false # private\n{TABLES}"
    assert config.load(file).workers_dev is False


def test_a_required_line_below_a_toml_heading_is_reported_once(project: Project) -> None:
    head, main = HEAD.replace('main = "src/index.ts"\n', ""), 'main = "src/index.ts"'
    file = project.configure(f"{head}{TABLES}{main}", "wrangler.toml")
    (problem,) = config.check(file)[1]
    assert (problem.code, underlined(problem)) == ("main-missing", "main")
    fix(file, lambda: config.check(file)[1])
    assert config.load(file).warnings == ()


def test_what_follows_from_a_wrong_type_is_not_reported(project: Project) -> None:
    single = {"tag": "v1", "new_sqlite_classes": ["MyContainer"]}
    for change in (
        {"migrations": single},
        {"migrations": [{"tag": "v1", "new_sqlite_classes": "MyContainer"}]},
        {"durable_objects": [BINDING]},
        {"durable_objects": {"bindings": BINDING}},
        {"containers": FIELDS["containers"][0]},
    ):
        assert [problem.code for problem in project.problems(fields(**change))] == ["wrong-type"]


def test_lines_below_the_heading_of_variables_are_reported_as_fields(project: Project) -> None:
    text = f'{HEAD}[vars]\nHOST = "h"\ncompatibility_flags = ["nodejs_compat"] # needed\naccount_name = "a"\n'
    file = project.configure(text, "wrangler.toml")
    (problem,) = config.check(file)[1]
    assert (problem.code, underlined(problem)) == ("misplaced-field", "compatibility_flags")
    fix(file, lambda: config.check(file)[1])
    assert config.load(file).compatibility_flags == ("nodejs_compat",)
    assert set(config.load(file).vars) == {"HOST", "account_name"}


def test_a_file_that_begins_with_a_heading_has_its_fields_moved(project: Project) -> None:
    file = project.configure(f'[vars]\nHOST = "h"\n{HEAD}', "wrangler.toml")
    assert [underlined(problem) for problem in config.check(file)[1]] == [
        "name",
        "main",
        "compatibility_date",
    ]
    fix(file, lambda: config.check(file)[1])
    made = config.load(file)
    assert (made.name, dict(made.vars), made.warnings) == ("w", {"HOST": "h"}, ())


@pytest.mark.parametrize(
    ("content", "code", "hint"),
    [
        (
            fields(durable_objects={"MY_CONTAINER": "MyContainer"}),
            "other-shape",
            'Write { "bindings": [{ "name": "MY_CONTAINER", "class_name": "MyContainer" }] }',
        ),
        (fields(durable_objects=BINDING), "other-shape", 'Put them into a list: "bindings": [ { ... } ].'),
        (
            fields(durable_objects={"bindings": {"MY_CONTAINER": "MyContainer"}}),
            "wrong-type",
            'Write a list of tables: [{ "name": "MY_CONTAINER", "class_name": "MyContainer" }]',
        ),
        (
            fields(migrations=[{"tag": "v1", "renamed_classes": [{"Old": "MyContainer"}]}]),
            "other-shape",
            'Write { "from": "Old", "to": "MyContainer" }',
        ),
        (
            container(image=None, build={"dockerfile": "D"}),
            "image-missing",
            'Did you mean "image"? Write "D"',
        ),
        (
            fields(env={"staging": {**FIELDS, "alias": {}}}),
            "misplaced-field",
            "It can be set at the top level only, for all environments.",
        ),
        (
            fields(secrets={"API_KEY": "x"}),
            "unknown-field",
            "A secret does not belong in the file: pywrangler secret put API_KEY",
        ),
        (container(instance_type={"cpu": 1}), "unknown-field", 'It is called "vcpu".'),
    ],
)
def test_another_shape_is_one_mistake(
    project: Project, content: dict[str, Any], code: str, hint: str
) -> None:
    (problem,) = config.check_environments(project.configure(content))
    assert (problem.code, problem.hint) == (code, hint)


@pytest.mark.parametrize("name", ["wrangler.jsonc", "wrangler.toml"])
def test_a_table_becomes_a_list_of_one(project: Project, name: str) -> None:
    single = {"tag": "v1", "new_sqlite_classes": ["MyContainer"]}
    file = project.configure(fields(containers=FIELDS["containers"][0], migrations=single), name)
    assert [problem.code for problem in config.check(file)[1]] == ["wrong-type", "wrong-type"]
    fix(file, lambda: config.check(file)[1])
    assert config.load(file).warnings == ()
    assert len(config.load(file).containers) == 1
