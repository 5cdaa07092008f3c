"""Why an engine could not start a program in a container. Pure."""

from __future__ import annotations

import re

from pywrangler.engine.log_frames import split_frames
from pywrangler.local.gateway.engine_words import shorten_start_error

_OF_PODMAN = re.compile(
    r"^Error: (?P<reason>.*): OCI (?:runtime attempted to invoke a command that was not found"
    r"|permission denied|runtime error)",
    re.MULTILINE,
)


def read_failure(output: bytes, *, is_podman: bool) -> str | None:
    """The reason in the whole output of one that may have failed; None if it ran.

    Podman (4.3) forgets the process of a program that has ended, so one that ended with 126 or 127 may have
    failed.
    """
    text = "\n".join(split_frames(output))
    if is_podman:
        found = _OF_PODMAN.search(text)
        return shorten_start_error(found["reason"]) if found else None
    return shorten_start_error(text) or "the program could not be started"
