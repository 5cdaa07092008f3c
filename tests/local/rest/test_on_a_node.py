"""What the API of a cluster's node refuses, because other nodes would not have its data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pywrangler.local.rest.cluster.interface import NewCluster
from pywrangler.local.rest.runtimes import Runtimes
from pywrangler.sensitive import Sensitive
from tests.local.rest.api import Answer, Api
from tests.local.rest.recorder import MemoryValues


class OneNode:
    """A platform that is a node; nothing else is asked of it."""

    is_node = True

    async def init(self, wanted: NewCluster) -> Mapping[str, Any]:
        raise NotImplementedError

    async def join(self, token: Sensitive[str], advertise: str) -> Mapping[str, Any]:
        raise NotImplementedError

    async def leave(self) -> None:
        raise NotImplementedError

    def make_token(self) -> Sensitive[str]:
        raise NotImplementedError

    async def status(self) -> Mapping[str, Any] | None:
        raise NotImplementedError


@pytest.fixture
def runtimes(values: MemoryValues) -> Runtimes:
    return Runtimes(values, cluster=OneNode())


def is_refused(answer: Answer, what: str) -> bool:
    return answer.status == 409 and f"where {what} do not work" in answer.message


@pytest.mark.parametrize(
    ("binding", "what"),
    [
        ({"type": "r2_bucket", "bucket_name": "photos"}, "R2 buckets"),
        ({"type": "queue", "queue_name": "jobs"}, "queues"),
        ({"type": "workflow", "workflow_name": "it", "class_name": "It"}, "Workflows"),
    ],
)
async def test_a_binding_to_what_stays_on_one_node(api: Api, binding: dict[str, str], what: str) -> None:
    answer = await api.upload("shop", bindings=[{"name": "IT", **binding}])
    assert is_refused(answer, what), answer.message
    assert "PYWRANGLER_HOME" in answer.body["errors"][0]["meta"]["explained"]["hint"]
    assert api.store.workers.all() == []
    # What it leads to is at Cloudflare.
    remote = await api.upload("shop", bindings=[{"name": "IT", "account": "a" * 32, **binding}])
    assert not is_refused(remote, what)


async def test_a_class_that_moves_to_another_worker(api: Api) -> None:
    await api.upload_with_class("chat")
    step = {"transferred_classes": [{"from": "Room", "from_script": "chat", "to": "Hall"}]}
    answer = await api.upload(
        "club", migrations={"new_tag": "v1", "steps": [step]}, containers=[{"class_name": "Hall"}]
    )
    assert is_refused(answer, "transfers of classes"), answer.message


@pytest.mark.parametrize(
    ("method", "path", "body", "what"),
    [
        ("POST", "/r2/buckets", {"name": "photos"}, "R2 buckets"),
        ("PUT", "/local/r2/buckets/photos", {}, "R2 buckets"),
        ("POST", "/queues", {"queue_name": "jobs"}, "queues"),
        ("PUT", "/local/queues/jobs", {}, "queues"),
        ("PUT", "/workflows/it", {"script_name": "a", "class_name": "It"}, "Workflows"),
    ],
)
async def test_what_cannot_be_created(
    api: Api, method: str, path: str, body: dict[str, str], what: str
) -> None:
    answer = await api.call(method, path, body)
    assert is_refused(answer, what), answer.message
    assert (api.store.r2.all(), api.store.queues.all()) == ([], [])
