"""The engine that ends, hangs and is away, and containers that others end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.faults.own_engine import OwnEngine
from tests.faults.scene import Scene
from tests.support.containers import PLATFORM_LABEL, docker
from tests.support.waiting import eventually


@dataclass(frozen=True)
class EngineKilled:
    """SIGKILL to `dockerd`; it is started again at the end of the context, or at once."""

    comes_back_at_once: bool = False

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        engine = OwnEngine.of(os.environ)
        engine.send(signal.SIGKILL)
        eventually(lambda: not engine.answers(), what="the end of the engine")
        if self.comes_back_at_once:
            engine.start()
        try:
            yield
        finally:
            if not self.comes_back_at_once:
                engine.start()


@dataclass(frozen=True)
class EngineRestarted:
    """SIGTERM to `dockerd`, which ends all containers, and a new one."""

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        engine = OwnEngine.of(os.environ)
        engine.stop()
        engine.start()
        yield


@dataclass(frozen=True)
class EngineHangs:
    """SIGSTOP to `dockerd`: it takes connections and never answers."""

    seconds: float = 0.0
    """For at least this long."""

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        engine = OwnEngine.of(os.environ)
        engine.send(signal.SIGSTOP)
        try:
            time.sleep(self.seconds)  # the length of the fault
            yield
        finally:
            engine.send(signal.SIGCONT)
            eventually(engine.answers, what="an answer of the engine")


@dataclass(frozen=True)
class Docker:
    """A command of `docker` on each container of the platform, as another person types it."""

    words: tuple[str, ...]
    mended_by: tuple[str, ...] = ()

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        found = [
            each
            for account in scene.accounts
            for each in docker("ps", "-q", "--filter", f"label={PLATFORM_LABEL}={account}").split()
        ]
        for each in found:
            docker(*self.words, each)
        try:
            yield
        finally:
            for each in found if self.mended_by else []:
                with suppress(AssertionError):
                    docker(*self.mended_by, each)


@dataclass(frozen=True)
class NetworksRemoved:
    """Every network of the platform is taken from its containers and removed, as another person may do."""

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        for account in scene.accounts:
            label = ("--filter", f"label={PLATFORM_LABEL}={account}")
            for network in docker("network", "ls", "-q", *label).split():
                for container in docker("ps", "-aq", *label).split():
                    words = ["docker", "network", "disconnect", "--force", network, container]
                    subprocess.run(words, capture_output=True)
                docker("network", "rm", network)
        yield


@dataclass(frozen=True)
class ImagesRemoved:
    """Every name of the project's images is removed from the engine by force."""

    @contextmanager
    def broken(self, scene: Scene) -> Iterator[None]:
        names = docker("image", "ls", "-q", f"pywrangler.local/{scene.project.name}-*").split()
        if names:
            subprocess.run(["docker", "image", "rm", "--force", *set(names)], capture_output=True)
        yield
