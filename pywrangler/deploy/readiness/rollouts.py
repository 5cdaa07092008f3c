"""Follow rollouts until running instances are replaced, or until one does not continue."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.containers import get_rollout, instance_pages
from pywrangler.cloudflare.local import read_failure
from pywrangler.config.records import Container
from pywrangler.dataclass import dataclass
from pywrangler.deploy.applications.unfinished import ENDED
from pywrangler.deploy.readiness.bring_up import explain_failure
from pywrangler.deploy.readiness.instance_health import describe_trouble
from pywrangler.errors import ApiError, NotReadyError

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 5.0


@dataclass(frozen=True)
class RolloutCounts:
    """The progress of a rollout. `problem` says why it will not continue by itself, None while nothing is
    wrong.
    """

    is_over: bool
    text: str
    problem: str | None = None


@dataclass(frozen=True)
class Begun:
    """A rollout that is under way, with its application: both as the API returns them."""

    application: Mapping[str, Any]
    rollout: Mapping[str, Any]


def read_progress(rollout: Mapping[str, Any]) -> RolloutCounts:
    """The progress of a rollout, from the API's record."""
    status = str(rollout.get("status", "unknown"))
    counts = rollout.get("progress") or {}
    updated, total = counts.get("updated_instances"), counts.get("total_instances")
    text = status if updated is None else f"{status}, {updated} of {total} instances updated"
    if status == "completed":
        return RolloutCounts(True, text)
    if status in ENDED:
        return RolloutCounts(True, text, rollout.get("reason") or f"it was {status}")
    return RolloutCounts(False, text, rollout.get("reason"))


def wait_for_rollout(
    client: Client,
    application: Mapping[str, Any],
    rollout: Mapping[str, Any],
    *,
    timeout_seconds: float,
    report: Callable[[str], None],
    container: Container | None = None,
) -> NotReadyError | None:
    """Wait until the rollout is over; the error says why it did not complete. `report` gets each

    change; `container` is the application's configuration, where that is at hand.
    """
    deadline = time.monotonic() + timeout_seconds
    pause = FIRST_PAUSE_SECONDS
    name = application["name"]
    while True:
        try:
            rollout = get_rollout(client, application["id"], rollout["id"])
            is_late = time.monotonic() + pause > deadline
            # Instances are looked at when it takes long, or is late: most rollouts need no second question.
            trouble = _trouble(client, rollout, application["id"]) if is_late or pause >= 1 else []
        except ApiError as error:
            return _unknown(name, error)
        progress = read_progress(rollout)
        report(f"{progress.text}; {trouble[0]}" if trouble else progress.text)
        if progress.problem:
            return explain_problem(name, rollout, progress.problem, container)
        if progress.is_over:
            return None
        if is_late:
            return NotReadyError(
                f"The rollout of {name} has not ended after {timeout_seconds:.0f} s: {progress.text}.",
                hint=f"Look at its instances with `pywrangler containers instances {application['id']}`.",
                detail="\n".join(trouble) or None,
            )
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


def _trouble(client: Client, rollout: Mapping[str, Any], application_id: str) -> list[str]:
    """The problem that delays the instances of the rollout's version."""
    pages = instance_pages(client, application_id, per_page=100)
    instances = [instance for page in pages for instance in page.instances]
    return describe_trouble(instances, rollout.get("target_version"))


def _unknown(application: str, error: ApiError) -> NotReadyError:
    return NotReadyError(
        f"The Worker is deployed, but the state of the rollout of application {application} is unknown: "
        f"{error.message}",
        hint=error.hint,
        detail=error.detail,
    )


def explain_problem(
    application: str, rollout: Mapping[str, Any], problem: str, container: Container | None
) -> NotReadyError:
    """The reason why a rollout does not continue, with the last log lines of the instance that showed it."""
    is_taken_back = rollout.get("status") == "reverted"
    consequence = f"The rollout of application {application} was " + (
        f"taken back: version {rollout.get('current_version')} continues to run, also in new instances."
        if is_taken_back
        else "stopped; instances of the former version continue to run."
    )
    if (failure := rollout.get("failure")) and container is not None:
        return explain_failure(container, read_failure(failure, problem), consequence)
    return NotReadyError(
        f"{consequence} The reason: {problem}.",
        hint="Correct the image or the configuration, then deploy again.",
    )
