"""The lines that containers on the local platform wrote, and who wrote each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pywrangler.cloudflare.client import Client, segment

SHOWN_ID_LENGTH = 8
"""Characters of an id in a line for people."""


def container_log_lines(
    client: Client, application_id: str, *, instance: str | None, since: float, tail: int | None, follow: bool
) -> Iterator[str]:
    """Lines of JSON: `{time, instance, durable_object_id, durable_object_name, stream, text}`.

    `since` is in seconds since the epoch, `tail` None means all; with `follow` they continue.
    """
    parameters = {"instance": instance, "since": since, "tail": tail, "follow": int(follow)}
    yield from client.lines(f"local/applications/{segment(application_id)}/logs", params=parameters)


def owner_of_line(line: Mapping[str, Any]) -> str:
    """The name of the Durable Object whose container wrote the line; without a name the beginning of the
    object's id, and without an object that of the instance's.
    """
    if name := line["durable_object_name"]:
        return str(name)
    return str(line["durable_object_id"] or line["instance"] or "")[:SHOWN_ID_LENGTH]
