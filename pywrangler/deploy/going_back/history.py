"""Which image an application had while a version of its Worker served, from what the API remembers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Json = Mapping[str, Any]
REVERTED = ("reverted",)
ALL_AT_ONCE = 100


def end_of_service(deployments: Sequence[Json], version: str, newest: str | None = None) -> datetime | None:
    """When a version served last, before the deployment `newest`; None if it never served alone.

    It is the time at which the next deployment took its place.
    """
    ordered = sorted(
        (each for each in deployments if each.get("id") != newest),
        key=lambda each: moment(each["created_on"]),
    )
    for number in range(len(ordered) - 1, -1, -1):
        served = ordered[number].get("versions") or ()
        if any(share["version_id"] == version and share["percentage"] == 100 for share in served):
            following = ordered[number + 1 : number + 2]
            return moment(following[0]["created_on"]) if following else datetime.max.replace(tzinfo=UTC)
    return None


def image_at(rollouts: Sequence[Json], end: datetime) -> str | None:
    """The image that an application had just before `end`; None if its rollouts do not tell."""
    ordered = sorted(rollouts, key=lambda each: moment(each["created_at"]))
    before = [
        each for each in ordered if moment(each["created_at"]) < end and each.get("status") not in REVERTED
    ]
    if before:
        return _image(before[-1].get("target_configuration"))
    return _image(ordered[0].get("current_configuration")) if ordered else None


def going_back(application: Json, image: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The requests that give an application an earlier image: the change, and the rollout to instances."""
    configuration = {**application["configuration"], "image": image}
    rollout = {
        "description": "Rollback",
        "strategy": "rolling",
        "kind": "full_auto",
        "step_percentage": ALL_AT_ONCE,
        "target_configuration": configuration,
    }
    return {"configuration": configuration}, rollout


def moment(text: str) -> datetime:
    """A time of the API."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _image(configuration: Any) -> str | None:
    return configuration.get("image") if isinstance(configuration, Mapping) else None
