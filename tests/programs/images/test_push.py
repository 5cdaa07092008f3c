"""Pushes by a real engine into a registry on loopback: whole, broken off on the way, and refused."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable

import pytest

from pywrangler.engine.client import Engine, connect
from pywrangler.engine.logins import RegistryLogin
from pywrangler.engine.records import ImageFacts
from pywrangler.errors import BuildError
from pywrangler.images import push
from pywrangler.images.push import PushedImage, find_pushable, named, push_named
from pywrangler.images.reference import Reference, parse_reference
from pywrangler.sensitive import Sensitive
from tests.support.servers.push_registry import PushRegistry, serve_pushes

pytestmark = pytest.mark.docker


def logins(*passwords: str) -> Callable[[], RegistryLogin]:
    """A new password with each call, the last one again and again."""
    chain = itertools.chain(passwords, itertools.repeat(passwords[-1]))
    return lambda: RegistryLogin("v1", Sensitive(next(chain)))


def push_image(
    engine: Engine,
    image: ImageFacts,
    to: Reference,
    log_in: Callable[[], RegistryLogin],
    step: Callable[[str], None],
) -> PushedImage:
    """Push the image with a name that it has only during the push."""
    with named(engine, image, to):
        return push_named(engine, image, to, log_in, step)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long pauses between attempts."""
    monkeypatch.setattr(push, "FIRST_PAUSE_SECONDS", 0.01)


def test_an_image_is_pushed_and_keeps_its_own_names_only(engine: Engine, prefix: str) -> None:
    image = find_pushable(engine, "busybox:1.35")
    steps: list[str] = []
    with serve_pushes(PushRegistry(passwords={"right"})) as registry:
        target = parse_reference(f"{registry.host}/account/{prefix}:v1")
        pushed = push_image(engine, image, target, logins("right"), steps.append)
    (manifest,) = registry.manifests.values()
    assert pushed.digest == "sha256:" + hashlib.sha256(manifest).hexdigest()
    assert pushed.pinned == f"{registry.host}/account/{prefix}@{pushed.digest}"
    assert list(registry.manifests) == [f"account/{prefix}:v1"]
    assert engine.image(str(target)) is None
    assert steps


def test_a_push_that_breaks_off_continues_with_new_credentials(engine: Engine, prefix: str) -> None:
    image = find_pushable(engine, "busybox:1.35")
    steps: list[str] = []
    registry = PushRegistry(passwords={"second"}, broken_uploads=1)
    with serve_pushes(registry):
        target = parse_reference(f"{registry.host}/account/{prefix}:v1")
        push_image(engine, image, target, logins("expired", "second"), steps.append)
    assert list(registry.manifests) == [f"account/{prefix}:v1"]
    assert len([step for step in steps if "trying again" in step]) >= 2
    assert not any("second" in step for step in steps)


def test_a_connection_that_is_cut_in_the_middle_of_a_layer_is_made_up_for(
    engine: Engine, prefix: str
) -> None:
    image = find_pushable(engine, "busybox:1.35")
    with serve_pushes(PushRegistry(passwords={"right"}, cut_uploads=1)) as registry:
        target = parse_reference(f"{registry.host}/account/{prefix}:v1")
        push_image(engine, image, target, logins("right"), lambda _: None)
    assert registry.cut_uploads == 0
    assert list(registry.manifests) == [f"account/{prefix}:v1"]


def test_a_registry_that_hangs_is_given_up_and_blamed(
    prefix: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pywrangler.engine.client.CALL_SECONDS", 1)
    monkeypatch.setattr(push, "ATTEMPTS", 2)
    hasty = connect(engine.address)
    image = find_pushable(hasty, "busybox:1.35")
    with serve_pushes(PushRegistry(passwords={"right"}, silent_seconds=4)) as registry:
        target = parse_reference(f"{registry.host}/account/{prefix}:v1")
        with pytest.raises(BuildError, match="the registry accepted no data"):
            push_image(hasty, image, target, logins("right"), lambda _: None)
    hasty.close()


def test_a_registry_that_always_refuses_is_given_up(engine: Engine, prefix: str) -> None:
    image = find_pushable(engine, "busybox:1.35")
    with serve_pushes(PushRegistry(passwords={"right"})) as registry:
        target = parse_reference(f"{registry.host}/account/{prefix}:v1")
        with pytest.raises(BuildError) as caught:
            push_image(engine, image, target, logins("planted-wrong"), lambda _: None)
    assert caught.value.code == "image-push"
    assert "4 times" in (caught.value.hint or "")
    assert "planted-wrong" not in f"{caught.value.message}{caught.value.detail}"
    assert engine.image(str(target)) is None


def test_an_image_that_is_not_there_is_said_so(engine: Engine) -> None:
    with pytest.raises(BuildError, match="no image `nowhere:v1`"):
        find_pushable(engine, "nowhere:v1")
