"""Images that exist already, in a real engine without a registry in reach."""

from __future__ import annotations

import pytest

from pywrangler.engine.client import Engine
from pywrangler.errors import BuildError, UsageError
from pywrangler.images.pull import ensure_present

from .conftest import Events

pytestmark = pytest.mark.docker


def test_an_image_in_the_store_is_taken_as_it_is(engine: Engine) -> None:
    events = Events()
    found = ensure_present("app", "busybox:1.35", engine, events)
    image = engine.image("busybox:1.35")
    assert image is not None
    assert (found.image_id, found.was_cached, found.tag) == (image.id, True, "busybox:1.35")
    assert events.finished_names == ["app"]


def test_an_image_that_cannot_be_had_is_named(engine: Engine) -> None:
    with pytest.raises(BuildError, match=r"registry\.invalid/app:1") as caught:
        ensure_present("app", "registry.invalid/app:1", engine)
    assert caught.value.code in ("image-pull", "engine-refused")


def test_what_is_no_name_is_refused(engine: Engine) -> None:
    with pytest.raises(UsageError):
        ensure_present("app", "Not A Name", engine)
