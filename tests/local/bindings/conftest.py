"""One platform for all tests of a module: what they deploy has names of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.toolchain import Toolchain
from tests.local.daemon.uploads import Account
from tests.support.platform import Platform, platform_variables


@pytest.fixture(scope="module")
def shared_home(short_directory: Path, toolchain: Toolchain) -> Iterator[dict[str, str]]:
    """The environment of a platform that this module's tests share. It is stopped afterwards."""
    directory = short_directory / os.urandom(3).hex()
    variables = platform_variables(directory, toolchain)
    yield variables
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        Platform(directory).end()


@pytest.fixture(scope="module")
def migrated() -> set[str]:
    """Workers of this module whose migrations have been applied."""
    return set()


@pytest.fixture
def account(shared_home: dict[str, str], migrated: set[str], monkeypatch: pytest.MonkeyPatch) -> Account:
    """The account of the module's platform, which runs."""
    for name, value in shared_home.items():
        monkeypatch.setenv(name, value)
    platform = Platform(Path(shared_home["PYWRANGLER_HOME"]))
    platform.start()
    return Account(platform, migrated)
