"""`pywrangler containers`: what it asks the API, and what it shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client
from pywrangler.commands.containers.choice import id_beginning_with
from pywrangler.commands.containers.pushing import Destination, explain_failure
from pywrangler.deploy.images.managed_registry import ManagedRegistry
from pywrangler.errors import BuildError, ExitStatus, UsageError
from pywrangler.images.reference import parse_reference
from pywrangler.sensitive import Sensitive
from tests.support.api import Call, Says, in_turn, refusal, result, serve
from tests.support.cli import run

ID = "11111111-1111-4111-8111-111111111111"


def summary(name: str, **counts: int) -> dict[str, Any]:
    health = {"active": 0, "failed": 0, "starting": 0, "scheduling": 0} | counts
    return {
        "id": ID, "name": name, "instances": sum(counts.values()), "image": "i", "version": 1,
        "updated_at": "u", "created_at": "c", "health": {"instances": health},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ({}, "ready"),
        ({"active": 1}, "active"),
        ({"active": 1, "starting": 1}, "provisioning"),
        ({"scheduling": 1}, "provisioning"),
        ({"active": 5, "starting": 1, "failed": 1}, "degraded"),
    ],
)
def test_the_state_of_an_application_follows_from_its_instances(counts: dict[str, int], state: str) -> None:
    with serve(in_turn(result([summary("app", **counts)]))) as api:
        assert [a["state"] for a in run("containers list --json", environment=api.environment).json] == [
            state
        ]


def test_the_list_has_every_page() -> None:
    pages = [result([summary("one")], next_page_token="2"), result([summary("two")])]
    with serve(in_turn(*pages)) as api:
        outcome = run("containers list --json --per-page 1", environment=api.environment)
    assert [application["name"] for application in outcome.json] == ["one", "two"]
    assert [call.query for call in api.calls] == [{"per_page": "1"}, {"per_page": "1", "page_token": "2"}]


def test_the_list_as_a_table() -> None:
    with serve(in_turn(result([summary("app", active=2)]))) as api:
        outcome = run("containers list", environment=api.environment)
    header, row = outcome.stdout.splitlines()
    assert header.split("  ")[0] == "ID"
    assert row.split() == [ID, "app", "active", "2", "u"]


def placed(identifier: str, **status: str) -> dict[str, Any]:
    return {
        "id": identifier, "location": "here", "app_version": 3, "created_at": "t",
        "current_placement": {"status": status},
    }  # fmt: skip


INSTANCES = {
    "instances": [placed("i1", container_status="placed"), placed("i2", health="unhealthy"), placed("i3")],
    "durable_objects": [
        {"id": "d1", "name": "alice", "deployment_id": "i1"},
        {"id": "d2", "assigned_at": "a"},
    ],
}


def test_instances_are_joined_with_their_durable_objects() -> None:
    with serve(in_turn(result(INSTANCES))) as api:
        rows = run(f"containers instances {ID} --json", environment=api.environment).json
    assert [(r["id"], r["name"], r["state"], r["created"]) for r in rows] == [
        ("d1", "alice", "provisioning", "t"),
        ("d2", None, "inactive", "a"),
    ]


def test_instances_without_durable_objects_have_no_name() -> None:
    with serve(in_turn(result(INSTANCES | {"durable_objects": []}))) as api:
        rows = run(f"containers instances {ID} --json", environment=api.environment).json
    assert [row["state"] for row in rows] == ["provisioning", "unhealthy", "unknown"]
    assert "name" not in rows[0]


def test_a_table_and_a_search_look_at_every_page() -> None:
    def handler(call: Call) -> Says:
        objects = [{"id": f"d{call.query.get('page_token', '1')}", "name": "x"}]
        page = {"instances": [], "durable_objects": objects}
        return result(page) if "page_token" in call.query else result(page, next_page_token="2")

    with serve(handler) as api:
        table = run(f"containers instances {ID}", environment=api.environment)
        found = run(f"containers instances {ID} --json --search d2", environment=api.environment)
    assert [line.split()[0] for line in table.stdout.splitlines()] == ["INSTANCE", "d1", "d2"]
    assert [row["id"] for row in found.json] == ["d2"]


@pytest.mark.parametrize(
    "options", ["--search a --page-token b --json", "--page-token b", "--per-page 0 --json"]
)
def test_options_of_instances_that_do_not_fit(options: str) -> None:
    outcome = run(f"containers instances {ID} {options}", environment={"CLOUDFLARE_API_TOKEN": "t"})
    assert outcome.status == ExitStatus.USAGE


@pytest.mark.parametrize(
    ("search", "found"),
    [("d234", ["d2345"]), ("D234", ["d2345"]), ("d23456", []), ("d23", []), ("name", ["d1"])],
)
def test_a_search_takes_the_beginning_of_an_id(search: str, found: list[str]) -> None:
    objects = [{"id": "d1", "name": "name"}, {"id": "d2345", "name": "d2345x"}]
    with serve(in_turn(result({"instances": [], "durable_objects": objects}))) as api:
        rows = run(f"containers instances {ID} --json --search {search}", environment=api.environment).json
    assert [row["id"] for row in rows] == found


def test_the_beginning_of_an_applications_id_will_do() -> None:
    ids = ["8b2b0a5e-6f0e-4f0e-9c55-0d8ad24d6a0f", "8b2b0fff-6f0e-4f0e-9c55-0d8ad24d6a0f"]
    assert id_beginning_with("8b2b0a5e-6f0", ids) == ids[0]
    assert id_beginning_with("8B2B0F", ids) == ids[1]
    assert id_beginning_with("8b2", ids[:1]) is None
    assert id_beginning_with("ffff", ids) is None
    with pytest.raises(UsageError, match="2 applications"):
        id_beginning_with("8b2b0", ids)


def test_a_script_on_cloudflare_must_give_the_id() -> None:
    environment = {"CLOUDFLARE_API_TOKEN": "t", "CLOUDFLARE_ACCOUNT_ID": "a"}
    outcome = run("containers delete app", environment=environment)
    assert outcome.status == ExitStatus.USAGE
    assert "is not an application's id" in outcome.stderr


def on_terminal(answer: str, words: str) -> tuple[int, list[tuple[str, str]], str]:
    def handler(call: Call) -> Says:
        return result([{"id": ID, "name": "app"}] if call.method == "GET" else {})

    with serve(handler) as api:
        outcome = run(words, environment=api.environment, stdin=answer, on_terminal=True)
    return outcome.status, [(c.method, c.path) for c in api.calls if c.method != "GET"], outcome.stderr


def test_a_name_is_understood_on_a_terminal_and_deleting_asks_first() -> None:
    deletion = ("DELETE", f"/containers/applications/{ID}")
    assert on_terminal("y\n", "containers delete app")[:2] == (0, [deletion])
    assert on_terminal("", "containers delete app -y")[:2] == (0, [deletion])
    status, changes, said = on_terminal("\n", "containers delete app")
    assert (status, changes) == (0, [])
    assert "Nothing was changed" in said


def test_a_name_that_nothing_has_is_refused_with_the_nearest() -> None:
    status, changes, said = on_terminal("y\n", "containers delete ap")
    assert (status, changes) == (ExitStatus.FAILURE, [])
    assert "Did you mean `app`?" in said


def test_a_question_that_is_not_answered_cancels() -> None:
    status, changes, said = on_terminal("", "containers delete app")
    assert (status, changes) == (ExitStatus.FAILURE, [])
    assert "Cancelled" in said


def test_information_is_json_for_scripts_and_lines_for_people() -> None:
    application = {"id": ID, "name": "app", "configuration": {"vcpu": 1}, "constraints": {"tiers": [1, 2]}}
    with serve(in_turn(result(application))) as api:
        assert run(f"containers info {ID}", environment=api.environment).json == application
        lines = run(f"containers info {ID}", environment=api.environment, on_terminal=True).stdout
    assert "configuration.vcpu" in lines
    assert "1, 2" in lines


def test_an_application_that_is_not_there_is_an_error() -> None:
    with serve(in_turn(refusal(404, 1000, "APPLICATION_NOT_FOUND"))) as api:
        outcome = run(f"containers info {ID} --json", environment=api.environment)
    assert outcome.status == ExitStatus.FAILURE
    assert outcome.error["status"] == 404


@pytest.mark.parametrize("options", ["--path-to-docker /nowhere/docker", ""])
def test_a_docker_command_that_is_not_there_fails_a_push_that_needs_none(options: str) -> None:
    with serve(in_turn(result({}))) as api:
        environment = api.environment | ({} if options else {"WRANGLER_DOCKER_BIN": "/nowhere/docker"})
        outcome = run(f"containers push app:v1 {options}", environment=environment)
    assert (outcome.status, api.calls) == (ExitStatus.FAILURE, [])
    assert "`/nowhere/docker`" in outcome.stderr


def test_an_account_without_containers_is_known_before_a_build_that_is_to_be_pushed(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nNONSENSE\n")
    with serve(in_turn(refusal(403, 1000, "no containers here"))) as api:
        outcome = run("containers build . -t app:v1 --push", directory=tmp_path, environment=api.environment)
    assert outcome.status == ExitStatus.FAILURE
    assert "no containers here" in outcome.stderr
    assert [call.path.rpartition("/")[2] for call in api.calls] == ["me"]


def test_a_name_that_cannot_be_pushed_is_known_before_the_build(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nNONSENSE\n")
    with serve(in_turn(result({}))) as api:
        words = "containers build . -t ghcr.io/me/app:v1 --push"
        outcome = run(words, directory=tmp_path, environment=api.environment)
    assert (outcome.status, api.calls) == (ExitStatus.USAGE, [])
    assert "names an image in `ghcr.io`, not a tag in the managed registry" in outcome.stderr


@pytest.mark.parametrize("command", ["build . --push -t", "push"])
@pytest.mark.parametrize("tag", ["Web:1", "web:", "'my web:1'", "https://registry.cloudflare.com/web:1"])
def test_what_is_no_images_name_is_refused_before_a_platform_is_started(
    command: str, tag: str, tmp_path: Path
) -> None:
    outcome = run(f"containers {command} {tag} --local --json", directory=tmp_path)
    assert (outcome.status, outcome.error["code"]) == (ExitStatus.USAGE, "image-reference")
    assert len(outcome.stderr.splitlines()) == 1  # no "Target: the local platform"


@pytest.mark.docker
def test_an_image_that_no_instance_can_hold_is_not_pushed() -> None:
    made = {"account_id": "a", "registry_host": "registry.cloudflare.com", "username": "v1", "password": "p"}
    with serve(in_turn(result({"limits": {"disk_mb_per_deployment": 1}}), result(made))) as api:
        outcome = run("containers push busybox:1.35 --json", environment=api.environment)
    assert (outcome.status, outcome.error["code"]) == (ExitStatus.FAILURE, "image-size")
    assert "and the largest instance has 1 MB." in outcome.error["message"]
    assert "instance_type" not in outcome.error["hint"]


def test_a_failed_push_to_a_platform_speaks_of_the_image_as_people_know_it() -> None:
    local = parse_reference("127.0.0.1:5000/a/web:1")
    shown = parse_reference("registry.cloudflare.com/a/web:1")
    with serve(in_turn(result({}))) as api:
        client = Client(api.url, "a", ApiToken(Sensitive("t")))
        destination = Destination(ManagedRegistry(client, local.registry or "", {}), local, shown)
        full, away = (
            BuildError(f"{local} could not be pushed: {reason}", code="image-push")
            for reason in ("no space left on device", "dial tcp 127.0.0.1:5000: connection refused")
        )
        for error in (full, away):
            explain_failure(error, "web:1", destination, "tcp://builder:2375")
        client.close()
    assert full.message == f"{shown} could not be pushed: no space left on device"
    assert away.message == (
        f"{shown} could not be pushed: the Docker Engine at tcp://builder:2375 cannot connect to the local"
        " platform's registry at 127.0.0.1:5000."
    )
    assert 'write "image": "web:1"' in (away.hint or "")


def test_an_id_may_be_written_without_its_dashes() -> None:
    with serve(in_turn(result({}))) as api:
        assert run(f"containers delete {ID.replace('-', '')}", environment=api.environment).status == 0
    assert api.calls[-1].path.endswith(f"/containers/applications/{ID.replace('-', '')}")


def test_build_arguments_may_come_from_the_environment() -> None:
    from pywrangler.commands.containers.build import parse_build_args

    assert parse_build_args(["A=1", "B=x=y", "C", "D="], {"C": "3"}) == {
        "A": "1",
        "B": "x=y",
        "C": "3",
        "D": "",
    }


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"success": tr', json.dumps({"success": False}).encode()])
def test_answers_that_cannot_be_understood_end_in_one_paragraph(body: bytes) -> None:
    with serve(in_turn(Says(body=body))) as api:
        outcome = run("containers list", environment=api.environment)
    assert outcome.status == ExitStatus.FAILURE
    assert outcome.stderr.startswith("Error: Cloudflare ")
    assert "Traceback" not in outcome.stderr
