"""Versions, deployments and rollback from the command line: what they send to Cloudflare, and show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Call, Says, refusal, result, serve
from tests.support.cli import Outcome, run

A, B, C = (f"0{letter}000000-0000-4000-8000-000000000000" for letter in "abc")
DIGEST = "registry.example/acc/web-box@sha256:"


def version(identifier: str, day: int, **annotations: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "number": day,
        "metadata": {
            "created_on": f"2026-11-{day:02d}T08:00:00.5Z",
            "source": "wrangler",
            "author_email": "a@b.c",
        },
        "annotations": {f"workers/{name}": text for name, text in annotations.items()},
    }


def deployment(day: int, *shares: tuple[str, int]) -> dict[str, Any]:
    return {
        "id": f"d{day}",
        "created_on": f"2026-11-{day:02d}T09:00:00Z",
        "source": "api",
        "author_email": "a@b.c",
        "annotations": {"workers/message": f"day {day}"},
        "versions": [{"version_id": name, "percentage": percentage} for name, percentage in shares],
    }


VERSIONS = [version(C, 3, tag="three"), version(B, 2), version(A, 1, tag="one", message="first")]
DEPLOYMENTS = [deployment(4, (C, 100)), deployment(3, (B, 40), (C, 60)), deployment(2, (A, 100))]
RESOURCES = {
    "bindings": [
        {"type": "plain_text", "name": "A", "text": "1"},
        {"type": "secret_text", "name": "KEY"},
        {"type": "durable_object_namespace", "name": "BOX", "class_name": "Box", "namespace_id": "n1"},
    ],
    "script": {"handlers": ["fetch", "scheduled"]},
    "script_runtime": {"compatibility_date": "2026-11-01", "compatibility_flags": []},
}
APPLICATION = {
    "id": "app1",
    "name": "web-box",
    "configuration": {"image": f"{DIGEST}3", "vcpu": 1},
    "durable_objects": {"namespace_id": "n1"},
}


class Account:
    """A small account with one Worker `web` that has a container."""

    def __init__(self, rollouts: list[dict[str, Any]] | None = None) -> None:
        self.rollouts = rollouts
        self.refuses_once: list[Says] = []

    def __call__(self, call: Call) -> Says:
        script = "/workers/scripts/web"
        match call.method, call.path.removeprefix(script).split("/")[1:]:
            case "GET", ["versions"]:
                return result({"items": VERSIONS})
            case "GET", ["versions", name]:
                known = [each for each in VERSIONS if each["id"] == name]
                wrong = refusal(404, 10197, "Could not find the Worker version.")
                return result({**known[0], "resources": RESOURCES}) if known else wrong
            case "GET", ["deployments"]:
                return result({"deployments": DEPLOYMENTS})
            case "POST", ["deployments"]:
                return self.refuses_once.pop() if self.refuses_once else result({"id": "d9"})
            case "PATCH", ["script-settings"]:
                return result({})
            case "GET", ["workers", "durable_objects", "namespaces"]:
                return result([{"id": "n1", "script": "web", "class": "Box", "name": "web_Box"}])
            case "GET", ["containers", "applications"]:
                return result([APPLICATION, {**APPLICATION, "id": "x", "durable_objects": {}}])
            case "GET", ["containers", "applications", "app1", "rollouts"]:
                return refusal(404, 7003, "no route") if self.rollouts is None else result(self.rollouts)
            case "PATCH" | "POST", ["containers", *_]:
                return result({"id": "r1"})
        return refusal(404, 10007, "This Worker does not exist on your account.")


def do(words: str, account: Account | None = None, **options: Any) -> tuple[Outcome, list[Call]]:
    """The outcome of a command, and the requests that change something."""
    with serve(account or Account()) as api:
        outcome = run(words, environment=api.environment, **options)
    return outcome, [call for call in api.calls if call.method != "GET"]


def deployed(call: Call) -> dict[str, int]:
    assert (call.method, call.path) == ("POST", "/workers/scripts/web/deployments")
    return {each["version_id"]: each["percentage"] for each in call.json["versions"]}


def test_lists_have_the_newest_last() -> None:
    assert [each["id"] for each in do("versions list --name web --json")[0].json] == [A, B, C]
    assert [each["id"] for each in do("deployments list --name web --json")[0].json] == ["d2", "d3", "d4"]
    assert do("deployments status --name web --json")[0].json["id"] == "d4"
    assert do(f"versions view {B} --name web --json")[0].json["resources"] == RESOURCES


def test_what_people_read(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = do("versions list --name web")[0].stdout
    assert shown.split("\n\n")[0].splitlines()[0] == f"Version ID:  {A}"
    assert shown.count("Source:      Wrangler\n") == 3
    viewed = do(f"versions view {B} --name web")[0].stdout
    assert "Handlers:             fetch, scheduled\nCompatibility Date:   2026-11-01\n" in viewed
    assert ["env.KEY", "secret_text", "-"] in [line.split() for line in viewed.splitlines()]
    listed = do("deployments list --name web")[0].stdout
    assert f"Version(s):  (40%) {B}\n" in listed
    assert f"             (60%) {C}\n" in listed
    assert "Message:     day 4\n" in do("deployments status --name web")[0].stdout


def test_a_former_command_names_the_one_of_today() -> None:
    assert "`deployments view` is now `deployments status`" in do("deployments view --name web")[0].stderr
    old, _ = do(f"deployments view {A} --name web")
    assert (old.status, "`versions view VERSION`" in old.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "traffic"),
    [
        (f"{A}@20% {B}", {A: 20, B: 80}),
        (f"--version-id {A} --percentage 25 --version-id {B}", {A: 25, B: 75}),
        ("--version-tag one@100", {A: 100}),
        (f"--version-tag one --version-id {C} --percentage 10", {C: 10, A: 90}),
    ],
)
def test_versions_are_deployed(words: str, traffic: dict[str, int]) -> None:
    outcome, (call, *_) = do(f"versions deploy {words} -y --name web --message hi")
    assert outcome.status == 0, outcome.stderr
    assert deployed(call) == traffic
    assert call.json["annotations"] == {"workers/message": "hi"}
    assert call.json["code_update_strategy"] == {"mode": "deferred", "max_delay": 300}


def test_the_beginning_of_an_id_is_enough() -> None:
    assert do(f"versions view {B[:8]} --name web --json")[0].json["id"] == B
    outcome, (call, *_) = do(f"rollback {A[:9].upper()} -y --name web")
    assert (deployed(call), f"Current Version ID: {A}" in outcome.stdout) == ({A: 100}, True)
    words = f"{A[:8]}@20% --version-id {C[:13]}"
    assert deployed(do(f"versions deploy {words} -y --name web")[1][0]) == {A: 20, C: 80}


def test_a_beginning_that_is_not_that_of_one_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = B[:-1] + "1"
    monkeypatch.setattr(f"{__name__}.VERSIONS", [*VERSIONS, version(twin, 5)])
    for command in (f"versions view {B[:8]}", f"rollback -y {B[:8]}", f"versions deploy -y {B[:8]}"):
        outcome, changes = do(f"{command} --name web")
        assert (outcome.status, changes) == (2, [])
        assert f"The ids of 2 versions begin with `0b000000`: `{B}`, `{twin}`." in outcome.stderr
    unknown, _ = do("versions view 0d000000 --name web")
    assert (unknown.status, "No version of web has an id that begins" in unknown.stderr) == (1, True)


def test_settings_of_the_configuration_are_set_with_it(tmp_path: Path) -> None:
    fields = {"name": "web", "observability": {"enabled": True}, "logpush": False}
    strategy = {"mode": "immediate"}
    written = {**fields, "durable_objects": {"bindings": [], "code_update_strategy": strategy}}
    (tmp_path / "wrangler.json").write_text(json.dumps(written))
    _, calls = do(f"versions deploy {A}@50 {B}@50", directory=tmp_path)
    assert calls[0].json["code_update_strategy"] == strategy
    assert calls[1].path == "/workers/scripts/web/script-settings"
    assert calls[1].json == {"logpush": False, "observability": {"enabled": True}}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "No version is named"),
        (f"{A} {B} {C}", "at most 2"),
        (f"{A}@30 {B}@30", "60 % together"),
        ("--version-tag two", 'No version has the tag "two"'),
        (f"{A} --durable-objects-code-update-mode later", 'is "later"'),
    ],
)
def test_what_cannot_be_deployed_changes_nothing(words: str, message: str) -> None:
    outcome, calls = do(f"versions deploy {words} -y --name web")
    assert (outcome.status, calls) == (2, [])
    assert message in outcome.stderr


def test_a_dry_run_changes_nothing() -> None:
    outcome, calls = do(f"versions deploy {A} --dry-run --name web")
    assert (outcome.status, calls) == (0, [])


def test_a_rollback_takes_the_last_version_that_served_alone() -> None:
    outcome, (call, *_) = do(
        'rollback --name web -m "bad day" --durable-objects-code-update-mode "deferred 5m"'
    )
    assert outcome.stdout == f"Current Version ID: {A}\n"
    assert deployed(call) == {A: 100}
    assert call.json["annotations"] == {"workers/message": "bad day"}
    assert call.json["code_update_strategy"] == {"mode": "deferred", "max_delay": 300}
    _, (call, *_) = do(f"rollback {B} --name web")
    assert (deployed(call), call.json["annotations"]) == ({B: 100}, {"workers/message": "Rollback"})


def test_an_unknown_version_is_not_gone_back_to() -> None:
    outcome, calls = do(f"rollback {A[:-1]}9 --name web -y")
    assert (outcome.status, calls) == (1, [])
    assert "Could not find the Worker version" in outcome.stderr


def test_changed_secrets_need_force() -> None:
    account = Account(rollouts=[])
    account.refuses_once = [refusal(400, 10220, "The following secrets have changed: KEY")]
    outcome, calls = do(f"rollback {A} --name web", account)
    assert outcome.status == 0
    assert "KEY" in outcome.stderr
    assert [call.query for call in calls[:2]] == [{}, {"force": "true"}]


def test_the_image_of_that_time_comes_from_the_rollouts() -> None:
    rollouts = [
        {
            "created_at": "2026-11-03T09:30:00Z",
            "status": "completed",
            "target_configuration": {"image": f"{DIGEST}3"},
            "current_configuration": {"image": f"{DIGEST}1"},
        }
    ]
    _, (_, changed, begun) = do("rollback --name web", Account(rollouts))
    assert (changed.method, changed.path) == ("PATCH", "/containers/applications/app1")
    assert changed.json == {"configuration": {"image": f"{DIGEST}1", "vcpu": 1}}
    assert begun.path == "/containers/applications/app1/rollouts"
    assert begun.json["target_configuration"] == {"image": f"{DIGEST}1", "vcpu": 1}


def test_an_image_that_is_not_known_stays() -> None:
    outcome, calls = do("rollback --name web")
    assert len(calls) == 1
    assert "Which image the application web-box had with this version is not known" in outcome.stderr


def test_triggers_are_set_without_the_code(tmp_path: Path) -> None:
    fields = {
        "name": "web",
        "main": "index.js",
        "compatibility_date": "2026-11-01",
        "triggers": {"crons": ["*/5 * * * *"]},
    }
    (tmp_path / "wrangler.json").write_text(json.dumps(fields))
    (tmp_path / "index.js").write_text("export default {};")

    def handler(call: Call) -> Says:
        return result({"subdomain": "me"} if call.path == "/workers/subdomain" else {})

    with serve(handler) as api:
        shown = run("triggers deploy --dry-run", environment=api.environment, directory=tmp_path)
        assert (shown.status, api.calls) == (0, [])
        outcome = run("triggers deploy", environment=api.environment, directory=tmp_path)
    assert outcome.stdout == "  https://web.me.workers.dev\n  schedule: */5 * * * *\n"
    sent = {call.path: call.json for call in api.calls if call.method != "GET"}
    assert sent == {
        "/workers/scripts/web/subdomain": {"enabled": True},
        "/workers/scripts/web/schedules": [{"cron": "*/5 * * * *"}],
    }
