"""What `exec`, `stop`, `restart` and the like ask the platform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.instances.records import Instance, InstanceState
from pywrangler.local.rest.containers.control_interface import InstanceReadiness, Restarted
from pywrangler.local.rest.runtimes import Runtimes
from tests.local.rest.api import Api
from tests.local.rest.test_containers import instance

PATH = "/local/instances"


class NotedControl:
    """`InstanceControl` that stops nothing."""

    def __init__(self) -> None:
        self.stopped: list[tuple[list[str], float]] = []

    def engine(self) -> Mapping[str, Any]:
        return {"url": "unix:///engine", "origin": "the test", "tls": None}

    async def readiness(self, instance: Instance) -> InstanceReadiness:
        return InstanceReadiness(is_ready=False, reason=f"nothing listens in {instance.id[-1]}")

    async def stop(self, instances: Sequence[Instance], grace_seconds: float) -> None:
        self.stopped.append(([each.id for each in instances], grace_seconds))

    async def restart(self, instances: Sequence[Instance], grace_seconds: float) -> Sequence[Restarted]:
        await self.stop(instances, grace_seconds)
        return [Restarted(each.id, "running", "new") for each in instances]

    async def locate(self, instance: Instance, port: int) -> tuple[str, int]:
        if instance.state is not InstanceState.RUNNING:
            raise PywranglerError("it does not run")
        return "127.0.0.1", port + 1


@pytest.fixture
def control() -> NotedControl:
    return NotedControl()


@pytest.fixture
def runtimes(control: NotedControl) -> Runtimes:
    return Runtimes(instances=control)


@pytest.fixture
async def known(api: Api) -> list[Instance]:
    """Two instances of one application: the first runs, the second has failed."""
    application = await api.create_application(await api.upload_with_class("chat"))
    found = [
        instance(application, 1, durable_object_name="alice"),
        instance(application, 2, state=InstanceState.FAILED, exit_code=3, reason="it ended"),
    ]
    canary = instance(application, 3, is_canary=True, state=InstanceState.FAILED)
    for each in (*found, canary):
        api.store.instances.save(each)
    return found


async def test_instances_of_all_applications_are_listed_with_the_engine(
    api: Api, known: list[Instance]
) -> None:
    api.operations.names = {f"{2:064x}": "bob"}
    found = (await api.call("GET", PATH)).result
    assert found["engine"]["url"] == "unix:///engine"
    assert [each["name"] for each in found["applications"]] == ["chat-room"]
    rows = [(row["id"], row["name"], row["state"], row["exit_code"]) for row in found["instances"]]
    assert rows == [(known[0].id, "alice", "running", None), (known[1].id, "bob", "failed", 3)]
    assert all("ready" not in row for row in found["instances"])


async def test_those_that_run_tell_on_request_whether_they_serve(api: Api, known: list[Instance]) -> None:
    running, failed = (await api.call("GET", PATH + "?ready=true")).result["instances"]
    assert (running["ready"], running["not_ready_reason"]) == (False, "nothing listens in 1")
    assert "ready" not in failed


async def test_instances_are_stopped_and_restarted_with_a_grace_period(
    api: Api, known: list[Instance], control: NotedControl
) -> None:
    body = {"instances": [each.id for each in known], "grace_seconds": 2}
    stopped = (await api.call("POST", PATH + "/stop", body)).result
    assert [row["id"] for row in stopped] == body["instances"]
    assert stopped[1]["reason"] == "it ended"
    again = (await api.call("POST", PATH + "/restart", {**body, "grace_seconds": 0.5})).result
    assert [(row["outcome"], row["new_id"]) for row in again] == [("running", "new")] * 2
    assert control.stopped == [(body["instances"], 2.0), (body["instances"], 0.5)]


@pytest.mark.parametrize("grace_seconds", [None, True, "5", -1, 901])
async def test_a_grace_period_has_limits(
    api: Api, known: list[Instance], control: NotedControl, grace_seconds: Any
) -> None:
    body = {"instances": [known[0].id], "grace_seconds": grace_seconds}
    answer = await api.call("POST", PATH + "/stop", body)
    assert (answer.status, "grace_seconds" in answer.message) == (400, True)
    assert control.stopped == []


async def test_an_instance_that_does_not_exist_is_named(api: Api, known: list[Instance]) -> None:
    for method, path, body in (
        ("POST", "/stop", {"instances": ["none"], "grace_seconds": 1}),
        ("GET", "/none/ports/80", None),
    ):
        answer = await api.call(method, PATH + path, body)
        assert answer.refusal == (404, 1000)
        assert "There is no instance `none`." in answer.message


async def test_a_port_is_located_while_its_instance_runs(api: Api, known: list[Instance]) -> None:
    ports = f"{PATH}/{known[0].id}/ports"
    assert (await api.call("GET", f"{ports}/8080")).result == {"host": "127.0.0.1", "port": 8081}
    for port in ("0", "65536", "http", "²"):
        assert (await api.call("GET", f"{ports}/{port}")).status == 400
    refused = await api.call("GET", f"{PATH}/{known[1].id}/ports/8080")
    assert (refused.status, refused.message) == (424, "it does not run")
