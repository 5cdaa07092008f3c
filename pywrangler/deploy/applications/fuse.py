"""Which containers of a deploy mount file systems with FUSE, and what the user says of them. Pure but for the
Dockerfiles.

At Cloudflare every instance may mount. On Docker that takes SYS_ADMIN, which is close to root on the engine's
machine, so the local platform gives it only to applications that the user names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from pywrangler.config.records import Container, DockerfileImage
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

ALL = "*"
_ADAPTER = re.compile(
    r"\b(fuse3?|libfuse[\w.-]*|tigrisfs|geesefs|goofys|s3fs|gcsfuse|blobfuse2?|sshfs|juicefs|mountpoint-s3|mount-s3"
    r"|rclone mount)\b"
)
"""Programs and packages that mount with FUSE and do nothing else."""


@dataclass(frozen=True)
class FuseDecisions:
    """What is settled by the command line, and which applications are left to ask about."""

    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


def mounts_with_fuse(dockerfile: str) -> bool:
    """Whether a Dockerfile names a program for it, outside of comments."""
    lines = (line for line in dockerfile.splitlines() if not line.lstrip().startswith("#"))
    return any(_ADAPTER.search(line) for line in lines)


def mounting(containers: Sequence[Container]) -> tuple[str, ...]:
    """The applications whose Dockerfile names such a program."""
    return tuple(
        container.name
        for container in containers
        if any(
            isinstance(image, DockerfileImage) and mounts_with_fuse(_read(image.dockerfile))
            for image in container.every_image
        )
    )


def plan_fuse(
    mounts: Collection[str],
    known: Mapping[str, bool],
    allowed: Collection[str],
    denied: Collection[str],
) -> FuseDecisions:
    """`known` is what the platform knows, `allowed` and `denied` what the command line says."""
    said = {*allowed, *denied}
    left = sorted(name for name in mounts if name not in said and name not in known and ALL not in known)
    return FuseDecisions(tuple(sorted(allowed)), tuple(sorted(denied)), tuple(left))


def check_names(names: Mapping[str, Collection[str]], containers: Sequence[Container]) -> None:
    """Raises `UsageError` for options, by name, with an application that the configuration does not have."""
    known = [container.name for container in containers]
    for option, given in names.items():
        for name in given:
            if name not in known:
                has = f"The applications are: {', '.join(known)}." if known else "It has no containers."
                raise UsageError(
                    f"{option} names `{name}`, which is not an application of this project.", hint=has
                )
    both = set.intersection(*map(set, names.values()))
    if both:
        raise UsageError(f"`{min(both)}` is both allowed and denied FUSE.", hint="Omit one of the options.")


def question(application: str) -> str:
    """What a user on a terminal is asked."""
    return (
        f"The image of {application} mounts file systems (FUSE). That takes SYS_ADMIN, which is close to root"
        " on the engine's machine. Allow it to this application?"
    )


def refusal(applications: Sequence[str]) -> UsageError:
    """For a deploy that cannot ask."""
    named = ", ".join(f"`{name}`" for name in applications)
    flags = " ".join(f"--allow-fuse {name}" for name in applications)
    return UsageError(
        f"The image of {named} mounts file systems (FUSE). On this machine that takes SYS_ADMIN, which is"
        " close to root, so it must be allowed.",
        hint=f"Deploy once with `{flags}`, or with `--deny-fuse NAME` to run without.",
    )


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:  # the build says so
        return ""
