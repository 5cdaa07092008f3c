"""Registries and the images in them: the managed one over HTTPS, Amazon ECR with moto's server."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pywrangler.credentials.ecr import KeyPair, authorize
from pywrangler.errors import ExitStatus
from pywrangler.sensitive import Sensitive
from tests.support.api import Call, Handler, Says, in_turn, refusal, result, serve
from tests.support.cli import run

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
STORE = "5" * 32
KEY = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "planted-secret"}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of moto's server."""
    from moto.server import ThreadedMotoServer

    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def account(secrets: list[dict[str, Any]]) -> Handler:
    """An account with one store that holds `secrets`."""

    def handler(call: Call) -> Says:
        match (call.method, call.path.rpartition("/")[2]):
            case ("GET", "stores"):
                return result([{"id": STORE, "name": "s"}])
            case ("GET", "secrets"):
                return result(secrets)
            case ("POST", "secrets"):
                return result([{"id": "6" * 32, "name": call.json[0]["name"]}])
            case _:
                return result({})

    return handler


CONFIGURE = f"containers registries configure {ECR} --aws-access-key-id AKIAEXAMPLE --secret-name key -y"


def test_a_key_that_aws_accepts_is_stored(aws: str) -> None:
    with serve(account([])) as api:
        environment = api.environment | {"AWS_ENDPOINT_URL": aws}
        outcome = run(CONFIGURE, environment=environment, stdin="planted-secret\n")
    assert outcome.status == 0, outcome.stderr
    assert "AWS accepts the key." in outcome.stderr
    changes = [(c.path, c.json) for c in api.calls if c.method == "POST"]
    assert changes[0][1][0]["value"] == "planted-secret"
    reference = {"store_id": STORE, "secret_name": "key"}
    assert changes[1][1]["auth"] == {"public_credential": "AKIAEXAMPLE", "private_credential": reference}
    assert "planted-secret" not in outcome.stdout + outcome.stderr


def test_a_key_that_aws_refuses_is_not_stored() -> None:
    def refuse(_: Call) -> Says:
        body = {"__type": "UnrecognizedClientException", "message": "The security token is invalid."}
        return Says(400, json.dumps(body).encode(), content_type="application/x-amz-json-1.1")

    with serve(account([])) as api, serve(refuse) as aws:
        environment = api.environment | {"AWS_ENDPOINT_URL": aws.url}
        outcome = run(CONFIGURE, environment=environment, stdin="planted-secret\n")
    assert outcome.status == ExitStatus.FAILURE
    assert "AWS refused the key" in outcome.stderr
    assert [c for c in api.calls if c.method == "POST"] == []
    assert "planted-secret" not in outcome.stderr


@pytest.mark.parametrize(
    ("option", "status"), [("", 0), ("--verify", ExitStatus.FAILURE), ("--no-verify", 0)]
)
def test_where_aws_does_not_answer_the_key_is_stored_without_a_test(option: str, status: int) -> None:
    with serve(account([])) as api:
        environment = api.environment | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
        outcome = run(f"{CONFIGURE} {option}", environment=environment, stdin="s")
    assert outcome.status == status, outcome.stderr
    assert ("stored without a test" in outcome.stderr) is (option == "")


def test_a_secret_that_the_store_has_is_used_without_reading_one(aws: str) -> None:
    with serve(account([{"id": "6" * 32, "name": "key"}])) as api:
        outcome = run(CONFIGURE, environment=api.environment | {"AWS_ENDPOINT_URL": aws})
    assert outcome.status == 0, outcome.stderr
    assert [c.path for c in api.calls if c.method == "POST"] == ["/containers/registries"]


@pytest.mark.parametrize(
    "words",
    [
        f"{CONFIGURE} --dockerhub-username me",
        f"containers registries configure {ECR} --gar-email a@b --secret-name key -y",
        f"containers registries configure {ECR} --secret-name key -y",
        f"containers registries configure {ECR} --aws-access-key-id A -y",
        f"containers registries configure {ECR} --aws-access-key-id A --disable-secrets-store -y",
        f"{CONFIGURE} --disable-secrets-store",
        "containers registries configure ghcr.io --public-credential A --secret-name key -y",
        f"containers registries configure {ECR} --aws-access-key-id A --secret-name 'not good' -y",
        f"containers registries configure {ECR} --aws-access-key-id A --secret-name ''",
    ],
)
def test_options_that_do_not_fit_send_nothing(words: str) -> None:
    with serve(account([])) as api:
        outcome = run(words, environment=api.environment, stdin="s")
    assert outcome.status == ExitStatus.USAGE, outcome.stderr
    assert [c for c in api.calls if c.method != "GET"] == []


def test_a_google_key_in_base64_is_stored_and_never_shown() -> None:
    email = "puller@project.iam.gserviceaccount.com"
    key = {"private_key": "planted" * 60, "client_email": email}
    encoded = base64.b64encode(json.dumps(key).encode()).decode().rstrip("=")
    words = f"containers registries configure us-docker.pkg.dev --gar-email {email} --secret-name key -y"
    with serve(account([])) as api:
        outcome = run(words, environment=api.environment, stdin=encoded)
    assert outcome.status == 0, outcome.stderr
    assert [c.json[0]["value"] for c in api.calls if c.path.endswith("/secrets") and c.method == "POST"] == [
        encoded
    ]
    assert encoded[:40] not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("said_by", ["environment", "configuration"])
def test_fedramp_sends_the_secret_itself(said_by: str, tmp_path: Path) -> None:
    words = (
        f"containers registries configure {ECR} --aws-access-key-id A --disable-secrets-store --no-verify -y"
    )
    variables = {"CLOUDFLARE_COMPLIANCE_REGION": "fedramp_high"} if said_by == "environment" else {}
    if said_by == "configuration":
        (tmp_path / "wrangler.json").write_text('{"name": "x", "compliance_region": "fedramp_high"}')
    with serve(account([])) as api:
        done = run(words, environment=api.environment | variables, stdin="s", directory=tmp_path)
        assert done.status == 0
    (call,) = [c for c in api.calls if c.method == "POST"]
    assert call.json["auth"] == {"public_credential": "A", "private_credential": "s"}


@pytest.mark.parametrize("domain", ["", "registry.cloudflare.com"])
def test_credentials_are_made_for_the_managed_registry_unless_another_is_named(domain: str) -> None:
    made = result({"registry_host": "registry.cloudflare.com", "password": "planted"})
    with serve(in_turn(made)) as api:
        words = f"containers registries credentials --push '{domain}'"
        outcome = run(words, environment=api.environment)
    assert (outcome.status, outcome.stdout) == (ExitStatus.OK, "planted\n")
    assert api.calls[-1].path == "/containers/registries/registry.cloudflare.com/credentials"


def test_a_registry_that_is_configured_already_is_explained() -> None:
    def handler(call: Call) -> Says:
        if call.path == "/containers/registries":
            return refusal(409, 1000, "IMAGE_REGISTRY_ALREADY_EXISTS")
        return account([])(call)

    with serve(handler) as api:
        outcome = run(f"{CONFIGURE} --no-verify", environment=api.environment, stdin="s")
    assert outcome.status == ExitStatus.FAILURE
    assert f"registries delete {ECR}" in outcome.stderr


def test_a_token_of_ecr_is_a_login_with_an_end(aws: str) -> None:
    key = KeyPair("AKIAEXAMPLE", Sensitive("planted-secret"))
    token = authorize(ECR, key, {"AWS_ENDPOINT_URL": aws})
    assert token.username == "AWS"
    assert token.password
    assert token.expires_at > 0


def test_the_images_of_an_ecr_registry_are_listed_over_all_repositories(aws: str) -> None:
    import boto3

    client = boto3.client("ecr", region_name="us-east-1", endpoint_url=aws)
    for name, tags in (("team/web", ("v1", "v2")), ("api", ("latest",))):
        client.create_repository(repositoryName=name)
        for tag in tags:
            manifest = {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "of": tag,
            }
            client.put_image(repositoryName=name, imageManifest=json.dumps(manifest), imageTag=tag)
    client.close()
    words = f"containers images list --registry {ECR} --json"
    images = run(words, environment={"AWS_ENDPOINT_URL": aws}).json
    assert {image["name"]: image["tags"] for image in images} == {"team/web": ["v1", "v2"], "api": ["latest"]}
    long = run(f"{words} --long --filter web", environment={"AWS_ENDPOINT_URL": aws}).json
    assert [image["tag"] for image in long] == ["v1", "v2"]
    assert all(image["digest"].startswith("sha256:") for image in long)


def test_a_word_about_the_store_excludes_a_name_in_it() -> None:
    with serve(account([])) as api:
        words = f"{CONFIGURE} --disable-secrets-store=false"
        assert run(words, environment=api.environment, stdin="planted").status == ExitStatus.USAGE
    assert [call for call in api.calls if call.method == "POST"] == []
