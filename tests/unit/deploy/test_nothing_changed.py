"""What a deploy creates on the local platform is what the next deploy finds: it has nothing to change."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.config.records import InstanceType
from pywrangler.deploy.applications.settings import (
    application_body,
    create_request,
    differences,
    modify_request,
)
from pywrangler.local.rest.containers.specification import modified_specification, new_specification
from tests.unit.deploy.samples import a_configuration, a_container

IMAGE = "pywrangler.local/web-hello@sha256:" + "1" * 64
LOGS = {"observability": {"enabled": True}}
KEY = {"name": "me", "public_key": "ssh-ed25519 AAAA"}


@pytest.mark.parametrize(
    ("container", "configuration"),
    [
        ({}, {}),
        ({}, LOGS),
        ({"observability": {"enabled": True, "target_instance_percentage": 20}}, {}),
        ({"observability": {"logs": {"enabled": False}}}, LOGS),
        ({"instance_type": InstanceType("dev", 0.0625, 256, 2000)}, {}),
        ({"instance_type": InstanceType("standard-1", 0.5, 4096, 8000)}, {}),
        ({"instance_type": InstanceType(None, 1.5, 6144, 8000)}, {}),
        ({"constraints": {"regions": ["WEUR"], "jurisdiction": "eu", "tiers": [1, 2]}}, {}),
        ({"rollout_active_grace_period_seconds": 60, "max_instances": 1}, {}),
        ({"extra": {"ssh": {"enabled": True, "port": 22}, "authorized_keys": [KEY]}}, {}),
        ({"extra": {"affinities": {"colocation": "datacenter"}}}, {}),
        ({"extra": {"unsafe": {"experiment": {"on": True}, "configuration": {"command": ["/x"]}}}}, {}),
    ],
)
def test_a_second_deploy_changes_nothing(container: dict[str, Any], configuration: dict[str, Any]) -> None:
    box, whole = a_container(**container), a_configuration(**configuration)

    def changes(deployed: dict[str, Any]) -> list[str]:
        return [str(found) for found in differences(deployed, body(deployed), lambda reference: reference)]

    def body(deployed: dict[str, Any] | None) -> dict[str, Any]:
        return application_body(whole, box, IMAGE, deployed)

    created = new_specification(create_request(body(None), "9" * 32))
    assert changes(created) == []
    assert changes(modified_specification(created, modify_request(body(created)))) == []
