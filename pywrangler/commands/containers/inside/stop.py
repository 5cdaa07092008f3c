"""`pywrangler containers stop` and `restart`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pywrangler.commands.containers.inside.choice import (
    Reference,
    instances_of,
    local_fleet,
    one_instance,
    split_reference,
)
from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.shared.options import AsJson
from pywrangler.errors import ExitStatus, PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.products.instances import KnownInstance, RestartedInstance

DEFAULT_GRACE_SECONDS = 10.0
"""As `docker stop`."""

All = Annotated[bool, typer.Option("--all", "-a", help="All running instances of the application.")]
Grace = Annotated[
    float,
    typer.Option(
        "--time",
        "-t",
        "--timeout",
        min=0,
        max=900,
        metavar="SECONDS",
        help="Seconds between SIGTERM and SIGKILL; default: 10.",
        show_default=False,
    ),
]


def stop(
    run: Invocation,
    application: Reference,
    all_: All = False,
    grace: Grace = DEFAULT_GRACE_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Stop one instance of an application, or all, on the local platform.

    An instance gets SIGTERM, and SIGKILL after some seconds. The next request to its Durable Object starts it
    again.

    Example: pywrangler containers stop my-app/alice
    """
    from pywrangler.cloudflare.products.instances import stop_instances

    chosen = _chosen(run, "stop", application, is_all=all_)
    running = [each for each in chosen if each.is_alive]
    if running:
        with run.console.progress() as progress:
            task = progress.task(_title("Stopping", running))
            stop_instances(run.client, [each.id for each in running], grace)
            task.done("stopped")
    for each in chosen:
        if not each.is_alive:
            run.console.info(f"{each.application}/{each.label} does not run.")
    if as_json:
        run.console.json([{**_fields(each), "stopped": each.is_alive} for each in chosen])
    elif not chosen:
        run.console.info("No instance runs.")


def restart(
    run: Invocation,
    application: Reference,
    all_: All = False,
    grace: Grace = DEFAULT_GRACE_SECONDS,
    as_json: AsJson = False,
) -> int:
    """Restart one instance of an application, or all, on the local platform.

    An instance is stopped and started again through its Durable Object, with the variables that its class now
    passes. Where only the Worker's code knows what it passes to a start, the next request starts it.

    Example: pywrangler containers restart my-app --all
    """
    from pywrangler.cloudflare.products.instances import restart_instances

    chosen = _chosen(run, "restart", application, is_all=all_)
    results: dict[str, RestartedInstance] = {}
    if chosen:
        with run.console.progress() as progress:
            task = progress.task(_title("Restarting", chosen))
            results = restart_instances(run.client, [each.id for each in chosen], grace)
            is_failed = any(each.outcome == "failed" for each in results.values())
            task.failed() if is_failed else task.done("done")
    for each in chosen:
        _say(run, each, results[each.id])
    if as_json:
        run.console.json([_restarted(each, results[each.id]) for each in chosen])
    elif not chosen:
        run.console.info("No instance runs.")
    failed = any(each.outcome == "failed" for each in results.values())
    return ExitStatus.NOT_READY if failed else ExitStatus.OK


def _chosen(run: Invocation, command: str, reference: str, *, is_all: bool) -> list[KnownInstance]:
    """The instances to act on: the named one, the only one, or with --all those that run."""
    if is_all and split_reference(reference)[1] is not None:
        raise UsageError(
            f"`{reference}` names one instance, and --all means all.",
            hint="Name only the application, or omit --all.",
        )
    fleet = local_fleet(run, command)
    if is_all:
        return [each for each in instances_of(fleet, reference) if each.is_alive]
    try:
        return [one_instance(fleet, reference, alive=False)]
    except UsageError as error:
        error.hint = f"{error.hint} For all of them: `--all`."
        raise


def _title(verb: str, instances: list[KnownInstance]) -> str:
    if len(instances) == 1:
        return f"{verb} {instances[0].application}/{instances[0].label}"
    return f"{verb} {len(instances)} instances of {instances[0].application}"


def _say(run: Invocation, instance: KnownInstance, result: RestartedInstance) -> None:
    where = f"{instance.application}/{instance.label}"
    if result.outcome == "running":
        run.console.success(f"{where} runs again.")
    elif result.outcome == "waiting":
        run.console.info(f"{where} starts with its next request: {result.reason}.")
    else:
        run.console.error(
            PywranglerError(
                f"{where} did not start again: {(result.reason or 'unknown').rstrip('.')}.",
                detail="\n".join(result.log_tail) or None,
                hint=f"`pywrangler containers logs {instance.application}` shows its log.",
                code="not-ready",
            )
        )


def _fields(instance: KnownInstance) -> dict[str, object]:
    return {"id": instance.id, "name": instance.name, "application": instance.application}


def _restarted(instance: KnownInstance, result: RestartedInstance) -> dict[str, object]:
    more = {"outcome": result.outcome, "new_id": result.new_id, "reason": result.reason}
    return {**_fields(instance), **more}
