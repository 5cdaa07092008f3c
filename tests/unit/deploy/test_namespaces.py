"""Which namespace a new application belongs to."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.deploy.applications.managed import (
    VersionedApplication,
    bound_namespaces,
    versioned_applications,
)
from pywrangler.errors import PywranglerError


def a_binding(**changes: Any) -> dict[str, Any]:
    binding = {"type": "durable_object_namespace", "class_name": "A", "namespace_id": "1"}
    return {key: value for key, value in {**binding, **changes}.items() if value is not None}


def test_a_version_tells_the_namespaces_of_its_own_bound_classes() -> None:
    bindings = [
        a_binding(),
        a_binding(class_name="B", namespace_id="2", script_name="mine"),
        a_binding(class_name="C", namespace_id="3", script_name="another"),
        a_binding(class_name="D", namespace_id=None),
        {"type": "kv_namespace", "name": "K", "namespace_id": "4"},
    ]
    assert bound_namespaces({"resources": {"bindings": bindings}}, "mine") == {"A": "1", "B": "2"}


def test_a_version_without_resources_tells_none() -> None:
    assert bound_namespaces({}, "mine") == {}


def a_version(*containers: dict[str, Any]) -> dict[str, Any]:
    return {"resources": {"bindings": [a_binding()], "script_runtime": {"containers": list(containers)}}}


A = {"class_name": "A", "name": "w-a", "images": {"x": "i"}}
PLAIN = {"class_name": "B", "name": "w-b"}


def test_versions_name_the_applications_that_have_images() -> None:
    assert versioned_applications([a_version(A, PLAIN)], "w") == (VersionedApplication("w-a", "A", "1"),)
    without_images = {**A, "images": {}}
    assert len(versioned_applications([a_version(without_images), a_version(A)], "w")) == 1
    assert versioned_applications([a_version(PLAIN), {}], "w") == ()


@pytest.mark.parametrize("other", [a_version(), a_version({**A, "name": "other"})])
def test_versions_that_name_different_ones_do_not_go_together(other: dict[str, Any]) -> None:
    with pytest.raises(PywranglerError, match="different applications"):
        versioned_applications([a_version(A), other], "w")
