"""Fixtures with real workerd."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pywrangler.toolchain import Toolchain
from tests.local.daemon.runtime import Bench, open_bench
from tests.local.daemon.uploads import Account, Bundler, build_image, remove_images, serve
from tests.support.platform import Platform


@pytest.fixture
def bench(toolchain: Toolchain) -> Iterator[Bench]:
    """A place to run one Worker at."""
    with open_bench(toolchain.workerd) as opened:
        yield opened


@pytest.fixture
def account(platform: Platform) -> Account:
    """The account of this test's own platform."""
    return Account(platform)


@pytest.fixture(scope="session")
def bundler(toolchain: Toolchain, node_modules: Path) -> Bundler:
    """Bundles Workers that use the npm package."""
    return Bundler(toolchain, node_modules)


@pytest.fixture(scope="session")
def images() -> Iterator[Callable[..., str]]:
    """Builds images, which are removed in the end."""
    yield build_image
    remove_images()


@pytest.fixture(scope="session")
def image(images: Callable[..., str]) -> str:
    """An image that serves a page on port 8080, by its id."""
    return images(serve())
