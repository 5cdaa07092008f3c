"""Which images mount with FUSE, and what must be asked about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.config.checks.instance_types import LITE as SIZE
from pywrangler.config.records import Container, DockerfileImage, RegistryImage
from pywrangler.deploy.applications.fuse import (
    FuseDecisions,
    check_names,
    mounting,
    mounts_with_fuse,
    plan_fuse,
)
from pywrangler.errors import UsageError


@pytest.mark.parametrize(
    ("text", "mounts"),
    [
        ("RUN apk add --no-cache ca-certificates fuse curl bash", True),
        ("RUN apt-get install -y \\\n  fuse3 s3fs", True),
        ('CMD ["rclone mount", "x"]', True),
        ("RUN curl -L https://example.com/tigrisfs_1.tar.gz -o /tmp/tigrisfs.tar.gz", True),
        ("RUN apt-get install -y libfuse2", True),
        ("RUN apt-get install -y rclone", False),
        ("# fuse3 would be needed to mount\nFROM busybox:1.35", False),
        ("RUN echo confuse refused diffuse", False),
    ],
)
def test_images_that_mount_name_a_program_for_it(text: str, mounts: bool) -> None:
    assert mounts_with_fuse(text) is mounts


def test_only_own_images_are_looked_into(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM busybox:1.35\nRUN apt-get install fuse3\n")
    images = {
        "mounts": DockerfileImage(tmp_path / "Dockerfile", tmp_path),
        "missing": DockerfileImage(tmp_path / "none", tmp_path),
        "pulled": RegistryImage("example.com/fuse3:1"),
    }
    containers = [Container(name, name, image, 1, SIZE) for name, image in images.items()]
    assert mounting(containers) == ("mounts",)


def test_what_is_not_decided_yet_is_left_to_ask_about() -> None:
    assert plan_fuse(["a", "b"], {}, [], []) == FuseDecisions(open=("a", "b"))
    assert plan_fuse(["a", "b"], {"a": False}, [], []) == FuseDecisions(open=("b",))
    assert plan_fuse(["a", "b"], {"*": True}, [], []) == FuseDecisions()
    assert plan_fuse(["a", "b"], {"a": False}, ["a"], ["b"]) == FuseDecisions(("a",), ("b",))


def test_options_name_applications_of_the_project() -> None:
    containers = [Container("api-box", "Box", RegistryImage("web:1"), 1, SIZE)]
    check_names({"--allow-fuse": ["api-box"], "--deny-fuse": []}, containers)
    for options in (
        {"--allow-fuse": ["Box"], "--deny-fuse": []},
        {"--allow-fuse": ["api-box"], "--deny-fuse": ["api-box"]},
    ):
        with pytest.raises(UsageError):
            check_names(options, containers)
    with pytest.raises(UsageError) as refused:
        check_names({"--allow-fuse": ["x"], "--deny-fuse": []}, [])
    assert refused.value.hint == "It has no containers."
