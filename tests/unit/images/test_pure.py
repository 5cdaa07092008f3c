"""References, Dockerfiles, argument lists, logs and sizes, by value."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.engine.records import ImageFacts
from pywrangler.errors import BuildError, UsageError
from pywrangler.image_names import built_tag, owner_mark
from pywrangler.images.build_args import Builder, build_args, builder_environment, lacking, read_builder
from pywrangler.images.build_log import BuildLog
from pywrangler.images.inspect import check_platform, check_pushable_size, check_size, required_disk_mb
from pywrangler.images.records import BuildRequest, BuildWishes
from pywrangler.images.reference import (
    Reference,
    managed_reference,
    parse_reference,
    platform_reference,
)

ACCOUNT, OTHER, HOST = "1" * 32, "f" * 32, "127.0.0.1:5000"
DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "parts", "normal"),
    [
        ("busybox", Reference(None, "busybox"), "docker.io/library/busybox:latest"),
        ("me/app:1.2", Reference(None, "me/app", "1.2"), "docker.io/me/app:1.2"),
        ("localhost:5000/app", Reference("localhost:5000", "app"), "localhost:5000/app:latest"),
        ("ghcr.io/a/b/c:x", Reference("ghcr.io", "a/b/c", "x"), "ghcr.io/a/b/c:x"),
        (f"app@{DIGEST}", Reference(None, "app", None, DIGEST), f"docker.io/library/app@{DIGEST}"),
        (f"r.io/app:1@{DIGEST}", Reference("r.io", "app", "1", DIGEST), f"r.io/app:1@{DIGEST}"),
    ],
)
def test_a_reference_is_taken_apart_and_made_whole(text: str, parts: Reference, normal: str) -> None:
    assert parse_reference(text) == parts
    assert str(parts) == text
    assert str(parts.normal) == normal


@pytest.mark.parametrize("text", ["", "App:1", "a//b", "app:", "app:ta g", "r.io/", "app@sha256:12", "-a"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not the name of an image"):
        parse_reference(text)


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("app:1", "registry.cloudflare.com/acc/app:1"),
        ("registry.cloudflare.com/app:1", "registry.cloudflare.com/acc/app:1"),
        ("registry.cloudflare.com/acc/app:1", "registry.cloudflare.com/acc/app:1"),
        ("Registry.Cloudflare.com/app:1", "registry.cloudflare.com/acc/app:1"),
        ("docker.io/app:1", "docker.io/app:1"),
    ],
)
def test_names_in_the_managed_registry_carry_the_account(text: str, full: str) -> None:
    assert str(managed_reference(text, "acc")) == full


@pytest.mark.parametrize(
    ("text", "located"),
    [
        ("app:1", "app:1"),
        ("tools/app", "tools/app"),
        (f"{ACCOUNT}/app:1", "app:1"),
        (f"{OTHER}/app:1", "app:1"),
        (OTHER, OTHER),
        (f"registry.cloudflare.com/{OTHER}/tools/app:1", "tools/app:1"),
        (f"Registry.Cloudflare.com/{ACCOUNT}/app@{DIGEST}", f"app@{DIGEST}"),
        ("registry.cloudflare.com/app:1", "app:1"),
        (f"staging.registry.cloudflare.com/{OTHER}/app:1", "app:1"),
        (f"{HOST}/{ACCOUNT}/app:1", "app:1"),
        ("docker.io/app:1", None),
        ("ghcr.io/me/app:1", None),
        ("127.0.0.1:5001/app:1", None),
    ],
)
def test_a_platforms_registry_stands_for_the_managed_one(text: str, located: str | None) -> None:
    found = platform_reference(text, ACCOUNT, ["staging.registry.cloudflare.com"], HOST)
    assert (found and str(found)) == (located and f"{HOST}/{ACCOUNT}/{located}")


def test_an_image_of_another_account_is_refused() -> None:
    with pytest.raises(UsageError, match=f"belongs to the account {'f' * 32}, and not to acc"):
        managed_reference(f"registry.cloudflare.com/{'f' * 32}/app:1", "acc")


def test_a_built_image_is_named_after_its_application() -> None:
    assert built_tag("My_App--x", DIGEST) == f"pywrangler.local/my-app-x:{'a' * 12}"


def test_the_name_of_a_built_image_tells_its_platform() -> None:
    owned = built_tag("app", DIGEST, "0123456789abcdef" * 2)
    assert owned == f"pywrangler.local/app:{'a' * 12}-0123456789ab"
    assert owner_mark(owned) == "0123456789ab"
    for name in (
        built_tag("app", DIGEST),
        "app:1",
        f"elsewhere/app:{'a' * 12}-0123456789ab",
        "pywrangler.local/app:v1-b",
    ):
        assert owner_mark(name) is None


def test_a_build_is_one_command_line() -> None:
    request = BuildRequest(
        "app",
        Path("/p/Dockerfile.prod"),
        Path("/p"),
        build_vars={"A": "1", "B": "two words"},
        target="final",
        secrets=("id=token,env=TOKEN",),
        cache_from=("type=gha",),
        cache_to=("type=gha,mode=max",),
        no_cache=True,
        pull=True,
    )
    assert build_args(request, ["t:1", "t:2"], Builder("buildx", "default")) == [
        *("buildx", "build", "--builder", "default", "--platform", "linux/amd64", "--load"),
        *("--provenance=false", "--progress=plain", "--tag", "t:1", "--tag", "t:2"),
        *("--build-arg", "A=1", "--build-arg", "B=two words", "--target", "final"),
        *("--secret", "id=token,env=TOKEN", "--cache-from", "type=gha", "--cache-to", "type=gha,mode=max"),
        *("--no-cache", "--pull", "--file", "/p/Dockerfile.prod", "/p"),
    ]


def test_a_build_gets_no_label_and_can_read_a_piped_dockerfile() -> None:
    words = build_args(BuildRequest("app", Path("/D"), Path("/")), [], Builder("buildx"), is_piped=True)
    assert words[-3:] == ["--file", "-", "/"]
    assert not any(word.startswith("--label") for word in words)  # equal inputs have one id everywhere


def test_podman_gets_no_flag_it_rejects() -> None:
    request = BuildRequest("app", Path("/D"), Path("/"), pull=True)
    words = build_args(request, ["t:1"], Builder("podman"), engine_url="unix:///run/podman.sock")
    assert words == [
        *("--remote", "--url", "unix:///run/podman.sock", "build", "--platform", "linux/amd64"),
        *("--tag", "t:1", "--pull=always", "--file", "/D", "/"),
    ]


def test_an_engine_that_builds_itself_gets_the_plain_words() -> None:
    request, builder = BuildRequest("app", Path("/D"), Path("/"), pull=True), Builder("engine")
    words = build_args(request, ["t:1"], builder)
    assert words == ["build", "--platform", "linux/amd64", "--tag", "t:1", "--pull", "--file", "/D", "/"]
    assert builder_environment({"A": "1"}, builder) == {"A": "1", "DOCKER_BUILDKIT": "0"}
    assert builder_environment({"A": "1"}, Builder("buildx")) == {"A": "1"}
    secret = BuildRequest("app", Path("/D"), Path("/"), secrets=("id=a",))
    assert lacking(secret, builder) == "pass secrets to a build"
    assert lacking(secret, Builder("podman")) is None
    assert lacking(request, builder) is None


BUILDX = "github.com/docker/buildx 0.13.1 abc"


@pytest.mark.parametrize(
    ("output", "version", "is_podman", "environment", "builder"),
    [
        (BUILDX, "", False, {}, Builder("buildx", "default")),
        (BUILDX, "", False, {"BUILDX_BUILDER": "mine"}, Builder("buildx", None)),
        (BUILDX, "", True, {}, Builder("engine")),
        (BUILDX, "", True, {"BUILDX_BUILDER": "mine"}, Builder("buildx", None)),
        (None, "Docker version 28.2.2", True, {}, Builder("engine")),
        (None, "Docker version 28.2.2", False, {}, None),
        (None, "podman version 4.3.1", True, {}, Builder("podman")),
        ("buildah 1.33.7", "", True, {}, Builder("podman")),
    ],
)
def test_the_builder_is_recognised(
    output: str | None, version: str, is_podman: bool, environment: dict[str, str], builder: Builder | None
) -> None:
    assert read_builder(output, version, environment, is_podman_engine=is_podman) == builder


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("STEP 2/3: RUN make", "2/3: RUN make"),
        ("Step 2/3 : RUN make", "2/3 : RUN make"),
        ("#6 [2/3] RUN make", "[2/3] RUN make"),
        ("#1 [internal] load build definition", None),
        ("COMMIT t:1", None),
    ],
)
def test_steps_of_each_builder_are_shown(line: str, shown: str | None) -> None:
    assert BuildLog().add(line) == shown


def test_the_reason_of_podman_is_told() -> None:
    log = BuildLog()
    log.add('Error: building at STEP "RUN false": while running runtime: exit status 1')
    assert log.reason == 'building at STEP "RUN false": while running runtime: exit status 1'


def test_a_build_log_says_what_to_show() -> None:
    log = BuildLog()
    lines = [
        "#1 [internal] load build definition from Dockerfile",
        "#4 [base 1/2] FROM docker.io/library/busybox:1.35",
        "#4 CACHED",
        "#6 [base 2/2] RUN echo hi",
        "#6 0.175 hi",
        "#6 0.180 ",
        "#6 DONE 1.2s",
    ]
    assert [shown for line in lines if (shown := log.add(line))] == [
        "[base 1/2] FROM docker.io/library/busybox:1.35",
        "CACHED",
        "[base 2/2] RUN echo hi",
        "hi",
    ]
    assert log.reason is None


def test_the_failing_step_is_cut_out_of_a_build_log() -> None:
    log = BuildLog()
    for line in [
        *(
            "#5 [2/2] RUN false",
            '#5 ERROR: process "false" did not complete',
            "------",
            " > [2/2] RUN false:",
        ),
        *("0.1 said", "------", "Dockerfile:2", "ERROR: failed to solve: it did not complete"),
    ]:
        log.add(line)
    assert log.failure == "------\n > [2/2] RUN false:\n0.1 said\n------\nDockerfile:2"
    assert log.reason == "it did not complete"


def facts(**changes: object) -> ImageFacts:
    inspected = {"Id": DIGEST, "Os": "linux", "Architecture": "amd64", "Size": 100_000_000}
    return ImageFacts.from_json({**inspected, "RootFS": {"Layers": ["a", "b"]}, **changes})


def test_another_architecture_is_refused() -> None:
    check_platform(facts(), "app:1")
    with pytest.raises(BuildError, match=r"app:1 is for linux/arm64; containers run on linux/amd64"):
        check_platform(facts(Architecture="arm64"), "app:1")


def test_an_image_must_fit_the_disk() -> None:
    assert required_disk_mb(facts()) == 144  # 110 MB and two layers of 16 MiB
    check_size(facts(), "app:1", 144)
    with pytest.raises(BuildError, match="app:1 needs 144 MB of disk and its instances have 143 MB"):
        check_size(facts(), "app:1", 143)
    check_pushable_size(facts(), "app:1", 144)
    with pytest.raises(BuildError, match="needs 144 MB of disk, and the largest instance has 143 MB"):
        check_pushable_size(facts(), "app:1", 143)


def test_the_builds_of_one_deploy_have_caches_of_their_own() -> None:
    caches = ("type=gha,scope={name}", "type=registry,ref=r/c")
    wishes = BuildWishes(pull=True, cache_from=caches, cache_to=caches[:1])
    named = ("type=gha,scope=web", "type=registry,ref=r/c")
    assert wishes.for_container("web") == BuildWishes(pull=True, cache_from=named, cache_to=named[:1])
    assert BuildWishes().for_container("web") == BuildWishes()
