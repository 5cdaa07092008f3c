"""`pywrangler local status`."""

from __future__ import annotations

from typing import Any

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.local.connection import running_platform
from pywrangler.commands.shared.options import AsJson


def status(run: Invocation, as_json: AsJson = False) -> None:
    """Show whether the local platform runs, the Docker Engine it uses, and its Workers with their addresses.
    Processes of it that are suspended or hang are named.

    Example: pywrangler local status --json
    """
    from pywrangler.cloudflare import local

    with running_platform(run) as client:
        found = local.status(client, problems=True) if client else None
    if as_json:
        run.console.json({"running": found is not None, **(found or {"home": str(run.home)})})
    elif found is None:
        run.console.result(f"The local platform is not running. Its directory is {run.home}.")
    else:
        _show(run, found)


def _show(run: Invocation, found: dict[str, Any]) -> None:
    console, engine, workers = run.console, found["engine"], found["workers"]
    console.result(f"The local platform is running (pywrangler {found['version']}, process {found['pid']}).")
    console.result(f"Directory: {found['home']}")
    if engine["reachable"]:
        console.result(f"Docker Engine: {engine['version']} at {engine['address']}")
    else:
        console.result(f"Docker Engine: not reachable at {engine['address']}: {engine['error']}")
    if registry := found.get("registry"):
        console.result(f"Image registry: {registry['host']} (certificate {registry['certificate']})")
    for problem in found.get("problems", ()):
        console.warning(problem)
    if not workers:
        console.result("No Worker is deployed.")
        return
    console.result("")
    rows = [(each["name"], each["state"], each["url"], _one_line(each["error"])) for each in workers]
    console.table(("WORKER", "STATE", "URL", "NOTE"), rows)


def _one_line(text: str | None) -> str | None:
    return " ".join(text.split()) if text else None
