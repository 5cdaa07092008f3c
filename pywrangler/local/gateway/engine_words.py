"""The engine's reason for a failed start, without the names of the parts that passed it on. Pure."""

from __future__ import annotations

import re

_PATH = re.compile(
    r"^.*(?:unable to start container process|starting container process caused|OCI runtime create failed"
    r"|OCI runtime error|runc create failed|crun|failed to create shim(?: task)?): "
)
"""Docker Engine 20 to 29 with runc or crun: each part that passes an error on puts its name before it."""
_NOTHING_SAID = ": unknown"
"""What containerd appends to errors without a kind of their own."""


def shorten_start_error(message: str) -> str:
    """The part of an engine's message that is about the container: `exec: "/nope": stat /nope: no such file
    or directory`.
    """
    text = message.strip().removesuffix(_NOTHING_SAID)
    first_line, _, _ = text.partition("\n")
    return _PATH.sub("", first_line) or text
