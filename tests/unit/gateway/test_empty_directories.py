"""Empty directories of a start, which workerd takes for copies of snapshots."""

from __future__ import annotations

import pytest

from pywrangler.local.gateway.docker_api.directories import (
    CLONE,
    EMPTY,
    HELPER,
    helper_response,
    plan_mounts,
    volume_response,
)
from pywrangler.local.gateway.docker_api.routing import route


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("POST", "/containers/create", 201),
        ("POST", f"/containers/{HELPER}/start", 204),
        ("POST", f"/containers/{HELPER}/wait?condition=not-running", 200),
        ("DELETE", f"/containers/{HELPER}?force=true", 204),
        ("POST", "/containers/create?name=x", None),
        ("POST", "/containers/x/start", None),
    ],
)
def test_the_container_that_would_copy(method: str, target: str, status: int | None) -> None:
    found = route(method, target)
    assert found is not None
    response = helper_response(found)
    assert (response and int(response.split()[1])) == status


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", f"/volumes/{EMPTY}000000000000", 200),
        ("GET", "/volumes/workerd-snap-f8dd0778-27be-44ea-8059-45ff49a00917", 404),
        ("POST", "/volumes/create", 201),
        ("DELETE", f"/volumes/{CLONE}1", 204),
    ],
)
def test_volumes(method: str, target: str, status: int) -> None:
    found = route(method, target)
    assert found is not None
    assert int(volume_response(method, found).split()[1]) == status


def test_volumes_of_directories_get_no_name() -> None:
    mount = {"Type": "volume", "Target": "/a", "VolumeOptions": {"NoCopy": True}}
    other = {**mount, "Source": "mine"}
    assert plan_mounts([{**mount, "Source": f"{CLONE}1"}, other]) == [mount, other]
