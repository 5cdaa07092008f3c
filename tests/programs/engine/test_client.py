"""The engine's thin class, against a real engine."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.engine import labels
from pywrangler.engine.address import find_engine
from pywrangler.engine.client import Engine, connect
from pywrangler.engine.records import ImageFacts
from pywrangler.engine.streams import open_connection
from pywrangler.errors import BuildError, MissingError
from tests.support.waiting import eventually

pytestmark = pytest.mark.docker


@pytest.fixture
def engine() -> Iterator[Engine]:
    connected = connect(find_engine(os.environ))
    yield connected
    connected.close()


@pytest.fixture
def busybox(engine: Engine) -> ImageFacts:
    image = engine.image("busybox:1.35")
    assert image is not None, "busybox:1.35 is one of the base images of the tests"
    return image


def test_the_engine_says_what_it_is(engine: Engine) -> None:
    engine.ping()
    version = engine.version()
    assert version.system == "linux"
    assert version.version


def test_an_image_is_found_by_name_by_id_and_pinned_by_its_id(engine: Engine, busybox: ImageFacts) -> None:
    assert busybox.id.startswith("sha256:")
    assert busybox.layers >= 1
    for reference in (busybox.id, f"pywrangler.local/anything@{busybox.id}"):
        found = engine.image(reference)
        assert found is not None
        assert found.id == busybox.id


@pytest.mark.parametrize("tag", ["", ":v1"])
@pytest.mark.parametrize("registry", ["", "localhost:5000/"])
def test_an_image_gets_a_name_with_or_without_a_tag(
    engine: Engine, busybox: ImageFacts, registry: str, tag: str
) -> None:
    name = f"{registry}t-{secrets.token_hex(4)}"
    engine.tag(busybox.id, name + tag)
    try:
        found = engine.image(name + (tag or ":latest"))
        assert found is not None
        assert found.id == busybox.id
    finally:
        engine.remove_image(name + tag)


def test_an_image_that_is_not_there_is_none(engine: Engine) -> None:
    assert engine.image("pywrangler.local/none:1") is None
    assert engine.image("pywrangler.local/none@sha256:" + "0" * 64) is None


def test_names_are_given_and_taken(engine: Engine, busybox: ImageFacts) -> None:
    name = f"pywrangler.local/engine-test-{secrets.token_hex(4)}:1"
    engine.tag(busybox.id, name)
    assert (found := engine.image(name)) is not None
    assert found.id == busybox.id
    engine.remove_image(name)
    engine.remove_image(name)
    assert engine.image(name) is None
    assert engine.image("busybox:1.35") is not None


def test_only_what_a_platform_owns_is_listed_and_removed(engine: Engine, busybox: ImageFacts) -> None:
    platform = secrets.token_hex(16)
    body = {"Image": busybox.id, "Cmd": ["true"], "Labels": {labels.PLATFORM: platform}}
    created = engine._session.json("POST", "/containers/create", body=body)
    try:
        engine._session.json("POST", f"/containers/{created['Id']}/start")
        # The engine's list may lag behind the end of the process for a moment.
        eventually(lambda: [each.state for each in engine.containers(platform)] == ["exited"])
        (listed,) = engine.containers(platform)
        assert (listed.id, listed.image_id) == (created["Id"], busybox.id)
        assert engine.containers(secrets.token_hex(16)) == []
    finally:
        engine.remove_container(created["Id"])
    engine.remove_container(created["Id"])
    assert engine.containers(platform) == []


def test_networks_of_a_platform_are_listed_and_removed(engine: Engine) -> None:
    platform = secrets.token_hex(16)
    name = f"engine-test-{platform[:8]}"
    body = {"Name": name, "Internal": True, "Labels": {labels.PLATFORM: platform}}
    created = engine._session.json("POST", "/networks/create", body=body)
    assert engine.networks(platform) == [created["Id"]]
    engine.remove_network(created["Id"])
    engine.remove_network(created["Id"])
    assert engine.networks(platform) == []


def test_what_the_engine_refuses_is_said_in_its_words(engine: Engine) -> None:
    with pytest.raises(BuildError, match=r"could not tag sha256:0+ as x:1: .*[Nn]o such image"):
        engine.tag("sha256:" + "0" * 64, "x:1")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_user_outside_the_docker_group_learns_the_reason(tmp_path: Path) -> None:
    address = find_engine(os.environ)
    if address.socket_path is None or address.socket_path.stat().st_mode & 0o006:
        pytest.skip("the engine's socket is open to all users")
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        os.setgroups([])
        os.setuid(65534)
        try:
            connect(address)
        except MissingError as error:
            os.write(write, f"{error.code}: {error.hint}".encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        assert answer.read().startswith("engine-not-allowed: Join the docker group")


async def test_a_real_engine_answers_a_ping() -> None:
    reader, writer = await open_connection(find_engine(os.environ))
    writer.write(b"GET /_ping HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"OK")
