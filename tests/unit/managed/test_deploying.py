"""What a deploy builds, sends and plans for containers that their class manages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pywrangler.config.checks.instance_types import LITE
from pywrangler.config.records import Container, DockerfileImage, RegistryImage
from pywrangler.deploy.applications.managed import (
    check_policy,
    managed_body,
    managed_differences,
    managed_modification,
)
from pywrangler.deploy.images.units import image_units, named_images
from pywrangler.errors import PywranglerError

HERE = Path("/project")
PLAIN = Container("web-app", "App", RegistryImage("app:v1"), 3, LITE)


def built(name: str, **variables: str) -> DockerfileImage:
    return DockerfileImage(HERE / name, HERE, variables)


def managed(images: dict[str, Any] | None = None, **changes: Any) -> Container:
    return Container(
        "web-box", "Box", None, 0, LITE, scheduling_policy="durable_object", images=images or {}, **changes
    )


def test_each_image_is_built_once_under_a_name_of_its_own() -> None:
    box = managed({"a b": built("D"), "a.b": built("E"), "same": built("D"), "other": built("D", X="1")})
    units = image_units("Web", [PLAIN, box])
    assert [unit.name for unit in units] == ["web-app", "web-box-a-b", "web-box-a-b-2", "web-box-other"]
    assert [unit.image for unit in units[1:]] == [built("D"), built("E"), built("D", X="1")]
    assert units[0] is PLAIN
    references = {unit.name: f"{unit.name}@x" for unit in units}
    assert named_images("Web", [PLAIN, box], references) == {
        "Box": {
            "a b": "web-box-a-b@x",
            "a.b": "web-box-a-b-2@x",
            "same": "web-box-a-b@x",
            "other": "web-box-other@x",
        }
    }


def test_only_what_the_configuration_says_is_in_the_request() -> None:
    assert managed_body(managed()) == {"name": "web-box", "scheduling_policy": "durable_object"}
    extra = {"ssh": {"enabled": True}, "unsafe": {"configuration": {"experimental_flags": ["b", "a"]}}}
    assert managed_body(managed(extra=extra, observability={"logs": {"enabled": True}})) == {
        "name": "web-box",
        "scheduling_policy": "durable_object",
        "configuration": {"wrangler_ssh": {"enabled": True}, "experimental_flags": ["b", "a"]},
        "observability": {"logs": {"enabled": True}},
    }


def test_a_change_is_sent_with_its_whole_part() -> None:
    body = managed_body(managed(extra={"ssh": {"enabled": True}, "authorized_keys": []}))
    previous = {"configuration": {"wrangler_ssh": {"enabled": False}, "authorized_keys": []}}
    changed = managed_differences(previous, body)
    assert [each.field for each in changed] == ["configuration.wrangler_ssh"]
    assert managed_modification(body, changed) == {"configuration": body["configuration"]}
    assert managed_differences({"configuration": body["configuration"]}, body) == ()
    assert managed_modification(body, ()) is None


@pytest.mark.parametrize(("had", "is_refused"), [("default", True), (None, True), ("durable_object", False)])
def test_the_policy_never_changes(had: str | None, is_refused: bool) -> None:
    previous = {"id": "some-id", "scheduling_policy": had}
    if not is_refused:
        check_policy(managed(), previous)
        return
    check_policy(PLAIN, previous)
    with pytest.raises(PywranglerError, match="cannot change") as caught:
        check_policy(managed(), previous)
    assert "containers delete some-id" in (caught.value.hint or "")
