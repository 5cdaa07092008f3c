"""Compares the running instances with their application, by its newest rollout. Pure.

A deploy that was interrupted after it changed an application, and before the end of the rollout, leaves an
application that is as wanted, and instances that are not. So "unchanged" takes both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import Enum, auto
from typing import Any

from pywrangler.dataclass import dataclass
from pywrangler.deploy.applications.settings import SIZES, differences

ENDED = ("completed", "reverted", "replaced")
"""The statuses of a rollout that has ended."""
SIZE_FIELDS = ("instance_type", *SIZES)


class Rolled(Enum):
    """The progress of an application's instances."""

    OUT = auto()
    """They run the application's configuration."""
    UNFINISHED = auto()
    """Its newest rollout replaces them now."""
    MISSING = auto()
    """They run something else, and no rollout replaces them."""


@dataclass(frozen=True)
class Running:
    """Observations about an application, in addition to the application itself."""

    rollout: Mapping[str, Any] | None = None
    """The newest one, as the API returns it."""
    versions: Collection[int] = ()
    """Versions of the application that its instances run; looked up only if there is no rollout."""


def judge_rollout(
    application: Mapping[str, Any],
    running: Running,
    body: Mapping[str, Any],
    resolve_image: Callable[[str], str],
) -> Rolled:
    """The progress of the instances of `application`, which should be `body`."""
    rollout = running.rollout
    if rollout is None:
        return Rolled.MISSING if set(running.versions) - {application.get("version")} else Rolled.OUT
    is_reverted = rollout.get("status") == "reverted"
    reached = rollout.get("current_configuration" if is_reverted else "target_configuration") or {}
    if _differ(application, reached, body, resolve_image):
        return Rolled.MISSING
    if rollout.get("status") in ENDED:
        return Rolled.OUT
    # A rollout with a reason does not continue by itself. Cloudflare's have none.
    return Rolled.MISSING if rollout.get("reason") else Rolled.UNFINISHED


def _differ(
    application: Mapping[str, Any],
    reached: Mapping[str, Any],
    body: Mapping[str, Any],
    resolve_image: Callable[[str], str],
) -> bool:
    """Whether instances of the configuration `reached` differ from what `body` says, in a way that takes
    another start. A field that one of the two does not mention says nothing; a size has several forms.
    """
    found = differences({**application, "configuration": reached}, body, resolve_image)
    has_size = not reached.keys().isdisjoint(SIZE_FIELDS)
    for each in found:
        place, _, name = each.field.partition(".")
        is_mentioned = each.before is not None or (has_size and name.partition(".")[0] in SIZE_FIELDS)
        if place == "configuration" and each.after is not None and is_mentioned:
            return True
    return False
