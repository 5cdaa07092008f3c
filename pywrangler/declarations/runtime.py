"""Declarations of the runtime's own types for a compatibility date and flags.

`workerd` knows its types. A Worker in its npm package asks for them (`workerd:rtti`) and writes TypeScript;
Wrangler (4.164) runs the same one.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pywrangler.declarations.environment import NODE_BY_DEFAULT_FROM
from pywrangler.errors import MissingError

TIMEOUT_SECONDS = 120.0
_CONFIGURATION = """\
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "types", worker = (
    modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
    compatibilityDate = "2024-01-01",
    compatibilityFlags = ["nodejs_compat", "rtti_api"],
  ))],
  sockets = [(name = "http", service = "types", http = ())],
);
"""
"""The date is that of the Worker, which needs the Node.js of that time; it says nothing of the types."""


def generate_runtime(workerd: Path, types_worker: Path, compatibility_date: str, flags: Sequence[str]) -> str:
    """The declarations. Raises MissingError when `workerd` does not make them."""
    with tempfile.TemporaryDirectory(prefix="pywrangler-types-") as directory:
        here = Path(directory)
        (here / "worker.mjs").symlink_to(types_worker)
        (here / "types.capnp").write_text(_CONFIGURATION)
        process = _start(workerd, here)
        try:
            return _ask(here / "socket", runtime_path(compatibility_date, flags))
        except (OSError, http.client.HTTPException) as error:
            raise MissingError(
                f"workerd does not describe its types of {compatibility_date}: {error or 'it ended'}.",
                hint="Use a compatibility date and flags that this workerd knows, or omit these types with"
                " `--include-runtime=false`.",
                detail=(here / "errors").read_text(errors="replace").strip() or None,
                code="types-runtime",
            ) from error
        finally:
            process.kill()
            process.wait()


def _start(workerd: Path, directory: Path) -> subprocess.Popen[bytes]:
    """A `workerd` that takes the connections to `socket`.

    The listening socket is closed here: when the process ends, the connection ends, too.
    """
    with socket.socket(socket.AF_UNIX) as listener, (directory / "errors").open("wb") as errors:
        listener.bind(str(directory / "socket"))
        listener.listen()
        return subprocess.Popen(
            [
                workerd,
                "serve",
                str(directory / "types.capnp"),
                "--experimental",
                f"--socket-fd=http={listener.fileno()}",
            ],
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )


def runtime_path(compatibility_date: str, flags: Sequence[str]) -> str:
    """The path that the Worker is asked for. There are no types of Node.js to generate: npm has them."""
    asked = [flag for flag in flags if "nodejs_compat" not in flag]
    if compatibility_date >= NODE_BY_DEFAULT_FROM:
        asked += ["no_nodejs_compat", "no_nodejs_compat_v2"]
    return f"/{compatibility_date}{''.join(f'+{flag}' for flag in asked)}"


def _ask(address: Path, path: str) -> str:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(TIMEOUT_SECONDS)
        connection.connect(str(address))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: types\r\nConnection: close\r\n\r\n".encode())
        with contextlib.closing(http.client.HTTPResponse(connection)) as response:
            response.begin()
            content = response.read().decode()
    if response.status != 200:
        first_line = content.strip().partition("\n")[0]
        raise http.client.HTTPException(first_line or f"HTTP {response.status}")
    return content
