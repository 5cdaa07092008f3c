"""Makes the base images that examples and tests build on available in the Docker Engine.

An image that the engine has stays as it is. Otherwise it is pulled; if no registry can be reached, the two
images of `RECIPES` are made from Debian packages and cached, so that a second engine gets them at once.

    python3 -m scripts.base_images
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from scripts.machine import (
    APT_GET,
    SetupError,
    has,
    install_packages,
    refresh_package_lists,
    run,
    run_as_root,
    say,
    succeeds,
    this_apt_mirror,
)

REPOSITORY = Path(__file__).resolve().parent.parent
PLATFORM = "linux/amd64"
PULL_SECONDS = 180
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FROM = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)(?:[ \t]+AS[ \t]+(\S+))?", re.MULTILINE | re.IGNORECASE
)


class Recipe(NamedTuple):
    """How an image is made without a registry; `revision` names the cached file and changes with `make`."""

    make: Callable[[Path], None]
    """Fills an empty directory with the image's files."""
    changes: tuple[str, ...]
    """Dockerfile instructions of the image's configuration."""
    revision: int = 1


def make_busybox(root: Path) -> None:
    """Debian's statically linked busybox and a link for each of its commands."""
    refresh_package_lists()
    run([*APT_GET, "-o", "APT::Sandbox::User=root", "download", "busybox-static"], cwd=root)
    package = next(root.glob("*.deb"))
    run(["dpkg-deb", "--extract", str(package), str(root)])
    package.unlink()
    shutil.rmtree(root / "usr")
    for directory in ("dev", "etc", "proc", "root", "sys", "tmp", "usr/bin", "usr/sbin", "sbin", "var"):
        (root / directory).mkdir(parents=True, exist_ok=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text(
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
    )
    (root / "etc/group").write_text("root:x:0:\nnogroup:x:65534:\n")
    busybox = root / "bin/busybox"
    for command in subprocess.run(
        [busybox, "--list"], check=True, capture_output=True, text=True
    ).stdout.split():
        link = root / "bin" / command
        if not link.exists():
            link.symlink_to("busybox")


def make_python(root: Path) -> None:
    """A small Debian 12 with its Python 3.11, trimmed of what only a person at a terminal would read."""
    if not has("debootstrap"):
        install_packages(["debootstrap"])
    mirror = this_apt_mirror("bookworm")  # without one debootstrap has its own default
    run_as_root(
        ["debootstrap", "--arch=amd64", "--variant=minbase", "--include=python3,ca-certificates"]
        + ["bookworm", str(root)]
        + ([mirror] if mirror and mirror.startswith("http") else []),
        stdout=subprocess.DEVNULL,
    )
    run_as_root(["ln", "-sf", "/usr/bin/python3", str(root / "usr/local/bin/python")])
    trimmed = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")
    run_as_root(["rm", "-rf", *(str(root / directory) for directory in trimmed)])


RECIPES = {
    "busybox:1.35": Recipe(make_busybox, ("ENV PATH=/bin:/usr/bin:/sbin:/usr/sbin", 'CMD ["sh"]')),
    "python:3.11-slim": Recipe(
        make_python,
        (
            "ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8",
            'CMD ["python3"]',
        ),
    ),
}


def base_images(dockerfiles: Iterable[str]) -> set[str]:
    """What Dockerfiles build on: the names after FROM, without earlier stages, `scratch` and arguments."""
    images: set[str] = set()
    for text in dockerfiles:
        stages = {"scratch"}
        for image, stage in FROM.findall(text):
            if image.lower() not in stages and "$" not in image:
                images.add(image)
            stages.add(stage.lower())
    return images


def wanted_images() -> list[str]:
    """What the Dockerfiles of the examples name, and what the tests write into theirs."""
    files = (
        file for file in (REPOSITORY / "examples").rglob("Dockerfile*") if "node_modules" not in file.parts
    )
    return sorted(base_images(file.read_text() for file in files) | RECIPES.keys())


def cached_file(image: str, recipe: Recipe) -> Path:
    """Where the files of an image that was made are kept."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    name = re.sub(r"[^\w.-]", "-", image)
    return cache / "pywrangler" / "base-images" / f"{name}.{recipe.revision}.tar.gz"


def make(image: str, recipe: Recipe) -> None:
    """Import an image from the cache, filling the cache first if it is empty."""
    archive = cached_file(image, recipe)
    if not archive.exists():
        say(f"Making {image} from Debian packages")
        fill_cache(archive, recipe)
    changes = [argument for change in recipe.changes for argument in ("--change", change)]
    say(f"Importing {image} from {archive}")
    run(
        ["docker", "import", "--platform", PLATFORM, *changes, str(archive), image],
        stdout=subprocess.DEVNULL,
    )


def fill_cache(archive: Path, recipe: Recipe) -> None:
    """Make the files of an image and pack them into `archive`, which is there in full or not at all."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    draft = archive.with_suffix(".part")
    with tempfile.TemporaryDirectory(prefix="pywrangler-image-") as directory:
        root = Path(directory) / "root"
        root.mkdir(mode=0o755)
        try:
            recipe.make(root)
            run_as_root(
                ["tar", "--create", "--gzip", "--numeric-owner", "--file", str(draft), "-C", str(root), "."]
            )
        finally:
            run_as_root(["rm", "-rf", str(root)])
    draft.replace(archive)


def provide(image: str) -> None:
    """See to it that the engine has `image`."""
    if succeeds(["docker", "image", "inspect", image]):
        return
    say(f"Pulling {image}")
    if succeeds(["docker", "pull", "--quiet", "--platform", PLATFORM, image], timeout_seconds=PULL_SECONDS):
        return
    recipe = RECIPES.get(image)
    if recipe is None:
        raise SetupError(f"{image} cannot be pulled here: run `docker pull {image}` to see why.")
    make(image, recipe)


def main() -> int:
    """Provide all images; returns the exit status."""
    try:
        for image in wanted_images():
            provide(image)
    except (SetupError, OSError) as error:
        say(f"Base images: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
