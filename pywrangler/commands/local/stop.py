"""`pywrangler local stop`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywrangler.commands.context.invocation import Invocation

if TYPE_CHECKING:
    from pywrangler.local.client.stopping import Stopped


def stop(run: Invocation) -> None:
    """Stop the local platform with its Workers and containers, or what is left of one that was killed. What
    they stored stays.

    Example: pywrangler local stop
    """
    from pywrangler.local.client.stopping import stop

    found = stop(run.environment)
    if found is None:
        run.console.info("The local platform is not running.")
        return
    if found.complaint:
        run.console.warning(
            f"It is unknown whether containers of the local platform run. {found.complaint.rstrip('.')}."
        )
    if not describe(found):
        run.console.info("The local platform is not running.")
    for line in describe(found):
        run.console.success(line)


def describe(found: Stopped) -> list[str]:
    """The result of the stop, in sentences."""
    lines = []
    if found.was_running:
        lines.append("The local platform is stopped.")
    if found.was_killed:
        lines[-1] = "The local platform did not stop by itself and was killed."
    left = [
        f"{count} {word if count == 1 else words}"
        for count, word, words in (
            (found.processes, "process", "processes"),
            (found.containers, "container", "containers"),
        )
        if count
    ]
    if left:
        lines.append(f"Ended what a killed platform left behind: {' and '.join(left)}.")
    return lines
