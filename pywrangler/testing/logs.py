"""What a Worker and its containers wrote, together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pywrangler.cloudflare import local
from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.products.container_logs import container_log_lines, owner_of_line

MOST_LINES = 1_000_000
"""More than any log has."""


@dataclass(frozen=True)
class ProjectLogLine:
    """One line: `time` in ISO 8601, and the name of the Worker or of the container's Durable Object."""

    time: str
    source: str
    text: str


def read_logs(
    client: Client, worker: str, applications: Iterable[Mapping[str, Any]], since: float
) -> list[ProjectLogLine]:
    """The lines since a time (seconds since the epoch), in their order."""
    lines = [
        ProjectLogLine(entry["time"], worker, entry["text"])
        for entry in map(json.loads, local.log_lines(client, worker=worker, follow=False, tail=MOST_LINES))
        if _moment(entry["time"]) >= since
    ]
    for application in applications:
        found = container_log_lines(
            client, application["id"], instance=None, since=since, tail=None, follow=False
        )
        for entry in map(json.loads, found):
            source = f"{application['name']}/{owner_of_line(entry)}"
            lines.append(ProjectLogLine(entry["time"], source, entry["text"]))
    return sorted(lines, key=lambda line: _moment(line.time))


def shown(lines: Sequence[ProjectLogLine]) -> str:
    """Lines as text."""
    width = max((len(line.source) for line in lines), default=0)
    return "\n".join(f"{line.time} {line.source:<{width}}  {line.text.rstrip()}" for line in lines)


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
