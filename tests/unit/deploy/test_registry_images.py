"""Before a deploy to Cloudflare builds anything, the account is asked whether it may use containers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client
from pywrangler.config.records import RegistryImage
from pywrangler.deploy.images import registry_images
from pywrangler.deploy.images.builds import Builds
from pywrangler.deploy.images.managed_registry import ManagedRegistry
from pywrangler.deploy.images.registry_images import RegistryImages
from pywrangler.engine.client import Engine
from pywrangler.errors import ApiError
from pywrangler.images.records import BuildSettings
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, Call, Says, refusal, result, serve
from tests.unit.deploy.samples import a_container

HOST = "registry.cloudflare.com"
IN_REGISTRY = a_container(image=RegistryImage("docker.io/httpd:2.4"))


def no_engine() -> Engine:
    raise AssertionError("an engine was used")


def no_task(_name: str) -> None:
    raise AssertionError("nothing is pushed")


@pytest.fixture
def make_images(tmp_path: Path) -> Callable[[str], RegistryImages]:
    """Images for the account behind an API's address."""

    def make(url: str) -> RegistryImages:
        client = Client(url, ACCOUNT, ApiToken(Sensitive("t")))
        registry = ManagedRegistry(client, HOST, {})
        return RegistryImages(Builds(no_engine, BuildSettings({}, tmp_path)), registry, no_task)  # type: ignore[arg-type]

    return make


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("container", [IN_REGISTRY, a_container()], ids=["in a registry", "to build"])
def test_an_account_without_containers_is_refused_first(
    make_images: Callable[[str], RegistryImages], status: int, container: object
) -> None:
    with serve(lambda _: refusal(status, 1000, "not entitled")) as api:
        with pytest.raises(ApiError, match="not entitled") as caught:
            make_images(api.url).check_account([container])  # type: ignore[list-item]
        assert {call.path.rpartition("/")[2] for call in api.calls} <= {"me", "credentials"}
    assert caught.value.status == status


def test_an_open_question_ends_only_a_deploy_that_builds(
    make_images: Callable[[str], RegistryImages],
) -> None:
    with serve(lambda _: refusal(400, 1000, "later")) as api:
        images = make_images(api.url)
        images.check_account([IN_REGISTRY])
        assert images.publish([IN_REGISTRY]) == {"web-hello": "docker.io/httpd:2.4"}
        with pytest.raises(ApiError, match="later"):
            images.check_account([a_container()])


def test_credentials_are_asked_for_with_the_permissions_they_need() -> None:
    def handler(call: Call) -> Says:
        return result({"account_id": ACCOUNT, "registry_host": HOST, "username": "v1", "password": "p"})

    with serve(handler) as api:
        registry = ManagedRegistry(Client(api.url, ACCOUNT, ApiToken(Sensitive("t"))), HOST, {})
        made = [registry.make_credentials(), registry.make_credentials("pull")]
        assert [call.json["permissions"] for call in api.calls] == [["push", "pull"], ["pull"]]
    assert {credentials.registry_host for credentials in made} == {HOST}


def test_credentials_come_while_the_account_is_asked_whether_it_may_use_containers(
    make_images: Callable[[str], RegistryImages], monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting, waits = threading.Barrier(2), threading.Semaphore(2)

    def handler(call: Call) -> Says:
        if waits.acquire(blocking=False):
            meeting.wait(30)
        return result({"account_id": ACCOUNT, "registry_host": HOST, "username": "v1", "password": "p"})

    with serve(handler) as api:
        images = make_images(api.url)
        images.check_account([a_container()])
        assert images._fresh_credentials().password.reveal() == "p"
        assert len(api.calls) == 2
        monkeypatch.setattr(registry_images, "FRESH_SECONDS", 0.0)  # a build took its time
        images._fresh_credentials()
        assert len(api.calls) == 3
