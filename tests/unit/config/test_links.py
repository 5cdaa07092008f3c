"""Containers, bindings, migrations and the Worker's classes as one picture."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler import config
from pywrangler.config.problems.records import Problem
from pywrangler.config.syntax.edit import fix
from tests.unit.config.project import CONTAINER, Project, codes, container, fields, underlined

EXPORT = {"type": "durable-object", "storage": "sqlite"}


def only_problem(
    project: Project, content: dict[str, Any], name: str = "wrangler.jsonc", **options: Any
) -> Problem:
    (problem,) = project.problems(content, name, **options)
    return problem


def test_a_class_that_is_nowhere_shows_what_to_add_in_jsonc(project: Project) -> None:
    problem = only_problem(project, fields(durable_objects=None, migrations=None))
    assert (problem.code, underlined(problem)) == ("container-without-durable-object", '"MyContainer"')
    assert problem.hint == (
        'Add:\n"durable_objects": { "bindings": [{ "name": "MY_CONTAINER", "class_name": "MyContainer" }] }\n'
        'Add:\n"migrations": [{ "tag": "v1", "new_sqlite_classes": ["MyContainer"] }]'
    )


def test_a_class_that_is_nowhere_shows_what_to_add_in_toml(project: Project) -> None:
    problem = only_problem(project, fields(durable_objects=None, migrations=None), "wrangler.toml")
    assert problem.hint == (
        'Add:\n[[durable_objects.bindings]]\nname = "MY_CONTAINER"\nclass_name = "MyContainer"\n'
        'Add:\n[[migrations]]\ntag = "v1"\nnew_sqlite_classes = ["MyContainer"]'
    )


def test_a_misspelled_class_is_recognised(project: Project) -> None:
    problem = only_problem(project, container(class_name="MyContaner"))
    assert (problem.code, problem.hint) == ("container-without-durable-object", 'Did you mean "MyContainer"?')


def test_an_unlike_class_gets_the_next_free_tag(project: Project) -> None:
    problem = only_problem(project, container(class_name="Other"))
    assert problem.hint == (
        'Add to "durable_objects.bindings":\n{ "name": "OTHER", "class_name": "Other" }\n'
        'Add to "migrations":\n{ "tag": "v2", "new_sqlite_classes": ["Other"] }'
    )


def test_a_bound_class_needs_a_migration(project: Project) -> None:
    problem = only_problem(project, fields(migrations=None))
    assert (problem.code, problem.severity) == ("class-without-migration", "error")


def test_key_value_storage_does_not_do_for_a_container(project: Project) -> None:
    problem = only_problem(project, fields(migrations=[{"tag": "v1", "new_classes": ["MyContainer"]}]))
    assert (problem.code, underlined(problem)) == ("container-class-not-sqlite", '"MyContainer"')
    assert problem.hint
    assert '"new_sqlite_classes": ["MyContainer"]' in problem.hint


def test_renamed_deleted_and_transferred_classes_are_followed(project: Project) -> None:
    migrations = [
        {"tag": "v1", "new_sqlite_classes": ["Old", "Gone"]},
        {"tag": "v2", "renamed_classes": [{"from": "Old", "to": "MyContainer"}], "deleted_classes": ["Gone"]},
    ]
    configuration = project.load(fields(migrations=migrations))
    assert configuration.warnings == ()
    assert configuration.migrations[1].renamed_classes == (("Old", "MyContainer"),)
    deleted = [*migrations, {"tag": "v3", "deleted_classes": ["MyContainer"]}]
    problem = only_problem(project, fields(migrations=deleted))
    assert (problem.code, underlined(problem)) == ("class-gone", '"MyContainer"')
    assert problem.message.endswith('is deleted by "migrations[2].deleted_classes[0]" on line 43')
    transferred = [
        {"tag": "v1", "transferred_classes": [{"from": "A", "from_script": "b", "to": "MyContainer"}]}
    ]
    assert project.load(fields(migrations=transferred)).warnings == ()


def test_a_class_without_a_binding_is_a_warning(project: Project) -> None:
    (warning,) = project.load(fields(durable_objects=None)).warnings
    assert warning.code == "class-without-binding"


def test_a_container_cannot_belong_to_another_workers_class(project: Project) -> None:
    binding = {"name": "X", "class_name": "MyContainer", "script_name": "other"}
    found = project.problems(fields(durable_objects={"bindings": [binding]}, migrations=None))
    assert codes(found) == ["class-of-another-worker"]
    assert found[0].hint == (
        'Remove "script_name" from "durable_objects.bindings[0]", '
        "or give the container to a class of this Worker."
    )
    found = project.problems(fields(durable_objects={"bindings": [binding]}))  # a migration changes nothing
    assert codes(found) == ["class-of-another-worker"]
    binding["script_name"] = "my-worker"
    assert project.load(fields(durable_objects={"bindings": [binding]})).warnings == ()


def test_what_the_code_exports_is_compared(project: Project) -> None:
    assert project.load(fields(), exported_classes=frozenset({"MyContainer"})).warnings == ()
    problem = only_problem(project, fields(), exported_classes=frozenset({"MyContainers"}))
    assert (problem.code, problem.hint) == ("class-not-exported", 'Did you mean "MyContainers"?')
    problem = only_problem(project, fields(), exported_classes=frozenset())
    assert problem.hint == "It exports no class. Export it: export class MyContainer ..."


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ({"class_name": "MyContainer", "name": "b"}, ["class-with-two-containers"]),
        ({"class_name": "Other", "name": "my-worker-mycontainer"}, ["application-repeated"]),
    ],
)
def test_containers_and_classes_pair_up_one_to_one(
    project: Project, second: dict[str, Any], found: list[str]
) -> None:
    content = fields(
        containers=[CONTAINER, {"image": "./Dockerfile", **second}],
        durable_objects={
            "bindings": [{"name": "A", "class_name": "MyContainer"}, {"name": "B", "class_name": "Other"}]
        },
        migrations=[{"tag": "v1", "new_sqlite_classes": ["MyContainer", "Other"]}],
    )
    assert codes(project.problems(content)) == found


def by_exports(exports: dict[str, Any], **changes: Any) -> dict[str, Any]:
    entry = {**CONTAINER, **changes}
    entry = {key: value for key, value in entry.items() if value is not None}
    return fields(migrations=None, exports=exports, containers=[entry])


def test_exports_declare_classes_instead_of_migrations(project: Project) -> None:
    configuration = project.load(by_exports({"MyContainer": EXPORT}))
    assert configuration.warnings == ()
    assert configuration.exports == {"MyContainer": EXPORT}


def test_a_class_of_exports_needs_no_binding(project: Project) -> None:
    content = {**by_exports({"MyContainer": EXPORT}), "durable_objects": {"bindings": []}}
    assert project.load(content).warnings == ()


def test_exports_link_the_container_from_the_other_side(project: Project) -> None:
    exports = {"MyContainer": {**EXPORT, "container": "app"}}
    (made,) = project.load(by_exports(exports, class_name=None, name="app")).containers
    assert (made.name, made.class_name) == ("app", "MyContainer")


@pytest.mark.parametrize(
    ("exports", "changes", "found"),
    [
        ({"Other": EXPORT}, {}, "container-without-durable-object"),
        ({"MyContainer": {**EXPORT, "storage": "legacy-kv"}}, {}, "container-class-not-sqlite"),
        ({"MyContainer": {**EXPORT, "container": "nope"}}, {}, "unknown-container"),
        (
            {"MyContainer": {"type": "durable-object", "state": "deleted"}},
            {},
            "container-without-durable-object",
        ),
        (
            {"Other": {**EXPORT, "container": "app"}, "MyContainer": EXPORT},
            {"name": "app"},
            "links-disagree",
        ),
        ({"MyContainer": EXPORT}, {"class_name": None, "name": "app"}, "container-without-class"),
    ],
)
def test_wrong_exports_are_errors(
    project: Project, exports: dict[str, Any], changes: dict[str, Any], found: str
) -> None:
    assert found in codes(project.problems(by_exports(exports, **changes)), "error")


def test_migrations_and_exports_exclude_each_other(project: Project) -> None:
    assert codes(project.problems(fields(exports={"MyContainer": EXPORT}))) == ["migrations-and-exports"]


def test_two_migrations_with_one_tag_are_a_warning(project: Project) -> None:
    migrations = [{"tag": "v1", "new_sqlite_classes": ["MyContainer"]}, {"tag": "v2"}, {"tag": "v1"}]
    (warning,) = project.load(fields(migrations=migrations)).warnings
    assert (warning.code, underlined(warning)) == ("migration-repeated", '"v1"')
    assert warning.message == (
        'The tag "v1" is taken by "migrations[0].tag" on line 22; every deploy after the first runs this step'
        " again, which Cloudflare refuses"
    )
    assert warning.hint == (
        'Give it the tag "v3". If it was deployed, move its fields into "migrations[0]" instead.'
    )


def test_so_they_are_before_another_one(project: Project) -> None:
    first = {"tag": "v1", "new_sqlite_classes": ["MyContainer"]}
    migrations = [first, {"tag": "v1"}, {"tag": "v1"}, {"tag": "v2"}]
    warnings = project.load(fields(migrations=migrations)).warnings
    assert codes([*warnings]) == ["migration-repeated"] * 2
    assert "a deploy to a Worker with this tag runs this step again" in warnings[0].message


def test_a_renamed_class_is_named_by_its_new_name(project: Project) -> None:
    migrations = [
        {"tag": "v1", "new_sqlite_classes": ["MyContainer"]},
        {"tag": "v2", "renamed_classes": [{"from": "MyContainer", "to": "Box"}]},
    ]
    problem = only_problem(project, fields(migrations=migrations))
    assert (problem.code, underlined(problem), problem.hint) == (
        "class-gone",
        '"MyContainer"',
        'Write "Box".',
    )


@pytest.mark.parametrize(
    ("second", "code", "severity"),
    [
        ({"new_sqlite_classes": ["MyContainer"]}, "class-created-twice", "error"),
        ({"new_classes": ["MyContainer"]}, "class-created-twice", "error"),
        ({"renamed_classes": [{"from": "Other", "to": "MyContainer"}]}, "class-created-twice", "error"),
        ({"renamed_classes": [{"from": "Unknown", "to": "New"}]}, "class-not-there", "warning"),
        ({"renamed_classes": [{"from": "Unknown", "to": "Other"}]}, "class-not-there", "warning"),
        ({"deleted_classes": ["Mycontainr"]}, "class-not-there", "warning"),
    ],
)
def test_migrations_that_do_not_fit_those_before(
    project: Project, second: dict[str, Any], code: str, severity: str
) -> None:
    first = {"tag": "v1", "new_sqlite_classes": ["MyContainer", "Other"]}
    problem = only_problem(project, fields(migrations=[first, {"tag": "v2", **second}]))
    assert (problem.code, problem.severity) == (code, severity)


@pytest.mark.parametrize(
    ("step", "text", "hint"),
    [
        (
            {"deleted_classes": ["Legacy"]},
            '"Legacy"',
            "Remove it, unless the deployed Worker has the class.",
        ),
        (
            {"renamed_classes": [{"from": "Ghost", "to": "New"}]},
            '"Ghost"',
            'Name "Ghost" in "new_sqlite_classes" of an earlier migration.',
        ),
        (
            {"new_sqlite_classes": ["MyContainer"], "deleted_classes": ["MyContainer", "MyContainer"]},
            '"MyContainer"',
            "Remove it.",
        ),
        (
            {"renamed_classes": [{"from": "Other", "to": "B"}], "new_classes": ["B"]},
            '"B"',
            "Remove it here.",
        ),
        (
            {"transferred_classes": [{"from": "A", "from_script": "chat", "to": "Other"}]},
            '"Other"',
            'Remove "Other" there, unless that was deployed: this step creates it.',
        ),
        (
            {"transferred_classes": [{"from": "A", "from_script": "my-worker", "to": "B"}]},
            '"my-worker"',
            'Name the Worker that has the class, or use "renamed_classes".',
        ),
        (
            {"renamed_classes": [{"from": "MyContainer", "to": "MyContainer"}]},
            "{",
            "Remove it.",
        ),
        ({"deleted_classes": ["MyContaine"]}, '"MyContaine"', 'Did you mean "MyContainer"?'),
    ],
)
def test_a_missing_class_is_reported_with_place_and_cure(
    project: Project, step: dict[str, Any], text: str, hint: str
) -> None:
    first = {"tag": "v1", "new_sqlite_classes": ["MyContainer", "Other"]}
    problem = only_problem(project, fields(migrations=[first, {"tag": "v2", **step}]))
    assert underlined(problem) == text
    assert problem.hint is not None
    assert problem.hint.endswith(hint)


def test_a_class_may_come_back(project: Project) -> None:
    migrations = [
        {"tag": "v1", "new_classes": ["MyContainer"]},
        {"tag": "v2", "deleted_classes": ["MyContainer"]},
        {"tag": "v3", "new_sqlite_classes": ["MyContainer"]},
    ]
    assert project.problems(fields(migrations=migrations)) == []


def test_a_class_without_container_may_lack_its_migration(project: Project) -> None:
    bindings = [{"name": "A", "class_name": "MyContainer"}, {"name": "B", "class_name": "Counter"}]
    (warning,) = project.load(fields(durable_objects={"bindings": bindings})).warnings
    assert (warning.code, underlined(warning)) == ("class-without-migration", '"Counter"')


def test_a_derived_name_begins_with_the_name_in_the_file(project: Project) -> None:
    file = project.configure(fields(name=None))
    (problem,) = config.check(file, name="given")[1]
    assert (problem.code, problem.hint) == (
        "container-without-name",
        'Add:\n"name": "my-worker-mycontainer"',
    )
    project.configure(fields(name=None, containers=[{**CONTAINER, "name": "app"}]))
    assert [found.name for found in config.load(file, name="given").containers] == ["app"]


def test_a_derived_name_begins_with_the_environments_own_name(project: Project) -> None:
    own = {"containers": [CONTAINER], "durable_objects": fields()["durable_objects"]}
    file = project.configure(fields(env={"a": {**own, "name": "own"}, "b": own}))
    names = [config.load(file, environment=each).containers[0].name for each in ("a", "b")]
    assert names == ["own-mycontainer-a", "my-worker-mycontainer-b"]


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (
            {"migrations": [{"tag": "v1", "new_sqlite_classes": ["MY_CONTAINER"]}]},
            "binding-for-class",
            '"MY_CONTAINER"',
        ),
        (
            {"durable_objects": {"bindings": [{"name": "MyContainer", "class_name": "MY_CONTAINER"}]}},
            "binding-swapped",
            '"MyContainer"',
        ),
        (
            {"durable_objects": {"bindings": [{"name": "MY_CONTAINER", "class_name": "MyContaner"}]}},
            "class-without-migration",
            '"MyContaner"',
        ),
    ],
)
def test_names_of_bindings_and_classes_that_were_mixed_up(
    project: Project, change: dict[str, Any], code: str, text: str
) -> None:
    file = project.configure(fields(**change))
    (problem,) = config.check(file)[1]
    assert (problem.code, underlined(problem)) == (code, text)
    fix(file, lambda: config.check(file)[1])
    made = config.load(file)
    assert made.warnings == ()
    assert (made.durable_objects[0].name, made.durable_objects[0].class_name) == (
        "MY_CONTAINER",
        "MyContainer",
    )


def test_a_class_keeps_its_first_storage(project: Project) -> None:
    migrations = [{"tag": "v1", "new_classes": ["MyContainer"], "new_sqlite_classes": ["MyContainer"]}]
    problem = only_problem(project, fields(migrations=migrations))
    assert problem.code == "class-created-twice"
    assert problem.hint == "Remove it there, unless that was deployed: a class keeps its storage."
