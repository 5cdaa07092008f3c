"""What the Docker Engine holds, as its own command line tells: a view that owes nothing to our code."""

from __future__ import annotations

import json
import subprocess
from typing import Any

PLATFORM_LABEL = "pywrangler.platform"


def docker(*arguments: str) -> str:
    """Run the docker command and return what it prints; fails the test with its message when it fails."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr}"
    return done.stdout.strip()


def containers_of(account_id: str, *, running_only: bool = False) -> list[dict[str, Any]]:
    """`docker inspect` of the containers that belong to one platform."""
    label = f"label={PLATFORM_LABEL}={account_id}"
    ids = docker(
        "ps", "--quiet", "--no-trunc", "--filter", label, *([] if running_only else ["--all"])
    ).split()
    # One may go between the two calls: ask for each by itself.
    asked = [subprocess.run(["docker", "inspect", id_], capture_output=True, text=True) for id_ in ids]
    return [json.loads(answer.stdout)[0] for answer in asked if answer.returncode == 0]


def has_image(reference: str) -> bool:
    """Whether the engine knows an image by this name."""
    return subprocess.run(["docker", "image", "inspect", reference], capture_output=True).returncode == 0


def remove_images(repository: str) -> None:
    """Remove all names of images whose repository matches, such as `pywrangler.local/t-1f0c-*`: by tag, and
    by digest where a pull left no other.
    """
    for option, name in (("", "{{.Repository}}:{{.Tag}}"), ("--digests", "{{.Repository}}@{{.Digest}}")):
        words = ["image", "ls", *([option] if option else []), "--format", name, repository]
        names = [found for found in docker(*words).split() if "<none>" not in found]
        if names:
            subprocess.run(["docker", "image", "rm", "--force", *names], capture_output=True)


def remove_containers(label: str) -> None:
    """Kill and remove every container with a label (`name=value`)."""
    if ids := docker("ps", "--all", "--quiet", "--filter", f"label={label}").split():
        subprocess.run(["docker", "rm", "--force", "--volumes", *ids], capture_output=True)
