"""Values of the wrong type or form, and such as can never work: what to write instead."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from pywrangler import config
from pywrangler.config.advice.wrong_types import SIZES
from pywrangler.config.checks.crons import read_cron
from pywrangler.config.checks.instance_types import NAMED
from pywrangler.config.problems.records import Problem
from pywrangler.config.syntax.edit import fix
from tests.unit.config.project import Project, codes, container, fields, underlined

SIZE = {"vcpu": 1, "memory_mib": 4096}


def only_problem(project: Project, content: dict[str, Any], name: str = "wrangler.jsonc") -> Problem:
    (problem,) = project.problems(content, name)
    return problem


@pytest.mark.parametrize("name", ["wrangler.jsonc", "wrangler.toml"])
@pytest.mark.parametrize(
    "content",
    [
        container(image=["./Dockerfile"]),
        container(ssh=True),
        container(max_instances="10"),
        container(rollout_step_percentage="50%", max_instances=2),
        fields(observability=True),
        fields(vars=["A=1", "B=x=y"]),
        fields(triggers="0 * * * *"),
        fields(triggers=["0 * * * *"]),
        fields(compatibility_flags="nodejs_compat"),
        fields(compatibility_date=20260110),
        fields(compatibility_date="2026-1-10"),
        fields(compatibility_date="2026/01/10"),
        fields(name="My-Worker"),
    ],
)
def test_what_can_only_mean_one_thing_is_fixed(project: Project, content: dict[str, Any], name: str) -> None:
    file = project.configure(content, name)
    assert codes(config.check(file)[1]) in (["wrong-type"], ["wrong-form"])
    fix(file, lambda: config.check(file)[1])
    made = config.load(file)
    assert made.warnings == ()
    assert made.name == "my-worker"
    assert made.compatibility_date == "2026-01-10"


@pytest.mark.parametrize(
    ("content", "text", "hint"),
    [
        (container(image=["./a", "./b"]), None, "A container has one image"),
        (container(image={"dockerfile": "./Dockerfile"}), None, 'Write "./Dockerfile"'),
        (container(instance_type="small"), '"small"', "By memory: lite 256 MiB, basic 1 GiB"),
        (container(instance_type="Standard-2"), '"Standard-2"', 'Did you mean "standard-2"?'),
        (container(instance_type={**SIZE, "memory_mib": "6GB"}), '"6GB"', "Write a number of MiB: 6144."),
        (container(instance_type={**SIZE, "memory_mib": "4096Mi"}), '"4096Mi"', "number of MiB: 4096."),
        (container(instance_type={**SIZE, "disk_mb": "2GB"}), '"2GB"', "Write a number of MB: 2000."),
        (container(rollout_active_grace_period="5m"), '"5m"', "Write a number of seconds: 300."),
        (fields(name="My Worker"), '"My Worker"', 'For example "my-worker".'),
        (fields(minify="yes"), '"yes"', "Write true."),
        (fields(containers=["./Dockerfile"]), '"./Dockerfile"', "Write a table: {"),
        (fields(containers={"web": {"image": "./Dockerfile"}}), None, "web"),
        (fields(durable_objects=[{"name": "A", "class_name": "B"}]), None, "durable_objects.bindings"),
        (fields(kv_namespaces=["KV"]), '"KV"', "Write a table: { "),
        (fields(kv_namespaces={"binding": "KV"}), None, "rackets"),
    ],
)
@pytest.mark.parametrize("name", ["wrangler.jsonc", "wrangler.toml"])
def test_a_value_of_the_wrong_kind_is_reported_with_what_to_write(
    project: Project, content: dict[str, Any], text: str | None, hint: str, name: str
) -> None:
    problem = only_problem(project, content, name)
    assert text is None or underlined(problem) == text
    assert problem.hint
    assert hint in problem.hint or hint == "durable_objects.bindings"


def test_a_list_of_names_and_values_is_a_table(project: Project) -> None:
    file = project.configure(fields(vars=[{"name": "A", "value": "1"}]))
    fix(file, lambda: config.check(file)[1])
    assert config.load(file).vars == {"A": "1"}


@pytest.mark.parametrize("date", ["2026-13-45", "2026-02-30", "0000-00-00"])
def test_a_compatibility_date_is_a_day(project: Project, date: str) -> None:
    problem = only_problem(project, fields(compatibility_date=date))
    assert (problem.code, underlined(problem)) == ("no-such-date", f'"{date}"')


def test_a_compatibility_date_is_not_in_the_future(project: Project) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    tomorrow, later = (str(today + datetime.timedelta(days=days)) for days in (1, 3))
    assert project.problems(fields(compatibility_date=tomorrow)) == []
    problem = only_problem(project, fields(compatibility_date=later))
    assert (problem.code, underlined(problem)) == ("date-in-future", f'"{later}"')


@pytest.mark.parametrize(
    "expression",
    [
        "* * * * *",
        "*/15 0-6,12 1 jan-jun MON",
        "0 0 L * *",
        "0 0 L-30 JAN *",
        "0 0 L-3W * *",
        "59 23 LW 12 *",
        "0 17 15W * *",
        "0 0 31W */2 *",
        "10 9 * * 6L",
        "0 0 * * FRIL",
        "0 0 * * mon#2",
        "0 0 * * 1-7",
        "0 0 * * L",
        "0/5 * * * 7",
        "5-5 0/23 1/30 1/11 1/6",
        "0 0 29 2 *",
        "0 0 31 4,6,12 *",
        "0 0 31 2 MON",
        " 1  2 3 4 7 ",
        "00 01 01 01 1",
    ],
)
def test_cron_expressions_that_cloudflare_takes(expression: str) -> None:
    assert read_cron(expression)


@pytest.mark.parametrize(
    ("expression", "message", "hint"),
    [
        ("every minute", "has five fields", "Such as `*/15 * * * *`."),
        ("* * * *", "and this has 4", "Such as `*/15 * * * *`."),
        ("0 */5 * * * *", "and this has 6", "There are no seconds: omit the first field."),
        ("@daily", "there are no shorthands", "Write `0 0 * * *`."),
        ("60 * * * *", "`60` is not a minute", "It goes from 0 to 59; `*` is every one."),
        ("0 24 * * *", "`24` is not an hour", "It goes from 0 to 23"),
        ("0 0 32 * *", "`32` is not a day of the month", "It goes from 1 to 31"),
        ("0 0 1 13 *", "`13` is not a month", "It goes from 1 to 12, or JAN to DEC"),
        ("0 0 * * 8", "`8` is not a day of the week", "It goes from 1 to 7, or SUN to SAT"),
        ("0 0 * * monday", "`monday` is not a day of the week", "or SUN to SAT"),
        ("0 22 * * 0", "`0` is not a day of the week", "not from 0. Write `SUN`."),
        ("0 22 * * 0-6", "`0-6` is not a day of the week", "Write `SUN-SAT`."),
        ("0 22 * * 0,3", "`0` is not a day of the week", "Write `SUN,WED`."),
        ("0 22 * * 5,0", "`0` is not a day of the week", "Write `FRI,SUN`."),
        ("0 22 * * 0#2", "`0#2` is not a day of the week", "Write `SUN#2`."),
        ("0 0 ? * MON", "`?` is not a day of the month", "Write `*`."),
        ("0 0 1 * ?", "`?` is not a day of the week", "Write `*`."),
        ("0 0 l * *", "`l` is not a day of the month", "Write `L`, in capitals."),
        ("0 0 1,L * *", "`L` is not a day of the month", "Write `L` alone."),
        ("0 0 * * MON,FRIL", "`FRIL` is not a day of the week", "Write `FRIL` alone."),
        ("0 0 L-31 * *", "`L-31` is not a day of the month", "It goes from 1 to 31"),
        ("0 0 * * MON#6", "`MON#6` is not a day of the week", None),
        ("0 0 31 2 *", "no month `2` has a day `31`", "The last day of these months is 29."),
        ("0 0 30,31 FEB *", "no month `FEB` has a day `30,31`", None),
        ("0 0 31 4,6,9,11 *", "so it never runs", "The last day of these months is 30."),
        ("0 0 31W 2 *", "so it never runs", None),
        ("0 0 L-29 2 *", "so it never runs", None),
        ("50-10 * * * *", "the range `50-10` runs backwards", "Write `50-59,0-10`."),
        ("0 22-2 * * *", "the range `22-2` runs backwards", "Write `22-23,0-2`."),
        ("0 0 * * FRI-MON", "the range `FRI-MON` runs backwards", "Write `FRI-SAT,SUN-MON`."),
        ("0 0 * * sat-sun", "the range `sat-sun` runs backwards", "Write `sat,sun`."),
        ("0 0 1 NOV-FEB *", "the range `NOV-FEB` runs backwards", "Write `NOV-DEC,JAN-FEB`."),
        ("0 22-2/2 * * *", "the range `22-2/2` runs backwards", None),
        ("5,* * * * *", "`*` is in a list", "Write `*` alone, or omit it."),
        ("*/0 * * * *", "`*/0` has no possible step", "The step goes from 1 to 59."),
        ("*/60 * * * *", "`*/60` has no possible step", "The step goes from 1 to 59."),
        ("0 0 1 */12 *", "`*/12` has no possible step", "The step goes from 1 to 11."),
        ("*/5/5 * * * *", "`*/5/5` has no possible step", None),
        ("5- * * * *", "`5-` is not a minute", None),
        ("1-2-3 * * * *", "`1-2-3` is not a minute", None),
        ("1,,2 * * * *", "`1,,2` is not a minute", None),
        ("\u0665 * * * *", "is not a minute", None),
        ("", "and this has 0", None),
    ],
)
def test_cron_expressions_that_cannot_be(
    project: Project, expression: str, message: str, hint: str | None
) -> None:
    problem = only_problem(project, fields(triggers={"crons": ["* * * * *", expression]}))
    assert (problem.code, underlined(problem)) == ("wrong-cron", f'"{expression}"')
    assert message in problem.message
    assert hint is None or hint in (problem.hint or "")


@pytest.mark.parametrize("second", ["0 3 * * 1", "00 3 * * sun", " 0 3  * * SUN-SUN"])
def test_cron_expressions_that_mean_the_same_are_warned_of(project: Project, second: str) -> None:
    problem = only_problem(project, fields(triggers={"crons": ["0 3 * * SUN", "0 4 * * *", second]}))
    assert (problem.code, problem.severity) == ("cron-repeated", "warning")
    assert underlined(problem) == f'"{second}"'


@pytest.mark.parametrize(
    ("route", "code", "text"),
    [
        ({"patern": "a.com/*", "zone_name": "a.com"}, "field-missing", '"patern"'),
        ({"pattern": "a.com/*"}, "route-without-zone", "{"),
        ({"pattern": "a.com/*", "zone_name": "a.com", "zone_id": "1"}, "two-zones", '"zone_name"'),
        ({"pattern": "a.com/*", "custom_domain": True}, "custom-domain-pattern", '"a.com/*"'),
        ({"pattern": "a.com/*", "zonename": "a.com", "zone_id": "1"}, "unknown-field", '"zonename"'),
        (3, "wrong-type", "3"),
        ("a.com/*", None, None),
        ({"pattern": "a.com", "custom_domain": True}, None, None),
        ({"pattern": "a.com/*", "zone_name": "a.com"}, None, None),
    ],
)
def test_routes_have_a_pattern_and_a_zone(
    project: Project, route: Any, code: str | None, text: str | None
) -> None:
    for content in (fields(routes=[route]), fields(route=route)):
        found = project.problems(content)
        assert [(each.code, underlined(each)) for each in found] == ([(code, text)] if code else [])


def test_affinities_are_a_table(project: Project) -> None:
    assert project.problems(container(affinities={"colocation": "datacenter"})) == []
    assert only_problem(project, container(affinities="x")).code == "wrong-type"


def test_flags_have_underscores(project: Project) -> None:
    problem = only_problem(project, fields(compatibility_flags=["nodejs-compat"]))
    assert (problem.code, underlined(problem), problem.hint) == (
        "wrong-flag",
        '"nodejs-compat"',
        'Write "nodejs_compat".',
    )


@pytest.mark.parametrize(
    ("identifier", "is_one"),
    [("<YOUR_ID>", True), ("your-namespace-id", True), ("xxxx", True), ("a" * 32, False), ("my", False)],
)
def test_ids_that_were_never_filled_in(project: Project, identifier: str, is_one: bool) -> None:
    found = project.problems(fields(kv_namespaces=[{"binding": "KV", "id": identifier}]))
    assert codes(found) == (["placeholder"] if is_one else [])


@pytest.mark.parametrize("name", ["name", "main", "compatibility_date"])
def test_an_empty_text_is_one_mistake(project: Project, name: str) -> None:
    problem = only_problem(project, fields(**{name: ""}))
    assert underlined(problem) == '""'
    assert only_problem(project, container(class_name="")).code == "wrong-form"


@pytest.mark.parametrize(
    ("region", "hint"),
    [("us-east-1", 'Write "ENAM".'), ("EU", 'Write "WEUR" or "EEUR".'), ("WNAMM", 'Did you mean "WNAM"?')],
)
def test_regions_of_other_clouds_are_translated(project: Project, region: str, hint: str) -> None:
    assert only_problem(project, container(constraints={"regions": [region]})).hint == hint


@pytest.mark.parametrize("main", ["index.ts", "src", "./src/index.js"])
def test_a_missing_entry_file_is_found_nearby(project: Project, main: str) -> None:
    assert only_problem(project, fields(main=main)).hint == 'Did you mean "src/index.ts"?'


def test_a_digit_more_is_no_typing_mistake_to_fix(project: Project) -> None:
    problem = only_problem(project, container(instance_type="standard-5"))
    assert problem.edits == ()
    assert problem.hint
    assert problem.hint.startswith("By memory")


def test_the_sizes_in_the_hint_are_the_sizes() -> None:
    for size in NAMED.values():
        memory = f"{size.memory_mib} MiB" if size.memory_mib < 1024 else f"{size.memory_mib // 1024} GiB"
        assert f"{size.name} {memory}" in SIZES
