"""Follow rollouts until running instances are replaced, or until one does not go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.containers import get_rollout
from pywrangler.errors import NotReadyError

ENDED = ("completed", "reverted", "replaced")
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 5.0


@dataclass(frozen=True)
class Progress:
    """How far a rollout is. `problem` says why it will not go on by itself, None while nothing is wrong."""

    is_over: bool
    text: str
    problem: str | None = None


def read_progress(rollout: Mapping[str, Any]) -> Progress:
    """How far the rollout is, from what the API says of it."""
    status = str(rollout.get("status", "unknown"))
    counts = rollout.get("progress") or {}
    updated, total = counts.get("updated_instances"), counts.get("total_instances")
    text = status if updated is None else f"{status}, {updated} of {total} instances updated"
    if status == "completed":
        return Progress(True, text)
    if status in ENDED:
        return Progress(True, text, f"it was {status}")
    return Progress(False, text, rollout.get("reason"))


def wait_for_rollout(
    client: Client,
    application: Mapping[str, Any],
    rollout: Mapping[str, Any],
    *,
    timeout_seconds: float,
    report: Callable[[str], None],
) -> NotReadyError | None:
    """Wait until the rollout is over; the error says why it is not. `report` is told each change."""
    deadline = time.monotonic() + timeout_seconds
    pause = FIRST_PAUSE_SECONDS
    name = application["name"]
    while True:
        progress = read_progress(get_rollout(client, application["id"], rollout["id"]))
        report(progress.text)
        if progress.problem:
            return NotReadyError(
                f"The rollout of application {name} stopped: {progress.problem}. "
                "Instances of the version before go on.",
                hint="Correct the image or the configuration, then deploy again.",
            )
        if progress.is_over:
            return None
        if time.monotonic() + pause > deadline:
            return NotReadyError(
                f"The rollout of application {name} goes on after {timeout_seconds:.0f} s: {progress.text}.",
                hint=f"Look at it with `pywrangler containers info {application['id']}`.",
            )
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
