"""Real workerd for tests: Workers from source text, in a directory of their own with short socket paths."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pywrangler.local.workerd.config import plan_config
from pywrangler.local.workerd.process import Launch
from pywrangler.local.workerd.records import (
    DurableObjectClass,
    ModuleFile,
    SharedSockets,
    Sockets,
    WorkerSpec,
)


@dataclass
class Bench:
    """A directory for one Worker, and a listening socket for it."""

    directory: Path
    binary: Path
    listener: socket.socket
    classes: tuple[DurableObjectClass, ...] = ()

    @property
    def url(self) -> str:
        """Where the Worker answers."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def spec(self, script: str, version: str = "v1", **changes: object) -> WorkerSpec:
        """A Worker of one module."""
        module = self.directory / f"{version}.js"
        module.write_text(script)
        base = WorkerSpec(
            name="bench",
            version_id=version,
            main_module="index.js",
            modules=(ModuleFile("index.js", "application/javascript+module", module),),
            compatibility_date="2026-11-01",
            sockets=Sockets(self.directory / "c", self.directory / "g", self.directory / "p"),
            shared=SharedSockets(self.directory / "platform", calls={"key-values": self.directory / "kv"}),
            storage=self.directory / "do",
            classes=self.classes,
        )
        return replace(base, **changes)  # type: ignore[arg-type]

    def launch(self, script: str, version: str = "v1", **changes: object) -> Launch:
        """How to start it."""
        spec = self.spec(script, version, **changes)
        spec.storage.mkdir(exist_ok=True)
        return Launch(
            what=f"version {version}",
            binary=self.binary,
            config=plan_config(spec),
            config_file=self.directory / "workerd.capnp",
            pid_file=self.directory / "workerd.pid",
            sockets=spec.sockets,
            listeners={"http4": self.listener.fileno()},
        )


@contextmanager
def open_bench(binary: Path) -> Iterator[Bench]:
    """A bench that is removed afterwards. Not below pytest's directory: unix socket paths must be short."""
    with (
        tempfile.TemporaryDirectory(prefix="pw") as directory,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        yield Bench(Path(directory), binary, listener)
