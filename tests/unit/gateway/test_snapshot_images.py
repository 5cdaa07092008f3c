"""The image of a snapshot, as a value."""

from __future__ import annotations

import io
import json
import tarfile
from typing import Any

import pytest

from pywrangler.local.gateway.snapshots.images import (
    pack,
    plan_changes,
    plan_configuration,
    read_snapshot_id,
    shares_layers,
)

ID = "f8dd0778-27be-44ea-8059-45ff49a00917"
BASE = {
    "Architecture": "arm64",
    "Variant": "v8",
    "Os": "linux",
    "Config": {
        "Env": ["PATH=/bin", 'WORDS=a "b" $c \\d'],
        "Cmd": ["serve", "--all"],
        "Entrypoint": None,
        "WorkingDir": "/srv",
        "User": "1000",
        "ExposedPorts": {"8080/tcp": {}},
        "Volumes": {"/data": {}},
        "Labels": {"of": "the image"},
        "Hostname": "not copied",
    },
}


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (f"workerd-container-snap-{ID}", ID),
        (f"workerd-container-snap-{ID}:latest", ID),
        ("workerd-container-snap-1", None),
        ("busybox:1.35", None),
        ("", None),
    ],
)
def test_the_snapshot_that_an_image_means(image: str, expected: str | None) -> None:
    assert read_snapshot_id(image) == expected


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"Driver": "overlay2", "DriverStatus": [["Backing Filesystem", "extfs"]]}, True),
        ({"Driver": "overlayfs", "DriverStatus": [["driver-type", "io.containerd.snapshotter.v1"]]}, False),
        ({"Driver": "overlay", "DriverStatus": None}, False),
    ],
)
def test_only_stores_of_docker_itself_share_layers(info: dict[str, Any], expected: bool) -> None:
    assert shares_layers(info) is expected


def test_the_configuration_is_the_images_own() -> None:
    made = plan_configuration(BASE, ["sha256:1", "sha256:2"], {"mine": "1"}, 0.0)
    config = BASE["Config"]
    assert isinstance(config, dict)
    assert made == {
        "architecture": "arm64",
        "variant": "v8",
        "os": "linux",
        "created": "1970-01-01T00:00:00Z",
        "config": {
            **{
                name: config[name] for name in ("Cmd", "Env", "ExposedPorts", "User", "Volumes", "WorkingDir")
            },
            "Labels": {"of": "the image", "mine": "1"},
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:1", "sha256:2"]},
    }
    assert plan_changes(made) == [
        'ENV PATH="/bin"',
        'ENV WORDS="a \\"b\\" \\$c \\\\d"',
        'LABEL of="the image"',
        'LABEL mine="1"',
        "EXPOSE 8080/tcp",
        'VOLUME ["/data"]',
        "WORKDIR /srv",
        "USER 1000",
        'CMD ["serve", "--all"]',
    ]


def test_the_archive_has_the_configuration_and_no_layer() -> None:
    made = plan_configuration(BASE, ["sha256:1"], {}, 0.0)
    with tarfile.open(fileobj=io.BytesIO(pack(made, "name:1"))) as archive:
        members = {member.name: archive.extractfile(member) for member in archive}
        [manifest] = json.load(members["manifest.json"])  # type: ignore[arg-type]
        assert (manifest["RepoTags"], manifest["Layers"]) == (["name:1"], ["0/layer.tar"])
        assert sorted(members) == sorted(["manifest.json", manifest["Config"]])
        assert json.load(members[manifest["Config"]]) == made  # type: ignore[arg-type]
