"""The meaning of workerd's requests to the Docker Engine: a table from method and path to an action. Pure.

The requests are those that workerd 2026-11-17 makes. Every other request gets status 501 and its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from signal import Signals
from urllib.parse import parse_qsl, unquote


class Action(Enum):
    """The gateway's action for a request."""

    CREATE = auto()
    START = auto()
    INSPECT = auto()
    WAIT = auto()
    KILL = auto()
    STOP = auto()
    REMOVE = auto()
    NETWORK = auto()
    VOLUMES = auto()
    PING = auto()
    EXEC_CREATE = auto()
    EXEC_START = auto()
    EXEC_INSPECT = auto()
    VOLUME = auto()
    COMMIT = auto()
    IMAGE = auto()
    REMOVE_IMAGE = auto()
    NAME_SNAPSHOT = auto()
    """From the platform's script: Docker has no such request."""
    TUNNEL = auto()
    """To the engine as raw bytes: archives, and the size of a terminal."""


@dataclass(frozen=True)
class DockerRoute:
    """A parsed request. `container` is the container's name, `exec` the id of an exec, `image` the name of an
    image or the id of a snapshot, if the request has one.
    """

    action: Action
    container: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    exec: str | None = None
    image: str | None = None
    volume: str | None = None
    """Of a volume that is looked at."""


_TABLE = [
    (re.compile(f"{method} (?:/v[0-9.]+)?{path}"), action)
    for method, path, action in (
        ("POST", "/containers/create", Action.CREATE),
        ("POST", "/containers/(?P<name>[^/]+)/start", Action.START),
        ("GET", "/containers/(?P<name>[^/]+)/json", Action.INSPECT),
        ("POST", "/containers/(?P<name>[^/]+)/wait", Action.WAIT),
        ("POST", "/containers/(?P<name>[^/]+)/kill", Action.KILL),
        ("POST", "/containers/(?P<name>[^/]+)/stop", Action.STOP),
        ("DELETE", "/containers/(?P<name>[^/]+)", Action.REMOVE),
        ("POST", "/containers/(?P<name>[^/]+)/exec", Action.EXEC_CREATE),
        ("(?:GET|PUT|HEAD)", "/containers/(?P<name>[^/]+)/archive", Action.TUNNEL),
        ("POST", "/exec/(?P<exec>[0-9a-f]+)/start", Action.EXEC_START),
        ("GET", "/exec/(?P<exec>[0-9a-f]+)/json", Action.EXEC_INSPECT),
        ("POST", "/exec/[0-9a-f]+/resize", Action.TUNNEL),
        ("POST", "/commit", Action.COMMIT),
        ("GET", "/images/(?P<image>.+)/json", Action.IMAGE),
        ("DELETE", "/images/(?P<image>.+)", Action.REMOVE_IMAGE),
        ("PUT", "/snapshots/(?P<image>[^/]+)", Action.NAME_SNAPSHOT),
        ("GET", "/networks/bridge", Action.NETWORK),
        ("GET", "/volumes", Action.VOLUMES),
        ("GET", "/volumes/(?P<volume>[^/]+)", Action.VOLUME),
        ("(?:POST|DELETE)", "/volumes/[^/]+", Action.VOLUME),
        ("GET", "/_ping", Action.PING),
    )
]


def route(method: str, target: str) -> DockerRoute | None:
    """The meaning of a request, or None for a request that the gateway does not offer."""
    path, _, text = target.partition("?")
    query = dict(parse_qsl(text))
    for pattern, action in _TABLE:
        if found := pattern.fullmatch(f"{method} {path}"):
            parts_of_path = found.groupdict()
            name = parts_of_path.get("name") or query.get("name")
            if action is Action.COMMIT:
                name = query.get("container")
            image = parts_of_path.get("image") or query.get("repo")
            return DockerRoute(
                action,
                unquote(name) if name else None,
                query,
                parts_of_path.get("exec"),
                unquote(image) if image else None,
                parts_of_path.get("volume"),
            )
    return None


def signal_number(text: str) -> int | None:
    """The number of a signal that Docker's API names as `SIGTERM`, `TERM` or `15`; None for an unknown
    signal.
    """
    if re.fullmatch("[0-9]{1,3}", text):
        return int(text)
    name = "SIG" + text.upper().removeprefix("SIG")
    return Signals[name].value if name in Signals.__members__ else None
