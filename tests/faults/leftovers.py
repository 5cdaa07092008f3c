"""The third question: what is left after everything was stopped."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.faults.own_engine import has_own_engine
from tests.faults.scene import Scene
from tests.support import containers

MOST_IMAGES = 11
"""Of the ten newest versions, and of a rollout."""
UPLOADS = "uploads"
"""Below the platform's directory: files of requests that have not ended."""


def leftovers(scene: Scene) -> list[str]:
    """Everything of a scene that exists although its platform was stopped, in words."""
    found = [f"process {pid}: {line}" for pid, line in processes_of(scene.home)]
    found += [f"socket {path}" for path in sockets_below(scene.home)]
    found += [f"temporary file {file}" for file in _files(scene.temporary)]
    found += [f"unfinished upload {file}" for file in _files(scene.home / UPLOADS)]
    if (scene.home / "platform.json").exists():
        found.append("the status file")
    found += _rules(scene)
    if shutil.which("docker"):
        found += _on_the_engine(scene)
    return found


def images_left(scene: Scene) -> list[str]:
    """Images of the running scene that nothing needs, in words: names that its database does not have, more
    names than versions to go back to, and images that lost their name.
    """
    with closing(sqlite3.connect(f"{(scene.home / 'platform.sqlite').as_uri()}?mode=ro", uri=True)) as base:
        known = "\n".join(base.iterdump())
    names = _lines(
        "docker", "image", "ls", "--no-trunc", "--format", "{{.ID}} {{.Repository}}:{{.Tag}}",
        f"pywrangler.local/{scene.project.name}-*",
    )  # fmt: skip
    found = [f"image {line}" for line in names if line.split()[0] not in known]
    if len(names) > MOST_IMAGES:
        found.append(f"{len(names)} images for {MOST_IMAGES} versions")
    if has_own_engine():
        nameless = (
            "docker",
            "image",
            "ls",
            "--filter",
            "dangling=true",
            "--format",
            "{{.ID}} {{.CreatedAt}}",
        )
        found += [f"image without a name {line}" for line in _lines(*nameless)]
    return found


def processes_of(home: Path) -> list[tuple[int, str]]:
    """Pid and command line of the processes of a platform, and of the commands that used it."""
    found = []
    for directory in Path("/proc").iterdir():
        if directory.name.isdigit() and int(directory.name) != os.getpid():
            words, variables = _read(directory / "cmdline"), _read(directory / "environ")
            names_home = f"PYWRANGLER_HOME={home}".encode() in variables.split(b"\0")
            if words and (names_home or f"{home}/".encode() in words):
                found.append((int(directory.name), words.replace(b"\0", b" ").decode(errors="replace")))
    return found


def sockets_below(directory: Path) -> list[str]:
    """Paths of unix sockets, as files or open, below a directory."""
    opened = {line.split()[-1] for line in Path("/proc/net/unix").read_text().splitlines()[1:]}
    files = {str(file) for file in directory.rglob("*") if stat.S_ISSOCK(file.lstat().st_mode)}
    return sorted(files | {path for path in opened if path.startswith(f"{directory}/")})


def _on_the_engine(scene: Scene) -> Iterator[str]:
    for account in sorted(scene.accounts):
        label = f"label={containers.PLATFORM_LABEL}={account}"
        for what, words in (("container", ("ps", "-a")), ("network", ("network", "ls"))):
            for each in _lines("docker", *words, "--format", "{{.ID}} {{.Labels}}", "--filter", label):
                yield f"{what} {each}"


def _rules(scene: Scene) -> Iterator[str]:
    if os.geteuid() or not shutil.which("iptables"):
        return
    for table in ("filter", "nat"):
        for line in _lines("iptables", "-w", "-t", table, "-S"):
            if any(f"pywrangler-{account[:8]}" in line for account in scene.accounts):
                yield f"firewall rule {line}"


def _lines(*words: str) -> list[str]:
    return subprocess.run(words, capture_output=True, text=True, timeout=60).stdout.splitlines()


def _files(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*"))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""  # it has ended, or belongs to another user
