"""Images of a deploy to Cloudflare: built by a real engine, and pushed into a registry on loopback."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pywrangler.cloudflare.auth import ApiToken
from pywrangler.cloudflare.client import Client
from pywrangler.config.records import DockerfileImage
from pywrangler.deploy.images.builds import Builds
from pywrangler.deploy.images.managed_registry import ManagedRegistry
from pywrangler.deploy.images.registry_images import RegistryImages
from pywrangler.engine.client import Engine
from pywrangler.images import push
from pywrangler.images.records import BuildSettings
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, Call, Says, result, serve
from tests.support.servers.push_registry import PushRegistry, serve_pushes
from tests.unit.deploy.samples import a_container

pytestmark = pytest.mark.docker


class Task:
    """Remembers how it ended."""

    ends: list[str]

    def __init__(self, ends: list[str]) -> None:
        self.ends = ends

    def update(self, text: str) -> None:
        """Nothing to remember."""

    def done(self, text: str) -> None:
        self.ends.append(text)

    def failed(self, text: str = "failed") -> None:
        self.ends.append(text)


def test_images_are_pushed_with_credentials_that_are_renewed(
    engine: Engine, prefix: str, settings: BuildSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "FIRST_PAUSE_SECONDS", 0.01)
    (tmp_path / "Dockerfile").write_text(f"FROM busybox:1.35\nLABEL name={prefix}\n")
    containers = [
        replace(
            a_container(image=DockerfileImage(tmp_path / "Dockerfile", tmp_path)), name=f"{prefix}-{number}"
        )
        for number in range(2)
    ]
    passwords = iter(["expired", *(f"fresh-{number}" for number in range(9))])

    def handler(call: Call) -> Says:
        if call.method == "GET":
            return result({})
        return result({"account_id": ACCOUNT, "username": "v1", "password": next(passwords)})

    ends: list[str] = []
    registry = PushRegistry(passwords={f"fresh-{number}" for number in range(9)})
    with serve_pushes(registry), serve(handler) as api:
        client = Client(api.url, ACCOUNT, ApiToken(Sensitive("t")))
        managed = ManagedRegistry(client, registry.host, {})
        images = RegistryImages(Builds(lambda: engine, settings), managed, lambda _name: Task(ends))
        images.prepare(containers)
        published = images.publish(containers)
    assert sorted(published) == [container.name for container in containers]
    digests = [reference.partition("@")[2] for reference in published.values()]
    assert sorted(ends) == sorted(f"pushed {digest}" for digest in digests)
    assert len(registry.manifests) == 2
    for reference in published.values():
        assert reference.startswith(f"{registry.host}/{ACCOUNT}/{prefix}-")
        assert engine.image(reference.partition("@")[0]) is None
