"""Which namespace a new application belongs to."""

from __future__ import annotations

from typing import Any

from pywrangler.deploy.apply import bound_namespaces


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
