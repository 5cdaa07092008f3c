"""Small Worker projects, and real workerd to run what came out of them."""

from __future__ import annotations

import os
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from pywrangler.config.records import Configuration
from pywrangler.deploy.bundle.bundling import Bundle
from pywrangler.toolchain import Toolchain, ensure
from tests.support.waiting import eventually

KINDS = {
    "application/javascript+module": "esModule",
    "application/wasm": "wasm",
    "text/plain": "text",
    "application/octet-stream": "data",
    "application/javascript": "commonJsModule",
}


def toolchain() -> Toolchain:
    return ensure(os.environ)


def project(
    root: Path, files: dict[str, str | bytes], main: str = "src/index.ts", **fields: Any
) -> Configuration:
    """Write `files` below `root`; the configuration of a Worker there."""
    for name, content in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    settings: dict[str, Any] = {"compatibility_date": "2026-07-01", **fields}
    return Configuration(
        file=root / "wrangler.jsonc", root=root, environment=None, name="worker", main=root / main, **settings
    )


def ask(made: Bundle, directory: Path, configuration: Configuration) -> str:
    """What the Worker answers to a request when real workerd runs it."""
    directory.mkdir()
    for module in made.modules:
        (directory / module.name.replace("/", "_")).write_bytes(module.content)
    modules = ", ".join(
        f'(name = "{module.name}", {KINDS[module.type]} = embed "{module.name.replace("/", "_")}")'
        for module in made.modules
    )
    flags = ", ".join(f'"{flag}"' for flag in configuration.compatibility_flags)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        (directory / "w.capnp").write_text(
            'using Workerd = import "/workerd/workerd.capnp";\n'
            "const config :Workerd.Config = (\n"
            f'  services = [(name = "main", worker = (modules = [{modules}],'
            f' compatibilityDate = "{configuration.compatibility_date}", compatibilityFlags = [{flags}]))],\n'
            '  sockets = [(name = "http", http = (), service = "main")]);\n'
        )
        return _ask_workerd(directory / "w.capnp", listener)


def _ask_workerd(configuration: Path, listener: socket.socket) -> str:
    number = listener.fileno()
    command = [toolchain().workerd, "serve", configuration, "--experimental", f"--socket-fd=http={number}"]
    process = subprocess.Popen(command, pass_fds=[number], stderr=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"

        def ask() -> str:
            assert process.poll() is None, _end(process)
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    return str(answer.read().decode())
            except urllib.error.HTTPError as error:
                raise AssertionError(f"{error}: {_end(process)}") from error
            except OSError:
                return ""

        return eventually(ask, timeout_seconds=20, what="workerd's first response")
    finally:
        if process.returncode is None:
            _end(process)


def _end(process: subprocess.Popen[str]) -> str:
    """Kill the process; what it wrote to standard error."""
    process.kill()
    return process.communicate()[1]
