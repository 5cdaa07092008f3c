"""A deploy says which running instances keep what they were started with."""

from __future__ import annotations

import io

import pytest

from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client
from pywrangler.console import Console
from pywrangler.deploy.readiness.readiness import BringUpReadiness
from pywrangler.sensitive import Sensitive
from tests.support.api import in_turn, result, serve
from tests.unit.deploy.samples import a_configuration

UP = {"durable_object_id": "d", "instance_id": "i", "state": "running", "ports": [8080], "seconds": 0.1}
ANSWERS = "Instance of web-hello: answers on port 8080 after 0.1 s\n"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, ""),
        ({"outdated": None, "kept": None}, ""),
        ({"outdated": "1 instance keeps it."}, "Warning: 1 instance keeps it.\n"),
        ({"kept": "2 instances keep it."}, "2 instances keep it.\n"),
    ],
)
def test_what_the_platform_tells_is_said(told: dict[str, str], said: str) -> None:
    console = Console(stdout=io.StringIO(), stderr=(stderr := io.StringIO()), environment={})
    with serve(in_turn(result(UP | told))) as api, console.progress() as progress:
        client = Client(api.url, "account", ApiToken(Sensitive("token")))
        proof = BringUpReadiness(client, progress.task, 1.0, say=console.info, warn=console.warning)
        assert proof.wait(a_configuration(), {}) == []
        client.close()
    assert stderr.getvalue() == ANSWERS + said
