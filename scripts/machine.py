"""What the set-up scripts do to a machine: say, run, become root, install packages, read apt's sources."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

APT_DIRECTORY = Path("/etc/apt")
APT_GET = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0")


class SetupError(Exception):
    """A step that cannot be done here; the text says which and what to do about it."""


def say(text: str) -> None:
    """One line about the step that begins."""
    print(f"==> {text}", file=sys.stderr, flush=True)


def has(program: str) -> bool:
    """Whether `program` can be run, also from the directories that only root has in PATH."""
    return find(program) is not None


def find(program: str) -> str | None:
    """Where `program` is, or None."""
    return shutil.which(program, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin:/usr/local/sbin")


def root_args(args: Sequence[str]) -> list[str]:
    """`args` so that they run as root: as they are for root, otherwise behind sudo."""
    if os.geteuid() == 0:
        return list(args)
    if not has("sudo"):
        raise SetupError(f"`{' '.join(args)}` needs root and there is no sudo: run this as root.")
    return ["sudo", *args]


def run(args: Sequence[str], **options: object) -> None:
    """Run a program whose output the user sees; a failure ends the set-up and names the exit status."""
    result = subprocess.run(args, check=False, **options)  # type: ignore[call-overload]
    if result.returncode:
        raise SetupError(f"`{' '.join(map(str, args))}` ended with exit status {result.returncode}.")


def run_as_root(args: Sequence[str], **options: object) -> None:
    """`run`, as root."""
    run(root_args(args), **options)


def succeeds(args: Sequence[str], timeout_seconds: float = 30) -> bool:
    """Whether a program ends well; its output is not shown. A program that is absent or hangs does not."""
    try:
        done = subprocess.run(
            args,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout_seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def install_packages(packages: Sequence[str]) -> None:
    """Install Debian or Ubuntu packages, asking nothing and leaving out what is merely recommended."""
    if not has("apt-get"):
        raise SetupError(f"There is no apt-get here to install {', '.join(packages)}: install them by hand.")
    refresh_package_lists()
    say(f"Installing {', '.join(packages)}")
    run_as_root(
        [*APT_GET, "install", "--yes", "--no-install-recommends", *packages], stdout=subprocess.DEVNULL
    )


def refresh_package_lists() -> None:
    """`apt-get update`; a failure is not the end, since one broken third-party source is enough for that."""
    subprocess.run(root_args([*APT_GET, "update"]), check=False)


def write_as_root(file: Path, text: str) -> None:
    """Write a file that belongs to root."""
    run_as_root(["tee", str(file)], input=text.encode(), stdout=subprocess.DEVNULL)


def os_release(text: str) -> dict[str, str]:
    """The fields of an os-release file, such as `{"ID": "debian", "VERSION_ID": "12"}`."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name: value.strip().strip("\"'") for name, _, value in pairs}


def this_os() -> dict[str, str]:
    """`os_release` of this machine; empty if there is no such file."""
    file = Path("/etc/os-release")
    return os_release(file.read_text()) if file.exists() else {}


def apt_mirror(sources: Iterable[str], codename: str) -> str | None:
    """The mirror of the suite `codename`, from the texts of apt source files in either of apt's formats."""
    for text in sources:
        for found in re.finditer(r"^deb\s+(?:\[[^]]*\]\s*)?(\S+)\s+(\S+)\s", text, re.MULTILINE):
            if found[2] == codename:
                return found[1]
        for paragraph in re.split(r"\n\s*\n", text):
            fields = dict(re.findall(r"^(URIs|Suites|Enabled):[ \t]*(.+)$", paragraph, re.MULTILINE))
            if codename in fields.get("Suites", "").split() and fields.get("Enabled") != "no":
                return str(fields["URIs"].split()[0])
    return None


def this_apt_mirror(codename: str) -> str | None:
    """`apt_mirror` of this machine."""
    lists = [APT_DIRECTORY / "sources.list", *sorted((APT_DIRECTORY / "sources.list.d").glob("*"))]
    texts = [file.read_text() for file in lists if file.suffix in (".list", ".sources") and file.is_file()]
    return apt_mirror(texts, codename)
