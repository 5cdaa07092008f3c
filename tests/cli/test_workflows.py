"""Workflows from the command line: what the commands send, show, and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pywrangler.commands.workflows.instances.changes import restart_place
from pywrangler.commands.workflows.instances.describe import instance_facts, step_row
from pywrangler.commands.workflows.instances.list import query_of
from pywrangler.errors import ExitStatus, UsageError
from tests.support.api import Call, Handler, in_turn, refusal, result, serve
from tests.support.cli import Outcome, run

FLOW = {"name": "orders", "id": "f", "script_name": "shop", "class_name": "Order", "created_on": "2026-01-01"}
NO_FLOW = refusal(404, 10200, "workflows.api.error.workflow_not_found")
NO_INSTANCE = refusal(404, 10400, "workflows.api.error.instance.not_found")
EXISTS = refusal(409, 10405, "workflows.api.error.instance.already_exists")
OLD, NEW = ({"id": name, "created_on": f"2026-01-0{day}"} for day, name in ((1, "old"), (2, "new")))


def do(words: str, handler: Handler | None = None, **options: Any) -> tuple[Outcome, list[Call]]:
    """Run a command at Cloudflare, played by `handler`."""
    with serve(handler or in_turn(result({}))) as api:
        outcome = run(words, environment=api.environment, **options)
    return outcome, api.calls


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("trigger orders", {}),
        ("trigger orders --id mine", {"instance_id": "mine"}),
        ("trigger orders '{\"a\": 1}' --port 8787", {"params": {"a": 1}}),
        ("trigger orders '[1]'", {"params": [1]}),
        ("trigger orders false", {"params": False}),
    ],
)
def test_an_instance_is_started(words: str, body: dict[str, Any]) -> None:
    outcome, (call,) = do(f"workflows {words} --json", in_turn(result({"id": "mine", "status": "queued"})))
    assert (outcome.status, call.method, call.path) == (0, "POST", "/workflows/orders/instances")
    assert (call.json, json.loads(outcome.stdout)["id"]) == (body, "mine")


@pytest.mark.parametrize(
    ("words", "method", "path", "body"),
    [
        ("pause orders one", "PATCH", "/orders/instances/one/status", {"status": "pause"}),
        ("resume orders one", "PATCH", "/orders/instances/one/status", {"status": "resume"}),
        ("terminate orders one", "PATCH", "/orders/instances/one/status", {"status": "terminate"}),
        (
            "terminate orders one --rollback",
            "PATCH",
            "/orders/instances/one/status",
            {"status": "terminate", "rollback": True},
        ),
        ("restart orders a/b", "PATCH", "/orders/instances/a/b/status", {"status": "restart"}),
        (
            "restart orders one --from-step-name pay --from-step-count 2 --from-step-type sleep",
            "PATCH",
            "/orders/instances/one/status",
            {"status": "restart", "from": {"name": "pay", "count": 2, "type": "sleep"}},
        ),
        ("send-event orders one --type paid", "POST", "/orders/instances/one/events/paid", {}),
        (
            "send-event orders one --type a/b --payload '{\"n\": 1}'",
            "POST",
            "/orders/instances/one/events/a/b",
            {"n": 1},
        ),
        ("terminate-all orders", "PUT", "/orders/instances/terminate", None),
        ("delete orders one two", "POST", "/orders/instances/batch/delete", {"instances": ["one", "two"]}),
    ],
)
def test_an_instance_is_changed(words: str, method: str, path: str, body: Any) -> None:
    outcome, (call,) = do(f"workflows instances {words}", in_turn(result({"status": "ok"})))
    assert outcome.status == 0, outcome.stderr
    assert (call.method, call.path.split("?")[0]) == (method, f"/workflows{path}")
    assert (call.json if body is not None else None) == body


def test_the_latest_instance_is_found_first() -> None:
    answers = in_turn(result([OLD, NEW]), result({"status": "paused"}))
    outcome, calls = do("workflows instances pause orders latest", answers)
    assert (outcome.status, calls[1].path) == (0, "/workflows/orders/instances/new/status")
    outcome, _ = do("workflows instances describe orders", in_turn(result([])))
    assert "The Workflow `orders` has no instances." in outcome.stderr


def test_lists_are_shown_the_newest_first() -> None:
    outcome, _ = do("workflows instances list orders --json", in_turn(result([OLD, NEW])))
    assert [each["id"] for each in json.loads(outcome.stdout)] == ["new", "old"]
    outcome, _ = do("workflows instances list orders --reverse --json", in_turn(result([OLD, NEW])))
    assert [each["id"] for each in json.loads(outcome.stdout)] == ["old", "new"]
    outcome, _ = do("workflows list", in_turn(result([FLOW])))
    assert "orders" in outcome.stdout
    assert "Order" in outcome.stdout


def test_a_workflow_is_described_and_deleted() -> None:
    flow = {**FLOW, "instances": {"running": 2, "paused": 0}}
    outcome, _ = do("workflows describe orders", in_turn(result(flow), result([{"id": "v1"}])))
    assert ("instances running" in outcome.stdout, "paused" in outcome.stdout) == (True, False)
    outcome, _ = do("workflows describe orders --json", in_turn(result(flow), result([])))
    assert json.loads(outcome.stdout)["latest_version"] is None
    outcome, (call,) = do("workflows delete orders", in_turn(result({"status": "ok"})))
    assert (outcome.status, call.method, call.path) == (0, "DELETE", "/workflows/orders")


def test_ids_come_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "ids.json").write_text('["two"]')
    answer = {"deleted": [{"id": "one"}], "errors": [{"id": "two", "message": "gone"}]}
    words = "workflows instances delete orders one --filename ids.json"
    outcome, (call,) = do(words, in_turn(result(answer)), directory=tmp_path)
    assert call.json == {"instances": ["one", "two"]}
    assert (outcome.status, "Not deleted: `two` (gone)." in outcome.stderr) == (1, True)


@pytest.mark.parametrize(
    ("words", "handler", "says"),
    [
        ("describe ordres", in_turn(NO_FLOW, result([FLOW])), "Did you mean `orders`?"),
        ("trigger orders --id one", in_turn(EXISTS), "already has an instance `one`"),
        ("instances pause orders one", in_turn(NO_INSTANCE), "has no instance `one`"),
        ("instances list none", in_turn(NO_FLOW, result([])), "There is no Workflow `none`."),
    ],
)
def test_what_does_not_exist_is_said_plainly(words: str, handler: Handler, says: str) -> None:
    outcome, _ = do(f"workflows {words}", handler)
    assert (outcome.status != 0, says in outcome.stderr) == (True, True), outcome.stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("trigger orders '{no json'", "The parameter `{no json` is not JSON"),
        ("trigger orders NaN", "is not JSON: it has NaN"),
        ("instances send-event orders one --type t --payload x", "The payload `x` is not JSON"),
        ("instances list orders --status done", "`done` is not a status."),
        ("instances list orders --date-start 2026-02-30", "is not a time for `--date-start`"),
        ("instances list orders --date-start 2026-02-02 --date-end 2026-01-01", "is after"),
        ("instances restart orders one --from-step-count 2", "no step to restart from"),
        ("instances restart orders one --from-step-name a --from-step-type x", "`x` is not a type of a step"),
        ("instances terminate-all orders --status complete", "`complete` is not a status of an instance"),
        ("instances delete orders", "There is no instance to delete."),
        ("instances delete orders --filename none.json", "cannot be read"),
        (f"instances delete orders {' '.join(map(str, range(101)))}", "101 instances are too many"),
    ],
)
def test_bad_input_is_refused_without_a_request(words: str, says: str, tmp_path: Path) -> None:
    outcome, calls = do(f"workflows {words}", directory=tmp_path)
    assert (outcome.status, calls) == (ExitStatus.USAGE, []), outcome.stderr
    assert says in outcome.stderr


def test_a_day_at_the_end_is_meant_whole() -> None:
    assert query_of("running", "2026-01-01", "2026-01-31") == {
        "status": "running",
        "date_start": "2026-01-01T00:00:00.000Z",
        "date_end": "2026-01-31T23:59:59.999Z",
    }
    assert query_of(None, "2026-01-01T10:00:00+02:00", None) == {"date_start": "2026-01-01T08:00:00.000Z"}
    assert query_of(None, None, None) == {}


def test_a_restart_needs_the_name_of_its_step() -> None:
    assert restart_place(None, None, None) is None
    assert restart_place("pay", 2, None) == {"name": "pay", "count": 2}
    for place in ((None, 1, None), (None, None, "do"), ("pay", None, "wait")):
        with pytest.raises(UsageError):
            restart_place(*place)


def test_steps_are_rows() -> None:
    failed = {"success": False, "error": {"name": "Error", "message": "no"}}
    steps = [
        {
            "name": "a",
            "type": "step",
            "success": True,
            "output": {"x": 1},
            "attempts": [failed, {"success": True}],
        },
        {"name": "b", "type": "step", "success": False, "attempts": [failed]},
        {"name": "c", "type": "step", "success": None, "attempts": []},
        {"name": "d", "type": "sleep", "end": None},
        {"name": "e", "type": "waitForEvent", "end": "2026", "error": {"name": "T", "message": "late"}},
    ]
    rows = [step_row(step, 4) for step in steps]
    assert [(row[2], row[5], row[6]) for row in rows] == [
        ("completed", 2, '{"x"...'),
        ("failed", 1, "Error: no"),
        ("running", None, None),
        ("waiting", None, None),
        ("failed", None, "T: late"),
    ]
    assert step_row(steps[0], None)[6] is None


def test_an_instance_is_shown_by_what_it_has() -> None:
    found = {"status": "errored", "error": {"name": "E", "message": "m"}, "output": None, "end": None}
    assert instance_facts(found) == [("status", "errored"), ("error", "E: m")]
