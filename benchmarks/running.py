"""Programs that run while something is measured."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.wrangler import installed_wrangler, node

LOG = "dev.log"
"""In the project: what the program writes."""
END_SECONDS = 60.0


@contextmanager
def running(argv: Sequence[str], project: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """A program in the directory `project`, for as long as the context is open."""
    program = shutil.which(argv[0], path=environment["PATH"]) or argv[0]
    with (project / LOG).open("w") as log:
        process = subprocess.Popen(
            [program, *argv[1:]],
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(END_SECONDS)


@contextmanager
def wrangler_dev(project: Path) -> Iterator[str]:
    """`wrangler dev` in `project`; the address at which it will respond."""
    port, inspector = free_port(), free_port()
    argv = [str(node()), str(installed_wrangler()), "dev"]
    argv += ["--port", str(port), "--inspector-port", str(inspector)]
    environment = {
        "PATH": f"{node().parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(project.parent),
        "CI": "1",
        "WRANGLER_SEND_METRICS": "false",
    }
    with running(argv, project, environment):
        yield f"http://localhost:{port}"
