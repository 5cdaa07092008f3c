"""Which base images the set-up provides."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.base_images import RECIPES, base_images, cached_file, wanted_images

DOCKERFILE = """\
# FROM commented:1
ARG VERSION=1
FROM --platform=linux/amd64 golang:1.24 AS build
RUN go build
from build as checked
FROM python:${VERSION}
FROM scratch
FROM debian:12-slim
COPY --from=build /a /a
"""


def test_base_images_are_what_from_names_but_for_stages_and_arguments() -> None:
    assert base_images([DOCKERFILE, "FROM busybox:1.35\n"]) == {
        "golang:1.24",
        "debian:12-slim",
        "busybox:1.35",
    }


def test_every_base_image_of_the_examples_can_be_made_without_a_registry() -> None:
    assert set(wanted_images()) == set(RECIPES)


def test_an_image_is_cached_under_its_name_and_the_recipes_revision(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    recipe = RECIPES["python:3.11-slim"]
    expected = tmp_path / "pywrangler/base-images/python-3.11-slim.7.tar.gz"
    assert cached_file("python:3.11-slim", recipe._replace(revision=7)) == expected
