"""The engine's reason, without the way that it took."""

from __future__ import annotations

import pytest

from pywrangler.local.gateway.engine_words import shorten_start_error

DOCKER_26 = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create"
    " failed: unable to start container process: "
)
DOCKER_20 = "OCI runtime create failed: container_linux.go:380: starting container process caused: "


@pytest.mark.parametrize("path", ["", DOCKER_26, DOCKER_20, DOCKER_20.replace("380: ", "345: ")])
@pytest.mark.parametrize(
    "reason",
    [
        'exec: "/nope": stat /nope: no such file or directory',
        'exec: "nope": executable file not found in $PATH',
        'exec: "/a": permission denied',
        "unable to find user nobody2: no matching entries in passwd file",
    ],
)
def test_the_reason_stays(path: str, reason: str) -> None:
    assert shorten_start_error(f"{path}{reason}: unknown") == reason
    assert shorten_start_error(path + reason) == reason


def test_crun_is_understood() -> None:
    message = "OCI runtime error: crun: executable file `nope` not found in $PATH: No such file or directory"
    expected = "executable file `nope` not found in $PATH: No such file or directory"
    assert shorten_start_error(message) == expected
    assert shorten_start_error("conflict") == "conflict"


def test_a_machine_without_fuse_is_named_as_such() -> None:
    message = (
        'error gathering device information while adding custom device "/dev/fuse": no such file or directory'
    )
    assert shorten_start_error(message).startswith("the Docker Engine's machine has no /dev/fuse")
    other = message.replace("fuse", "kvm")
    assert shorten_start_error(other) == other
