"""Images that exist already: in the engine's store, or in a registry on loopback that a real engine pulls
from.
"""

from __future__ import annotations

import pytest

from pywrangler.engine.client import Engine
from pywrangler.errors import BuildError, UsageError
from pywrangler.images.pull import ensure_present

from .conftest import Events
from .registry import Registry, digest

pytestmark = pytest.mark.docker


def test_an_image_in_the_store_is_taken_as_it_is(engine: Engine) -> None:
    events = Events()
    found = ensure_present("app", "busybox:1.35", engine, events)
    image = engine.image("busybox:1.35")
    assert image is not None
    assert (found.image_id, found.was_cached, found.tag) == (image.id, True, "busybox:1.35")
    assert events.finished_names == ["app"]


@pytest.mark.parametrize("is_pinned", [False, True])
def test_an_image_in_a_registry_is_pulled_once(engine: Engine, prefix: str, is_pinned: bool) -> None:
    with Registry(content=prefix.encode()) as registry:
        name = f"{registry.host}/test/app"
        reference = f"{name}@{digest(registry.manifest)}" if is_pinned else f"{name}:1"
        events = Events()
        try:
            first = ensure_present("app", reference, engine, events)
            second = ensure_present("app", reference, engine)
        finally:
            engine.remove_image(reference)
    assert (first.was_cached, second.was_cached) == (False, True)
    assert first.image_id == second.image_id
    assert any("Pull complete" in text for _, text in events.steps)


def test_an_image_for_another_platform_is_not_taken_from_a_registry(engine: Engine, prefix: str) -> None:
    with Registry("arm64", content=prefix.encode()) as registry:
        reference = f"{registry.host}/test/app:1"
        try:
            with pytest.raises(BuildError, match="linux/a"):
                ensure_present("app", reference, engine)
        finally:
            engine.remove_image(reference)


def test_an_image_that_does_not_exist_is_said_so(engine: Engine) -> None:
    with Registry() as registry, pytest.raises(BuildError, match="manifest unknown") as caught:
        ensure_present("app", f"{registry.host}/test/app:none", engine)
    assert caught.value.code == "image-pull"


def test_a_private_image_asks_for_a_login(engine: Engine) -> None:
    with Registry() as registry, pytest.raises(BuildError, match="could not be pulled") as caught:
        ensure_present("app", f"{registry.host}/private/app:1", engine)
    assert "docker login" in (caught.value.hint or "")


def test_a_registry_out_of_reach_is_named(engine: Engine) -> None:
    with pytest.raises(BuildError, match=r"registry\.invalid/app:1") as caught:
        ensure_present("app", "registry.invalid/app:1", engine)
    assert caught.value.code == "image-pull"


def test_what_is_no_name_is_refused(engine: Engine) -> None:
    with pytest.raises(UsageError):
        ensure_present("app", "Not A Name", engine)
