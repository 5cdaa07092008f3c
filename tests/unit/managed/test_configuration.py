"""Entries of `containers` with the policy `durable_object`: what they may have, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pywrangler.config.records import DockerfileImage, RegistryImage
from tests.unit.config.project import Project, codes, fields

PINNED = f"registry.cloudflare.com/0123456789abcdef0123456789abcdef/app@sha256:{'a' * 64}"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def managed(**changes: Any) -> dict[str, Any]:
    entry = {
        "class_name": "MyContainer",
        "scheduling_policy": "durable_object",
        "images": {"base": {"dockerfile": "./Dockerfile"}},
        **changes,
    }
    return fields(containers=[{name: value for name, value in entry.items() if value is not None}])


def test_images_have_names_and_are_built_like_others(project: Project) -> None:
    project.write("app/Dockerfile.web", "FROM scratch")
    images = {
        "with space": {
            "dockerfile": "app/Dockerfile.web",
            "build_context": ".",
            "build_vars": {"VERSION": "1"},
        },
        "pinned": {"image": PINNED},
    }
    (made,) = project.load(managed(images=images, ssh={"enabled": True})).containers
    dockerfile = project.directory / "app/Dockerfile.web"
    assert made.is_managed
    assert made.image is None
    assert made.images == {
        "with space": DockerfileImage(dockerfile, project.directory, {"VERSION": "1"}),
        "pinned": RegistryImage(PINNED),
    }
    assert made.every_image == tuple(made.images.values())
    assert made.extra == {"ssh": {"enabled": True}}


def test_a_class_may_take_its_images_from_elsewhere(project: Project) -> None:
    (made,) = project.load(managed(images=None)).containers
    assert made.images == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"image": "./Dockerfile"}, "managed-field"),
        ({"max_instances": 3}, "managed-field"),
        ({"trusted_user_ca_keys": []}, "managed-field"),
        ({"unknown_thing": 1}, "managed-field"),
        ({"observability": {"enabled": True, "target_instance_count": 1}}, "managed-observability"),
        ({"unsafe": {"other": 1}}, "managed-unsafe"),
        ({"unsafe": {"configuration": {"experimental_flags": [1]}}}, "managed-unsafe"),
        ({"images": {}}, "managed-images"),
        ({"images": {f"i{n}": {"image": PINNED} for n in range(101)}}, "managed-images"),
        ({"images": {"n" * 129: {"image": PINNED}}}, "managed-image-name"),
        ({"images": {"": {"image": PINNED}}}, "managed-image-name"),
        ({"images": {"a": {}}}, "managed-image"),
        ({"images": {"a": {"image": PINNED, "dockerfile": "./Dockerfile"}}}, "managed-image"),
        ({"images": {"a": {"image": PINNED, "build_context": "."}}}, "managed-image"),
        ({"images": {"a": {"image": "app:v1"}}}, "managed-image-reference"),
        ({"images": {"a": {"dockerfile": "./Dockerfil"}}}, "dockerfile-missing"),
        ({"images": {"a": {"dockerfile": "./Dockerfile", "build_context": "no"}}}, "build-context-missing"),
    ],
)
def test_what_is_refused(project: Project, changes: dict[str, Any], code: str) -> None:
    assert code in codes(project.problems(managed(**changes)))


def test_a_hundred_images_and_a_hundred_and_twenty_eight_characters_are_possible(project: Project) -> None:
    images = {f"{n:0128}": {"image": PINNED} for n in range(100)}
    (made,) = project.load(managed(images=images)).containers
    assert len(made.images) == 100


def test_images_of_another_policy_have_no_effect(project: Project) -> None:
    content = managed(scheduling_policy=None, image="./Dockerfile")
    assert codes(project.problems(content)) == ["unused-field"]
    (made,) = project.load(content).containers
    assert made.images == {}
