"""The engine's reason for a failed start, without the names of the parts that passed it on. Pure."""

from __future__ import annotations

import re

_PATH = re.compile(
    r"^.*(?:unable to start container process|starting container process caused|OCI runtime create failed"
    r"|OCI runtime error|runc create failed|crun|failed to create shim(?: task)?): "
)
"""Docker Engine 20 to 29 with runc or crun: each part that passes an error on puts its name before it."""
_NO_FUSE = re.compile(r'custom device "/dev/fuse": no such file')
"""Docker Engine 26, for a container with a device that the machine does not have."""
NO_FUSE = (
    "the Docker Engine's machine has no /dev/fuse, which mounting with FUSE takes: run `modprobe fuse` there,"
    " or deploy with `--deny-fuse` and without the mount"
)
_NOTHING_SAID = ": unknown"
"""The text that containerd appends to errors of an unknown kind."""


def shorten_start_error(message: str) -> str:
    """The part of an engine's message that is about the container: `exec: "/nope": stat /nope: no such file
    or directory`.
    """
    if _NO_FUSE.search(message):
        return NO_FUSE
    text = message.strip().removesuffix(_NOTHING_SAID)
    first_line, _, _ = text.partition("\n")
    return _PATH.sub("", first_line) or text
