"""The result of a deploy, on standard output: a table and the addresses, or one JSON object."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.context.target import Target
from pywrangler.deploy.applications.plan import KeepApplication
from pywrangler.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pywrangler.cloudflare.containers import InstanceSummary
    from pywrangler.config.records import Configuration
    from pywrangler.deploy.deployment import Outcome
    from pywrangler.deploy.plan import Plan

INSTANCE_COLUMNS = ("APPLICATION", "INSTANCE", "NAME", "STATE", "VERSION")


def show_outcome(
    run: Invocation,
    configuration: Configuration,
    outcome: Outcome,
    *,
    as_json: bool,
    take_json: Callable[[object], None] | None = None,
) -> int:
    """Print the outcome; the exit status says whether everything came up."""
    urls = worker_urls(run, outcome)
    if run.output is not None:
        from pywrangler.commands.deploy.output_line import write_deploy

        write_deploy(run, configuration, outcome, urls)
    instances = live_instances(run, outcome)
    if as_json:
        print_json = take_json or run.console.json
        print_json(as_object(run, configuration, outcome, urls, instances))
    else:
        _print(run, outcome, urls, instances)
    for failure in outcome.not_ready:
        run.console.error(failure)
    return ExitStatus.NOT_READY if outcome.not_ready else ExitStatus.OK


def worker_urls(run: Invocation, outcome: Outcome) -> list[str]:
    """The Worker's addresses, the one to try first; none of one in a dispatch namespace."""
    if outcome.plan.dispatch_namespace:
        return []
    if run.target is Target.LOCAL:
        from pywrangler.cloudflare import local
        from pywrangler.deploy.worker.address import Address, exposure

        found = local.worker(run.client, outcome.plan.worker)
        if warning := exposure(Address(found["ip"], found["port"])):
            run.console.warning(warning)
        return [url for url in (found["url"], found["hostname_url"]) if url]
    return outcome.plan.triggers.addresses(outcome.subdomain)


def live_instances(run: Invocation, outcome: Outcome) -> list[tuple[str, InstanceSummary]]:
    """The instances of the deployed applications that run or start, with their application's name."""
    if run.target is not Target.LOCAL:
        return []  # at Cloudflare they come later, with the rollout
    from pywrangler.cloudflare.containers import instance_pages, summarize_instances

    found = []
    for name, application in outcome.applications.items():
        pages = list(instance_pages(run.client, application["id"], per_page=100))
        rows = summarize_instances(pages)
        found += [(name, row) for row in rows if row.state not in ("stopped", "inactive", "failed")]
    return found


def as_object(
    run: Invocation,
    configuration: Configuration,
    outcome: Outcome,
    urls: list[str],
    instances: list[tuple[str, InstanceSummary]],
) -> dict[str, Any]:
    """What `--json` prints: worker, version, url, applications, instances, seconds per phase."""
    from pywrangler.cloudflare.containers import list_summaries

    states = {row.id: row.state for row in list_summaries(run.client)} if outcome.applications else {}
    namespace = outcome.plan.dispatch_namespace
    return {
        "worker": configuration.name,
        **({"dispatch_namespace": namespace} if namespace else {}),
        "target": run.target.value,
        "version": outcome.version_id,
        "changed": not outcome.plan.is_unchanged,
        "url": urls[0] if urls else None,
        "urls": urls,
        "applications": [
            {
                "id": application["id"],
                "name": name,
                **_images(outcome.plan, name, application),
                "state": states.get(application["id"]),
            }
            for name, application in outcome.applications.items()
        ],
        "instances": [{"application": name, **asdict(instance)} for name, instance in instances],
        "not_ready": [failure.as_json() for failure in outcome.not_ready],
        "seconds": outcome.seconds,
    }


def _images(plan: Plan, name: str, application: Mapping[str, Any]) -> dict[str, Any]:
    """The application's image, or the ones that its class chooses from."""
    image = (application.get("configuration") or {}).get("image")
    if image is not None:
        return {"image": image, "digest": image.partition("@")[2] or None}
    named = next(
        (
            plan.named_images.get(e.container.class_name)
            for e in plan.applications
            if e.container.name == name
        ),
        None,
    )
    return {"image": None, "digest": None, "images": dict(named or {})}


def _print(
    run: Invocation,
    outcome: Outcome,
    urls: list[str],
    instances: list[tuple[str, InstanceSummary]],
) -> None:
    if instances:
        rows = [(name, i.id, i.name, i.state, i.version) for name, i in instances]
        run.console.table(INSTANCE_COLUMNS, rows, ids="INSTANCE")
    for url in urls:
        run.console.result(url)
    if outcome.plan.dispatch_namespace:
        run.console.result(f"Dispatch namespace: {outcome.plan.dispatch_namespace}")
    if run.target is Target.CLOUDFLARE and (note := kept_note(outcome.plan)):
        run.console.info(note)
    say = run.console.warning if outcome.not_ready else run.console.success
    say(summary(outcome))


def kept_note(plan: Plan) -> str | None:
    """What a new version of the Worker does not change in running instances at Cloudflare; the local platform
    compares, and reports only real differences.
    """
    if plan.upload is None or plan.is_new:
        return None
    kept = [each for each in plan.applications if isinstance(each, KeepApplication) and not each.unfinished]
    if not kept:
        return None
    names = ", ".join(f"`{each.container.name}`" for each in kept)
    what = "the environment variables and the entrypoint that they were started with"
    return f"Running instances of {names} keep {what}, until they start again."


def summary(outcome: Outcome) -> str:
    """The result of the deploy, in one line."""
    plan = outcome.plan
    worker, taken = plan.worker, f"{outcome.seconds['total']:.1f} s"
    if outcome.not_ready:
        done = f"{worker} is deployed without changes" if plan.is_unchanged else f"{worker} is deployed"
        return f"{done}{_version(outcome)}, but not all of its containers run the new version ({taken})."
    if not plan.is_unchanged:
        return f"Deployed {worker}{_version(outcome)} in {taken}."
    if plan.unfinished:
        names = ", ".join(plan.unfinished)
        state = "complete" if outcome.is_awaited else "still in progress"
        return f"Nothing changed in {worker}; the earlier rollout of {names} is {state} ({taken})."
    if plan.has_work:
        return f"Nothing changed in {worker}; its routes and addresses were set again ({taken})."
    return f"Nothing changed: {worker} is up to date ({taken})."


def _version(outcome: Outcome) -> str:
    return f", version {outcome.version_id}" if outcome.version_id else ""
