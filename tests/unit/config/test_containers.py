"""One entry of `containers`: image, size, rollout, constraints."""

from __future__ import annotations

from typing import Any

import pytest

from pywrangler.config.records import Container, DockerfileImage, InstanceType, RegistryImage
from tests.unit.config.project import Project, codes, container, underlined


def only_container(project: Project, **changes: Any) -> Container:
    (made,) = project.load(container(**changes)).containers
    return made


def test_defaults_are_those_of_wrangler(project: Project) -> None:
    made = only_container(project, max_instances=None)
    assert made.name == "my-worker-mycontainer"
    assert made.max_instances == 20
    assert made.instance_type == InstanceType("lite", 0.0625, 256, 2000)
    assert made.constraints == {"tiers": [1, 2]}
    assert (made.rollout_step_percentage, made.rollout_step_size) == ((10, 100), None)
    assert (made.rollout_kind, made.rollout_active_grace_period_seconds) == ("full_auto", 0)
    assert made.scheduling_policy == "default"


def test_one_instance_is_replaced_in_one_step(project: Project) -> None:
    made = only_container(project, max_instances=1)
    assert (made.rollout_step_percentage, made.rollout_step_size) == ((100,), 100)


def test_a_dockerfile_is_built_in_its_own_directory(project: Project) -> None:
    dockerfile = project.write("app/Dockerfile.web", "FROM scratch")
    made = only_container(project, image="app/Dockerfile.web")
    assert made.image == DockerfileImage(dockerfile, project.directory / "app")


def test_a_directory_that_holds_a_dockerfile_is_an_image(project: Project) -> None:
    dockerfile = project.write("app/Dockerfile", "FROM scratch")
    assert only_container(project, image="./app").image == DockerfileImage(
        dockerfile, project.directory / "app"
    )


def test_context_and_build_arguments_are_taken_from_the_configuration(project: Project) -> None:
    project.write("app/Dockerfile", "FROM scratch")
    variables = {"VERSION": "1", "COUNT": 2, "ON": True}
    image = only_container(project, image="app", image_build_context=".", image_vars=variables).image
    built = {"VERSION": "1", "COUNT": "2", "ON": "true"}
    assert image == DockerfileImage(project.directory / "app/Dockerfile", project.directory, built)


@pytest.mark.parametrize(
    "reference",
    ["registry.cloudflare.com/app:v1", "docker.io/library/httpd:2.4", "app:v1", f"app@sha256:{'a' * 64}"],
)
def test_anything_else_is_a_reference(project: Project, reference: str) -> None:
    assert only_container(project, image=reference).image == RegistryImage(reference)


@pytest.mark.parametrize(
    ("image", "code", "hint"),
    [
        ("./nowhere/Dockerfile", "dockerfile-missing", 'Did you mean "./Dockerfile"?'),
        ("./nowhere/Dockerfile.web", "dockerfile-missing", "Name a Dockerfile"),
        ("/Dockerfile", "dockerfile-missing", 'Did you mean "./Dockerfile"?'),
        ("NGINX:1", "dockerfile-missing", 'Names of images are lower-case: "nginx:1".'),
        ("", "image-empty", "Name a Dockerfile"),
        ("./Dockerfil", "dockerfile-missing", 'Did you mean "./Dockerfile"?'),
        ("src", "dockerfile-missing", "Add a Dockerfile to it"),
        ("https://docker.io/httpd:1", "image-protocol", 'Write "docker.io/httpd:1".'),
        ("httpd", "image-without-tag", 'Write "httpd:<tag>"'),
        ("a b:1", "dockerfile-missing", "Name a Dockerfile"),
        ("  ", "image-empty", "Name a Dockerfile"),
        ("loop", "image-unreadable", None),
        ("x" * 300, "image-unreadable", None),
    ],
)
def test_an_image_that_is_nothing_is_explained(
    project: Project, image: str, code: str, hint: str | None
) -> None:
    (project.directory / "loop").symlink_to("loop")
    found = project.problems(container(image=image))
    problem = next(problem for problem in found if problem.code == code)
    assert underlined(problem)[: len(image)].strip('"') == image[: len(image) - 1] or image in underlined(
        problem
    )
    assert hint is None or (problem.hint and problem.hint.startswith(hint))


def test_a_build_context_must_be_a_directory(project: Project) -> None:
    assert codes(project.problems(container(image_build_context="./Dockerfile"))) == ["build-context-missing"]


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (7, ["rollout-step-size"]),
        ("10", ["wrong-type"]),
        ([50, 20, 100], ["rollout-order"]),
        ([5, 100], ["rollout-step"]),
        ([10, 50], ["rollout-end"]),
        ([], ["rollout-end"]),
        ([10, 20, 30, 100], ["rollout-too-many-steps"]),
        ([10, "x", 100], ["wrong-type"]),
    ],
)
def test_wrong_rollout_steps_are_errors(project: Project, steps: object, found: list[str]) -> None:
    assert codes(project.problems(container(rollout_step_percentage=steps, max_instances=3))) == found


def test_a_step_size_is_kept_beside_the_steps_it_means(project: Project) -> None:
    made = only_container(project, rollout_step_percentage=25)
    assert (made.rollout_step_percentage, made.rollout_step_size) == ((25, 50, 75, 100), 25)


def test_constraints_are_written_as_the_api_takes_them(project: Project) -> None:
    made = only_container(project, constraints={"regions": ["wnam", "WEUR"], "jurisdiction": "eu"})
    assert made.constraints == {"tiers": [1, 2], "regions": ["WNAM", "WEUR"], "jurisdiction": "eu"}
    assert only_container(project, constraints={"tier": -1}).constraints == {}
    assert only_container(project, constraints={"tiers": [3]}).constraints == {"tiers": [3]}
    empty = {"tiers": [], "regions": [], "cities": []}
    assert only_container(project, constraints=empty).constraints == empty


def test_of_affinities_only_what_the_api_knows_is_sent(project: Project) -> None:
    made = only_container(project, affinities={"colocation": "datacenter", "near": "me"})
    assert made.extra["affinities"] == {"colocation": "datacenter"}
    assert codes(project.problems(container(affinities="x"))) == ["wrong-type"]


@pytest.mark.parametrize(
    ("constraints", "code"),
    [
        ({"regions": ["WNAMM"]}, "unknown-region"),
        ({"jurisdiction": "uk"}, "unknown-jurisdiction"),
        ({"tier": 1, "tiers": [1]}, "tier-and-tiers"),
        ({"regions": "ENAM"}, "wrong-type"),
    ],
)
def test_wrong_constraints_are_errors(project: Project, constraints: dict[str, Any], code: str) -> None:
    assert code in codes(project.problems(container(constraints=constraints)), "error")


def test_a_custom_size_is_filled_up_from_lite(project: Project) -> None:
    made = only_container(project, instance_type={"vcpu": 1, "memory_mib": 4096})
    assert made.instance_type == InstanceType(None, 1, 4096, 2000)


@pytest.mark.parametrize(
    ("size", "text", "message"),
    [
        ({"vcpu": 8, "memory_mib": 12288}, "8", '.vcpu" is 8; 4 is the maximum'),
        ({"vcpu": 0.5, "memory_mib": 4096}, "0.5", '.vcpu" is 0.5; a custom size needs 1 or more'),
        ({"memory_mib": 512}, "{", '" has no "vcpu"; a custom size needs 1 or more'),
        ({"vcpu": 1}, "{", '" has no "memory_mib", which is then 256; 1 vCPU need 3072 or more'),
        ({"vcpu": 1, "memory_mib": 1024}, "1024", '.memory_mib" is 1024 MiB; 1 vCPU need 3072 or more'),
        ({"vcpu": 4, "memory_mib": 99999}, "99999", '.memory_mib" is 99999 MiB; 12288 is the maximum'),
        (
            {"vcpu": 1, "memory_mib": 4096, "disk_mb": 50000},
            "50000",
            '.disk_mb" is 50000 MB; 20000 is the maximum',
        ),
    ],
)
def test_a_size_outside_cloudflares_limits_is_one_warning_at_what_is_outside(
    project: Project, size: dict[str, Any], text: str, message: str
) -> None:
    (warning,) = project.load(container(instance_type=size)).warnings
    assert (warning.code, underlined(warning)) == ("size-outside-limits", text)
    assert message in warning.message
    assert warning.hint
    assert warning.hint.startswith("These are Cloudflare's limits")


def test_a_size_outside_the_limits_is_shown_the_nearest_with_a_name(project: Project) -> None:
    (warning,) = project.load(container(instance_type={"vcpu": 1, "memory_mib": 1024})).warnings
    assert warning.hint
    assert warning.hint.endswith('Its size "standard-2" has 1 vCPU, 6144 MiB, 12000 MB.')


def test_former_names_of_sizes_still_work(project: Project) -> None:
    configuration = project.load(container(instance_type="standard"))
    assert configuration.containers[0].instance_type == InstanceType("standard", 0.5, 4096, 8000)
    assert codes([*configuration.warnings]) == ["former-instance-type"]


def test_the_deprecated_configuration_table_still_works(project: Project) -> None:
    former = {"image": "./Dockerfile", "vcpu": 1, "memory_mib": 4096, "disk": {"size_mb": 3000}}
    content = container(image=None, configuration=former)
    (made,) = project.load(content).containers
    assert made.instance_type == InstanceType(None, 1, 4096, 3000)
    found = project.problems(container(configuration=former, instance_type="lite"))
    assert codes(found, "error") == ["two-sizes"]


def test_ssh_and_unchecked_fields_are_passed_on(project: Project) -> None:
    key = {"name": "me", "public_key": "ssh-ed25519 AAAA"}
    made = only_container(project, wrangler_ssh={"enabled": True}, authorized_keys=[key], unsafe={"x": 1})
    assert made.extra == {"ssh": {"enabled": True}, "authorized_keys": [key], "unsafe": {"x": 1}}
    rsa = {"name": "me", "public_key": "ssh-rsa AAAA"}
    assert codes(project.problems(container(authorized_keys=[rsa]))) == ["wrong-form"]


@pytest.mark.parametrize("value", [1e999, -1, 1.5, "3", True, None, 10**30])
def test_max_instances_is_a_whole_number(project: Project, value: object) -> None:
    changes = container()
    changes["containers"] = [{**changes["containers"][0], "max_instances": value}]
    found = project.problems(changes)
    assert [problem.code in ("wrong-type", "out-of-range", "syntax") for problem in found] == [True] * len(
        found
    )
    assert found


@pytest.mark.parametrize(
    ("observability", "code"),
    [
        ({}, "observability-undecided"),
        ({"logs": {}}, "observability-undecided"),
        ({"enabled": True, "logs": {"enabled": False}}, "observability-contradiction"),
        ({"enabled": True, "target_instance_count": 2, "target_instance_percentage": 5}, "two-targets"),
        ({"target_instance_count": 2}, "target-without-logs"),
        ({"enabled": True, "target_instance_count": 2}, None),
    ],
)
def test_logs_of_one_container(project: Project, observability: dict[str, Any], code: str | None) -> None:
    assert codes(project.problems(container(observability=observability))) == ([code] if code else [])
