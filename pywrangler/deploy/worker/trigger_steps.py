"""Applies what a plan says of the settings and triggers of a Worker, in Wrangler's order (4.164)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from pywrangler.cloudflare import workers
from pywrangler.cloudflare.client import Client
from pywrangler.cloudflare.products.queues import set_worker_consumer
from pywrangler.cloudflare.routes import set_routes
from pywrangler.cloudflare.workflows import set_workflow
from pywrangler.deploy.worker.routes import domain_request, used_domains
from pywrangler.deploy.worker.triggers import TriggersPlan
from pywrangler.errors import ApiError

Say = Callable[[str], None]


def apply_settings(client: Client, plan: TriggersPlan, say: Say) -> None:
    """Set the script settings. The Worker serves without them, so a refusal is a warning, as in Wrangler."""
    if plan.settings is None:
        return
    try:
        workers.set_settings(client, plan.worker, plan.settings)
    except ApiError as error:
        names = ", ".join(f"`{name}`" for name in plan.settings)
        say(f"Warning: {names} could not be set; the next deploy tries again. Reason: {error.message}")


def apply_triggers(client: Client, plan: TriggersPlan, say: Say) -> None:
    """Set what calls the Worker. What is refused keeps nothing else from being set. Raises `ApiError`."""
    failed: dict[str, ApiError] = {}
    for what, call in _steps(client, plan, say):
        try:
            call()
        except ApiError as error:
            failed[what] = error
    if failed:
        raise _failure(failed)


def _steps(client: Client, plan: TriggersPlan, say: Say) -> Iterator[tuple[str, Callable[[], None]]]:
    yield (
        "its workers.dev address",
        partial(workers.set_subdomain, client, plan.worker, enabled=plan.workers_dev, previews=plan.previews),
    )
    if plan.routes.patterns:
        say("Setting routes")
        yield "its routes", partial(_set_routes, client, plan, say)
    if plan.routes.domains:
        say("Setting custom domains")
        yield "its custom domains", partial(_set_domains, client, plan)
    if plan.crons is not None:
        say("Setting schedules")
        yield "its schedules", partial(workers.set_schedules, client, plan.worker, plan.crons)
    if plan.workflows:
        say("Setting Workflows")
    for name, request in plan.workflows.items():
        yield f"its Workflow {name}", partial(set_workflow, client, name, request)
    if plan.consumers:
        say("Setting queue consumers")
    for name, request in plan.consumers.items():
        yield (
            f"the consumer of the queue {name}",
            partial(set_worker_consumer, client, name, plan.worker, request),
        )


def _failure(failed: Mapping[str, ApiError]) -> ApiError:
    """One error for all that could not be set; what the API said of the first one stays with it."""
    first = next(iter(failed.values()))
    reasons = "; ".join(f"{what}: {error.message.rstrip('.')}" for what, error in failed.items())
    return ApiError(
        f"The Worker is deployed, but this could not be set: {reasons}.",
        status=first.status,
        api_code=first.api_code,
        request_id=first.request_id,
        hint=first.hint or "Remove the cause, then run the same command again: it sets what is missing.",
        detail=first.detail,
    )


def _set_routes(client: Client, plan: TriggersPlan, say: Say) -> None:
    if kept := set_routes(client, plan.worker, plan.routes.patterns):
        say(f"Warning: the token may not remove former routes of {plan.worker}: {', '.join(kept)}")


def _set_domains(client: Client, plan: TriggersPlan) -> None:
    domains = plan.routes.domains
    used = used_domains(workers.custom_domain_changes(client, plan.worker, domains))
    if used and not plan.takes_domains:
        raise ApiError(
            f"Custom domains that are already in use: {', '.join(used)}.",
            hint="Free them in the dashboard, or deploy with CI=true, which takes them over.",
        )
    body = domain_request(domains, takes_used=plan.takes_domains)
    workers.set_custom_domains(client, plan.worker, body)
