"""Requests on which the API once failed with an internal error."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.local.rest.bodies import DEEPEST, parse_json
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.forms import check_form
from tests.local.rest.api import Api


@pytest.mark.parametrize(
    "text",
    ["NaN", "[Infinity]", "1e999", "9" * 25, "9" * 5000, "[" * 5000, "[" * 101 + "]" * 101, '"\\ud800"'],
)
def test_json_that_others_cannot_read_is_refused(text: str) -> None:
    with pytest.raises(RestError):
        parse_json(text.encode(), "It")


def test_other_json_is_read() -> None:
    deep = "[" * DEEPEST + "]" * DEEPEST
    assert parse_json(deep.encode(), "It")
    assert parse_json(b'[1.5, -9223372036854775808, "\\ud83d\\ude00"]', "It") == [1.5, -(2**63), "😀"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"steps": [{"names": ["a", 1]}]}, '"steps[0].names[1]" must be a string'),
        ({"steps": {}}, '"steps" must be an array'),
        ({"count": True}, '"count" must be a whole number'),
        ([], '"" must be an object'),
    ],
)
def test_the_first_field_of_another_form_is_named(value: Any, message: str) -> None:
    form = {"steps": [{"names": [str]}], "count": int}
    check_form({"steps": [{"names": ["a"], "other": 5}, {"names": None}], "count": 1}, form)
    with pytest.raises(RestError, match=message.replace("[", r"\[")):
        check_form(value, form)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/workers/scripts/chat/settings", {"bindings": -1}),
        (
            "PATCH",
            "/workers/scripts/chat/settings",
            {"bindings": [{"name": "A", "type": "plain_text", "text": 1}]},
        ),
        ("PATCH", "/workers/scripts/chat/script-settings", {"tags": 5}),
        (
            "POST",
            "/containers/applications",
            {"name": "a", "configuration": {"image": "a", "instance_type": []}},
        ),
        ("GET", f"/local/logs?tail=-{'9' * 30}", None),
        ("GET", f"/d1/database?per_page={'0' * 5000}", None),
    ],
)
async def test_odd_fields_are_refused(api: Api, method: str, path: str, body: Any) -> None:
    await api.upload_with_class("chat")
    answer = await api.call(method, path, body)
    assert answer.refusal[0] == 400, answer.raw


@pytest.mark.parametrize(
    "changes", [{"kind": [{}]}, {"step_percentage": []}, {"step_percentage": 5.0}, {"steps": 5}]
)
async def test_odd_rollouts_are_refused(api: Api, changes: dict[str, Any]) -> None:
    application = await api.create_application(await api.upload_with_class("chat"))
    body = {"strategy": "rolling", "target_configuration": {"image": "app:v2"}, **changes}
    answer = await api.call("POST", f"/containers/applications/{application['id']}/rollouts", body)
    assert answer.refusal[0] == 400, answer.raw


@pytest.mark.parametrize(
    "metadata",
    [
        {"bindings": 5},
        {"migrations": "x"},
        {"migrations": {"new_tag": "v1", "steps": [None]}},
        {"migrations": {"steps": [{"transferred_classes": [{"from": 5}]}]}},
        {"containers": 5},
        {"annotations": []},
    ],
)
async def test_odd_metadata_are_refused(api: Api, metadata: dict[str, Any]) -> None:
    answer = await api.upload("chat", **metadata)
    assert answer.refusal[0] == 400, answer.raw


@pytest.mark.parametrize("tail", ["9" * 30, "9" * 5000])
async def test_more_lines_than_there_are(api: Api, tail: str) -> None:
    answer = await api.call("GET", f"/local/logs?tail={tail}")
    assert answer.status == 200
    assert len(answer.raw.splitlines()) == 2


async def test_a_host_that_is_none_is_refused(api: Api) -> None:
    answer = await api.send("GET", "/user", headers={"Host": "["})
    assert answer.refusal[0] == 403
