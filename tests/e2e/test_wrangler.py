"""Wrangler itself against the local platform: the other side of the API, written by others.

One scenario, since most of its time is Node's and the platform's start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import Cli
from tests.support.containers import has_image, remove_images
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import WORKER, Project, make_project
from tests.support.waiting import eventually
from tests.support.wrangler import Wrangler, wrangler_for

pytestmark = [pytest.mark.docker, pytest.mark.workerd, pytest.mark.slow]

SECRET = "of-wrangler"
WITH_SECRET = WORKER.replace(
    'return new Response("worker 1")', 'return new Response(env.GREETING ?? "no secret")'
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project whose Worker returns its secret, and whose container comes from a Dockerfile."""
    return make_project(tmp_path / "project", worker=WITH_SECRET)


@pytest.fixture
def wrangler(platform: Platform, project: Project, tmp_path: Path) -> Iterator[Wrangler]:
    """Wrangler, told by variables where the platform is; the images that it makes are removed."""
    platform.start()
    wrangler = wrangler_for(platform, project.directory, tmp_path / "private")
    yield wrangler
    remove_images(f"{wrangler.environment['CLOUDFLARE_CONTAINER_REGISTRY']}/*/*")
    remove_images(project.application)


def test_wrangler_deploys_static_assets_to_the_platform(
    wrangler: Wrangler, project: Project, platform: Platform
) -> None:
    project.write("public/index.html", "<h1>home</h1>")
    project.write("public/app.js", "start()")
    fields = {"name": project.name, "main": "src/index.js", "compatibility_date": "2026-10-01"}
    assets = {"directory": "public", "binding": "ASSETS", "run_worker_first": ["/api/*"]}
    project.write("wrangler.jsonc", json.dumps({**fields, "assets": assets}))
    project.write("src/index.js", "export default { fetch() { return new Response('worker') } }")
    first = wrangler.run("deploy").check()
    assert "Uploaded 2 of 2 assets" in first.stdout
    url = platform.worker_url(project.name)
    assert [request(url + path).text for path in ("/", "/app.js", "/api/x")] == [
        "<h1>home</h1>",
        "start()",
        "worker",
    ]
    # What one client has uploaded, the other has not to upload again.
    assert "No updated asset files to upload" in wrangler.run("deploy").check().stdout
    ours = Cli(project.directory).run("deploy", "--local").check()
    assert "all 2 are uploaded" in ours.stderr


def test_wrangler_deploys_to_the_platform_and_works_with_what_is_there(
    wrangler: Wrangler, project: Project, platform: Platform
) -> None:
    # The image goes through the platform's registry, and the container that it becomes answers.
    wrangler.run("deploy").check()
    url = platform.worker_url(project.name)
    assert request(url).text == "box 1\n"

    (listed,) = wrangler.run("containers", "list", "--json").check().json
    assert (listed["name"], listed["instances"]) == (project.application, 1)
    information = wrangler.run("containers", "info", listed["id"]).check().json
    assert "@sha256:" in information["configuration"]["image"]
    (instance,) = wrangler.run("containers", "instances", listed["id"], "--json").check().json
    assert instance["state"] == "running"

    # An image that the registry has is not pushed again; ours and Wrangler's list agree.
    again = wrangler.run("deploy").check()
    assert "skipping push" in again.stdout
    images = wrangler.run("containers", "images", "list", "--json").check().json
    assert [image["name"] for image in images] == [project.application]
    ours = Cli(project.directory).run("containers", "images", "list", "--json").check().json
    assert ours == images

    # What the engine lost comes back from the registry.
    pinned = information["configuration"]["image"]
    remove_images(pinned.partition("@")[0])
    assert not has_image(pinned)
    assert request(f"{url}/?name=another").text == "box 1\n"
    assert has_image(pinned)

    # It goes back to the version before, and the platform to its image.
    (first,) = wrangler.run("versions", "list", "--json").check().json[-1:]
    project.replace("Dockerfile", "box 1", "box 2")
    wrangler.run("deploy").check()
    eventually(lambda: request(url).text == "box 2\n")
    wrangler.run("rollback", "-y", "-m", "bad day").check()
    eventually(lambda: request(url).text == "box 1\n")
    assert first["id"] in wrangler.run("deployments", "status").check().stdout
    assert "Uploaded" in wrangler.run("versions", "upload").check().stdout
    newest = wrangler.run("versions", "list", "--json").check().json[-1]["id"]
    wrangler.run("versions", "deploy", f"{newest}@100%", "-y").check()
    assert newest in wrangler.run("deployments", "status").check().stdout
    wrangler.run("triggers", "deploy").check()

    # Two versions share the requests, and a version with a secret waits until it is deployed.
    wrangler.run("versions", "deploy", f"{first['id']}@60%", f"{newest}@40%", "-y").check()
    shown = wrangler.run("deployments", "status").check().stdout
    assert f"(60%) {first['id']}" in shown
    assert f"(40%) {newest}" in shown
    wrangler.run("versions", "secret", "put", "GREETING", stdin=SECRET).check()
    listed_secrets = wrangler.run("versions", "secret", "list", "--latest-version").check().stdout
    assert "(0%) secrets" in listed_secrets
    assert "Secret Name: GREETING" in listed_secrets
    wrangler.run("versions", "deploy", f"{newest}@100%", "-y").check()

    # Secrets and values reach what runs.
    wrangler.run("secret", "put", "GREETING", stdin=SECRET).check()
    assert request(f"{url}/worker").text == SECRET
    wrangler.run("kv", "namespace", "create", "of-wrangler").check()
    (namespace,) = wrangler.run("kv", "namespace", "list").check().json
    key = ("--remote", "--namespace-id", namespace["id"], "a key")
    wrangler.run("kv", "key", "put", *key, "a value").check()
    assert wrangler.run("kv", "key", "get", *key).check().stdout.strip() == "a value"

    # What is deleted is gone.
    left = wrangler.run("containers", "images", "list", "--json").check().json
    for tag in {tag for image in left for tag in image["tags"]}:
        name = f"{project.application}:{tag}"
        wrangler.run("containers", "images", "delete", name, "--skip-confirmation").check()
    assert wrangler.run("containers", "images", "list", "--json").check().json == []
    wrangler.run("containers", "delete", listed["id"]).check()
    assert platform.containers() == []
