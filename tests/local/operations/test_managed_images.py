"""Images of Cloudflare's managed registry on the local platform: pulled with the stored login."""

from __future__ import annotations

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

from pywrangler.credentials.logins import store_login
from pywrangler.sensitive import Sensitive
from tests.local.operations.conftest import MakeSite, dockerfile
from tests.support.api import ACCOUNT, Call, Says, refusal, result, serve
from tests.support.containers import docker, has_image, remove_images
from tests.support.ports import free_port
from tests.support.servers.docker_registry import PROGRAM, serve_registry

pytestmark = [
    pytest.mark.docker,
    pytest.mark.workerd,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which(PROGRAM) is None, reason=f"{PROGRAM} is not installed"),
]
TOKEN, PASSWORD = "token-of-the-login", "password-for-minutes"


def push(directory: Path, host: str, name: str) -> None:
    """Build an image, and put it into the registry alone."""
    (directory / "Dockerfile").write_text(dockerfile("from Cloudflare"))
    login = base64.b64encode(f"v1:{PASSWORD}".encode()).decode()
    (directory / "config.json").write_text(json.dumps({"auths": {host: {"auth": login}}}))
    reference = f"{host}/{name}"
    built = docker(
        "buildx", "build", "--load", "--quiet", "--provenance=false", "-t", reference, str(directory)
    )
    docker("--config", str(directory), "push", "--quiet", reference)
    docker("image", "rm", "--force", reference)
    assert not has_image(built)


def test_an_image_of_the_account_is_pulled_with_the_login(make_site: MakeSite, tmp_path: Path) -> None:
    host = f"127.0.0.1:{free_port()}"
    name = f"managed-{os.getpid()}"

    def answer(call: Call) -> Says:
        if call.headers.get("authorization") != f"Bearer {TOKEN}":
            return refusal(401, 10000, "Authentication error")
        if call.method == "POST" and call.path.startswith("/containers/registries/"):
            assert call.json["permissions"] == ["pull"]
            return result(
                {"account_id": ACCOUNT, "registry_host": host, "username": "v1", "password": PASSWORD}
            )
        return refusal(404, 7003, "Could not route")

    site = make_site()
    with serve(answer) as api, serve_registry(tmp_path, host, "v1", PASSWORD):
        push(tmp_path, host, f"{ACCOUNT}/{name}:1")
        site.project.configure(
            containers=[{"class_name": "Box", "image": f"registry.cloudflare.com/{ACCOUNT}/{name}:1"}]
        )
        variables = {"CLOUDFLARE_API_BASE_URL": api.url, "CLOUDFLARE_CONTAINER_REGISTRY": host}
        without = site.cli.run("deploy", "--local", **variables)
        assert without.status == 1
        assert f"`pywrangler containers push {name}:1" in without.stderr
        assert "run `pywrangler login`" in without.stderr

        store_login(site.platform.home, "default", Sensitive(TOKEN), ACCOUNT)
        deployed = site.cli.run("deploy", "--local", "--json", **variables).check()
        try:
            assert site.ask("a").text == "from Cloudflare\n"
            assert PASSWORD not in deployed.stderr + deployed.stdout
            other = f"registry.cloudflare.com/{'f' * 32}/{name}:1"
            site.project.configure(containers=[{"class_name": "Box", "image": other}])
            refused = site.cli.run("deploy", "--local", **variables)
            assert (refused.status, f"belongs to the account {'f' * 32}" in refused.stderr) == (2, True)
        finally:
            site.platform.end()
            remove_images(f"{host}/{ACCOUNT}/{name}")
