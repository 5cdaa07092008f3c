"""`pywrangler containers images`: the managed registry over HTTPS, and the API that lets us in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pywrangler.errors import ExitStatus
from tests.support.api import ACCOUNT, Api, Call, Handler, Says, in_turn, result, serve
from tests.support.cli import Outcome, run
from tests.support.servers.tls import self_signed, server_context

DIGEST = "sha256:" + "d" * 64


@contextmanager
def registry(handler: Handler, directory: Path) -> Iterator[tuple[dict[str, str], Api]]:
    """A managed registry that answers so: the variables that name it, and what it is asked."""
    certificate = self_signed(directory)
    with serve(handler, server_context(certificate)) as images:
        host = images.url.removeprefix("https://").removesuffix("/client/v4")
        made = {"account_id": ACCOUNT, "registry_host": host, "username": "v1", "password": "p"}
        with serve(in_turn(result(made))) as api:
            named = {"CLOUDFLARE_CONTAINER_REGISTRY": host, "SSL_CERT_FILE": str(certificate)}
            yield api.environment | named, images


def deleting(words: str, directory: Path, *, garbage: int = 200) -> tuple[Outcome, list[tuple[str, str]]]:
    def handler(call: Call) -> Says:
        status = garbage if call.path == "/v2/gc/layers" else 200
        return Says(status, headers={"Docker-Content-Digest": DIGEST})

    with registry(handler, directory) as (environment, images):
        outcome = run(f"containers images delete {words}", environment=environment)
    return outcome, [(call.method, call.path) for call in images.calls]


def manifest(name: str, tag: str) -> str:
    return f"/v2/{ACCOUNT}/{name}/manifests/{tag}"


def test_a_tag_is_deleted_and_then_what_nothing_uses(tmp_path: Path) -> None:
    outcome, calls = deleting("tools/builder:V1.0_a -y", tmp_path)
    path = manifest("tools/builder", "V1.0_a")
    assert (outcome.status, calls) == (0, [("HEAD", path), ("DELETE", path), ("PUT", "/v2/gc/layers")])
    assert DIGEST in outcome.stderr


def test_a_tag_is_deleted_though_the_layers_stay(tmp_path: Path) -> None:
    outcome, calls = deleting("app:v1 -y", tmp_path, garbage=403)
    assert (outcome.status, calls[1]) == (0, ("DELETE", manifest("app", "v1")))
    assert "Warning: The unused layers were not removed" in outcome.stderr


def test_the_account_may_stand_before_the_image(tmp_path: Path) -> None:
    outcome, calls = deleting(f"{ACCOUNT}/app:v1 -y", tmp_path)
    assert (outcome.status, calls[1]) == (0, ("DELETE", manifest("app", "v1")))


def test_registry_and_account_may_stand_before_the_image(tmp_path: Path) -> None:
    def handler(call: Call) -> Says:
        return Says(200, headers={"Docker-Content-Digest": DIGEST})

    with registry(handler, tmp_path) as (environment, images):
        name = f"{environment['CLOUDFLARE_CONTAINER_REGISTRY']}/{ACCOUNT}/app:v1"
        outcome = run(f"containers images delete {name} -y", environment=environment)
    assert (outcome.status, images.calls[1].path) == (0, manifest("app", "v1"))


def test_an_image_that_does_not_exist_is_said_so_with_the_nearest(tmp_path: Path) -> None:
    def handler(call: Call) -> Says:
        catalogue = {"repositories": {f"{ACCOUNT}/app": ["v1"]}}
        is_catalogue = call.path == "/v2/_catalog"
        return Says(200, json.dumps(catalogue).encode()) if is_catalogue else Says(404)

    with registry(handler, tmp_path) as (environment, _):
        outcome = run("containers images delete app:v2 -y", environment=environment)
    assert outcome.status == ExitStatus.FAILURE
    assert "The registry has no image `app:v2`." in outcome.stderr
    assert "Did you mean `app:v1`?" in outcome.stderr


@pytest.mark.parametrize(
    "image",
    ["ghcr.io/me/app:v1", "docker.io/app:v1",
     "app", "app:", ":v1", "App:v1", "app:v1:v2", "a..b:v1", "a___b:v1", "app/:v1", "app:-v1", "app:v1+x",
     "äpp:v1", f"app@{DIGEST}", f"app:v1@{DIGEST}", "app:" + "t" * 129, "a" * 256 + ":v1"],
)  # fmt: skip
def test_what_is_no_image_with_a_tag_is_refused_before_anything_is_asked(image: str) -> None:
    variables = {"CLOUDFLARE_API_TOKEN": "t", "CLOUDFLARE_ACCOUNT_ID": ACCOUNT}
    outcome = run(f"containers images delete {image} -y", environment=variables)
    assert outcome.status == ExitStatus.USAGE
    assert "is not an image of the managed registry with a tag" in outcome.stderr


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("^app$", ["app"]),
        (f"^{ACCOUNT}/tools", ["tools/builder"]),
        (r"(?<x>p)\k<x>", ["app"]),
        ("[[a]pp", ["app"]),
    ],
)
def test_a_filter_is_a_regular_expression_as_javascript_has_it(
    tmp_path: Path, pattern: str, names: list[str]
) -> None:
    found = {f"{ACCOUNT}/{name}": ["v1"] for name in ("app", "tools/builder")}
    catalogue = Says(body=json.dumps({"repositories": found}).encode())
    with registry(in_turn(catalogue), tmp_path) as (environment, _):
        outcome = run(f"containers images list --json --filter '{pattern}'", environment=environment)
    assert [image["name"] for image in outcome.json] == names
    assert outcome.stderr == ""


TAGS = {"v1": "2020-01-01T00:00:00Z", "v2": "2020-02-01T00:00:00Z", "v3": "2020-03-01T00:00:00Z"}


def pruning(words: str, directory: Path, used: str) -> tuple[Outcome, list[str]]:
    """Prune an image with three tags, one `used` by a rollout; what was deleted."""
    digests = {tag: f"sha256:{number:064}" for number, tag in enumerate(TAGS)}

    def images(call: Call) -> Says:
        last = call.path.rpartition("/")[2]
        if call.path == "/v2/_catalog":
            return Says(body=json.dumps({"repositories": {f"{ACCOUNT}/web": list(TAGS)}}).encode())
        if "/blobs/" in call.path:
            return Says(body=json.dumps({"created": TAGS[last]}).encode())
        content = {"config": {"digest": last}, "layers": [{"size": 1_000_000}]}
        headers = {"Docker-Content-Digest": digests.get(last, "")}
        return Says(body=json.dumps(content).encode(), headers=headers)

    def account(call: Call) -> Says:
        in_use = {"image": f"registry.cloudflare.com/{ACCOUNT}/web@{digests[used]}"}
        match call.method, call.path:
            case "POST", _:
                made = {"account_id": ACCOUNT, "registry_host": host, "username": "v1", "password": "p"}
                return result(made)
            case "GET", "/containers/applications":
                return result([{"id": "a", "name": "web", "configuration": {"image": "docker.io/x:1"}}])
        return result([{"id": "r", "current_configuration": in_use}])

    certificate = self_signed(directory)
    with serve(images, server_context(certificate)) as served, serve(account) as api:
        host = served.url.removeprefix("https://").removesuffix("/client/v4")
        named = {"CLOUDFLARE_CONTAINER_REGISTRY": host, "SSL_CERT_FILE": str(certificate)}
        outcome = run(f"containers images prune {words}", environment=api.environment | named)
    return outcome, [call.path.rpartition("/")[2] for call in served.calls if call.method == "DELETE"]


def test_prune_spares_what_a_rollout_refers_to(tmp_path: Path) -> None:
    outcome, deleted = pruning("--keep 1 -y", tmp_path, used="v1")
    assert (outcome.status, deleted) == (0, ["v2"]), outcome.stderr
    assert "Deleted 1 tag." in outcome.stderr


def test_prune_shows_what_it_would_delete(tmp_path: Path) -> None:
    outcome, deleted = pruning("--keep 0 --older-than 30d --dry-run --json", tmp_path, used="v2")
    assert (outcome.status, deleted) == (0, [])
    assert [each["tag"] for each in outcome.json["would_delete"]] == ["v1", "v3"]


def test_prune_with_nothing_to_delete_says_so(tmp_path: Path) -> None:
    outcome, deleted = pruning("--older-than 100000d", tmp_path, used="v2")
    assert (outcome.status, deleted, "Nothing to delete." in outcome.stderr) == (0, [], True)


@pytest.mark.parametrize(
    ("words", "hint"), [("", "--keep 5"), ("--older-than soon", "30s"), ("--keep 1 --filter (", "--filter")]
)
def test_prune_needs_to_know_what_is_old(words: str, hint: str) -> None:
    outcome = run(f"containers images prune {words}", environment={"CLOUDFLARE_API_TOKEN": "t"})
    assert (outcome.status, hint in outcome.stderr) == (ExitStatus.USAGE, True), outcome.stderr
