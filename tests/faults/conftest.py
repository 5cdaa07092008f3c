"""Scenes, which rows of a kind share until one ruins its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pywrangler.toolchain import Toolchain, cache_directory
from tests.conftest import OUTER
from tests.faults.leftovers import processes_of
from tests.faults.records import Kind
from tests.faults.scene import Scene, has_small_disks
from tests.support.containers import remove_containers, remove_images
from tests.support.platform import NO_KEYRING
from tests.support.ports import free_port


class Scenes:
    """Makes scenes and ends them."""

    def __init__(self, directory: Path, toolchain: Toolchain) -> None:
        self.directory = directory
        self.toolchain = toolchain
        self.standing: dict[Kind, Scene] = {}

    def get(self, kind: Kind) -> Scene:
        """The scene of a kind, which is a new one after a ruin."""
        if kind in self.standing and self.standing[kind].is_ruined:
            self.end(self.standing.pop(kind))
        return self.standing.get(kind) or self.standing.setdefault(kind, self.new(kind))

    def new(self, kind: Kind) -> Scene:
        """A scene in directories that do not exist yet."""
        place = self.directory / os.urandom(3).hex()
        environment = {
            "PYTHON_KEYRING_BACKEND": NO_KEYRING,
            "PYWRANGLER_WORKERD": str(self.toolchain.workerd),
            "PYWRANGLER_ESBUILD": str(self.toolchain.esbuild),
            "PYWRANGLER_WORKER_PORT": str(free_port()),
            "PYWRANGLER_CACHE": str(cache_directory(OUTER)),
        }
        return Scene(place, kind, environment)

    def end(self, scene: Scene) -> None:
        """Stop a scene; kill and remove what a failed row left."""
        scene.cli.run("local", "stop")
        for pid, _ in processes_of(scene.home):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if scene.kind is Kind.CONTAINER:
            for account in scene.accounts:
                remove_containers(f"pywrangler.platform={account}")
            remove_images(f"pywrangler.local/{scene.project.name}-*")
        if has_small_disks():
            subprocess.run(["umount", "--lazy", str(scene.disk)], check=True)


@pytest.fixture(scope="session")
def scenes(short_directory: Path, toolchain: Toolchain) -> Iterator[Scenes]:
    """The scenes of this run."""
    scenes = Scenes(short_directory, toolchain)
    yield scenes
    for scene in scenes.standing.values():
        scenes.end(scene)
