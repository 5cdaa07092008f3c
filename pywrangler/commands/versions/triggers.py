"""`pywrangler triggers deploy`."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.commands.shared.options import WorkerName
from pywrangler.commands.versions.options import DryRun
from pywrangler.errors import ExitStatus

if TYPE_CHECKING:
    from pywrangler.config.records import Configuration

Crons = Annotated[
    list[str] | None,
    typer.Option("--triggers", "--schedule", "--schedules", metavar="CRON", help="Cron triggers to set."),
]
Routes = Annotated[
    list[str] | None, typer.Option("--routes", "--route", metavar="PATTERN", help="Routes to set.")
]
Helpers = Annotated[bool, typer.Option("--experimental-deploy-helpers", "--x-deploy-helpers", hidden=True)]


def deploy(
    run: Invocation,
    name: WorkerName = None,
    triggers: Crons = None,
    routes: Routes = None,
    dry_run: DryRun = False,
    deploy_helpers: Helpers = False,  # noqa: ARG001 - Wrangler's
) -> int:
    """Set what calls a Worker: its address, routes, custom domains, schedules and queues. Its code stays.

    Example: pywrangler triggers deploy
    """
    from pywrangler.deploy.worker.trigger_steps import apply_triggers
    from pywrangler.deploy.worker.triggers import plan_triggers, wanted_triggers

    begin = time.perf_counter()
    configuration = _configuration(run, name, triggers, routes)
    service = configuration.top_level_name if configuration.has_environments else None
    plan = plan_triggers(
        configuration.name,
        wanted_triggers(configuration, service),
        None,
        takes_domains=not run.is_interactive,
        upload=False,
        makes_version_first=False,
    )
    if dry_run:
        for line in plan.lines():
            run.console.result(line)
        run.console.info("Dry run: nothing was changed.")
        return ExitStatus.OK
    client = run.changing_client()
    apply_triggers(client, plan, run.console.info)
    run.console.success(f"Set the triggers of {plan.worker} ({time.perf_counter() - begin:.2f} s).")
    for address in _addresses(run, client, plan):
        run.console.result(f"  {address}")
    for cron in plan.crons or ():
        run.console.result(f"  schedule: {cron}")
    return ExitStatus.OK


def _configuration(
    run: Invocation, name: str | None, crons: list[str] | None, routes: list[str] | None
) -> Configuration:
    from pywrangler.commands.deploy.deploy import checked_crons
    from pywrangler.commands.shared.lacking import lacking
    from pywrangler.config import load
    from pywrangler.deploy.worker.local_products import for_cloudflare, for_local_platform

    run.introduce_project()
    found = load(run.project.required_file, environment=run.environment_name, name=name, lacks=lacking(run))
    run.warn_of_environments()
    changes: dict[str, Any] = {}
    if crons:
        changes["crons"] = checked_crons(crons)
    if routes:
        changes["cloudflare"] = {**found.cloudflare, "routes": routes}
    found = replace(found, **changes)
    return for_local_platform(found, run.environment) if run.target is Target.LOCAL else for_cloudflare(found)


def _addresses(run: Invocation, client: Any, plan: Any) -> list[str]:
    if run.target is Target.LOCAL:
        return []
    from pywrangler.cloudflare.workers import account_subdomain

    found: list[str] = plan.addresses(account_subdomain(client))
    return found
