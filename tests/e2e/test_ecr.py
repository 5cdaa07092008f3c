"""Images from Amazon ECR on the local platform: the stored key pair is exchanged for a login, and that is
renewed before it ends.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from pywrangler.credentials.ecr import RegistryToken
from pywrangler.local.daemon.ecr_tokens import EcrTokens
from pywrangler.sensitive import Sensitive
from tests.support.command import Cli
from tests.support.containers import docker
from tests.support.ecr import REGION, Ecr, missing, serve_ecr
from tests.support.platform import Platform
from tests.support.projects import make_project

pytestmark = [pytest.mark.docker, pytest.mark.workerd]

MOTOS_END = 1420070400.0
"""When a login by moto ends: always at the beginning of 2015."""
SECRET = "planted-aws-secret"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ecr]:
    if reason := missing():
        pytest.skip(reason)  # also in CI, where tests may run without root
    with serve_ecr(tmp_path_factory.mktemp("ecr"), f"{int.from_bytes(os.urandom(4)):012d}") as made:
        yield made


@pytest.fixture
def ecr(server: Ecr, monkeypatch: pytest.MonkeyPatch) -> Ecr:
    monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", server.api)
    return server


def configure(cli: Cli, ecr: Ecr) -> None:
    """Give the platform the key pair, which is checked first."""
    cli.run("secrets-store", "store", "create", "keys").check()
    (store,) = cli.run("secrets-store", "store", "list", "--json").check().json
    words = ("--aws-access-key-id", "AKIAEXAMPLE", "--secret-store-id", store["id"], "--secret-name", "ecr")
    done = cli.run("containers", "registries", "configure", ecr.domain, *words, "-y", stdin=SECRET).check()
    assert SECRET not in done.stdout + done.stderr


def test_an_image_of_a_configured_registry_is_pulled_and_deployed(
    ecr: Ecr, tmp_path: Path, platform: Platform
) -> None:
    reference = ecr.push("busybox:1.35", "shop/box:1")
    project = make_project(tmp_path / "project", dockerfile=None, container={"image": reference})
    cli = Cli(project.directory)
    refused = cli.run("deploy", "--no-wait")
    assert refused.status != 0, "without credentials the registry gives nothing"
    assert "no basic auth credentials" in refused.stderr

    configure(cli, ecr)
    try:
        deployed = cli.run("deploy", "--no-wait", "--json").check()
        (application,) = deployed.json["applications"]
        assert application["image"].startswith(f"{ecr.domain}/shop/box@sha256:")
        assert json.loads(docker("image", "inspect", reference))
    finally:
        docker("image", "rm", "--force", reference)
    logs = "".join(file.read_text(errors="replace") for file in platform.home.rglob("*.log"))
    for secret in (SECRET, ecr.password):
        assert secret not in logs + deployed.stdout + deployed.stderr


def test_a_login_is_kept_while_it_lasts_and_renewed_before_it_ends(ecr: Ecr) -> None:
    clock = [0.0]

    async def exchange() -> list[RegistryToken]:
        tokens = EcrTokens({"AWS_ENDPOINT_URL_ECR": ecr.api}, clock=lambda: clock[0])
        used = []
        key = ("AKIAEXAMPLE", Sensitive(SECRET))
        for clock[0] in (0.0, 1.0, MOTOS_END - 60):
            username, password = await tokens.exchange(ecr.domain, *key)
            assert (username, password.reveal()) == ("AWS", ecr.password)
            (token,) = tokens._tokens.values()
            used.append(token)
        return used

    first, second, renewed = asyncio.run(exchange())
    assert first.expires_at == MOTOS_END
    assert second is first
    assert renewed is not first


def test_the_registrys_images_are_listed(ecr: Ecr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    client = boto3.client("ecr", region_name=REGION, endpoint_url=ecr.api)
    account = ecr.domain.partition(".")[0]
    client.create_repository(registryId=account, repositoryName="shop/box")
    kind = "application/vnd.oci.image.manifest.v1+json"
    empty = {"digest": "sha256:" + "0" * 64, "size": 2}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": empty, "layers": []})
    client.put_image(registryId=account, repositoryName="shop/box", imageManifest=manifest, imageTag="v1")

    listed = Cli(tmp_path).run("containers", "images", "list", "--registry", ecr.domain, "--json").check()
    assert listed.json == [{"name": "shop/box", "tags": ["v1"]}]
    named = Cli(tmp_path).run("containers", "images", "list", "--registry", ecr.domain, "--long", "--json")
    assert named.check().json[0]["digest"].startswith("sha256:")
