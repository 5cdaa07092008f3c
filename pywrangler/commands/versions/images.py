"""Brings the images of containers back with the version of their Worker that is deployed again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pywrangler.commands.context.target import Target
from pywrangler.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pywrangler.cloudflare.client import Client
    from pywrangler.commands.context.invocation import Invocation


def bring_images_back(
    run: Invocation, client: Client, worker: str, version: str, deployment: Mapping[str, Any]
) -> None:
    """Give the Worker's applications the images that they had with this version.

    The local platform has done that with the `deployment`, and says so in it. An application whose image of
    that time is not known keeps the one that it has, with a warning.
    """
    if run.target is Target.LOCAL:
        _follow(run, client, deployment.get("images") or ())
        return
    applications = _applications_of(client, worker, version)
    if not applications:
        return
    from pywrangler.cloudflare import containers
    from pywrangler.cloudflare.scripts.versions import list_deployments
    from pywrangler.deploy.going_back.history import end_of_service, going_back
    from pywrangler.deploy.going_back.record import ImageRecord

    end = end_of_service(list_deployments(client, worker), version, deployment.get("id"))
    recorded = ImageRecord(run.home, client.account_id or "").images(worker, version)
    for application in applications:
        name = application["name"]
        image = _image_then(client, application, end) or recorded.get(name)
        if image is None:
            run.console.warning(
                f"Which image the application {name} had with this version is not known: it keeps its own."
            )
        elif image != application["configuration"].get("image"):
            run.console.info(f"Application {name}: {image}")
            change, rollout = going_back(application, image)
            containers.modify_application(client, str(application["id"]), change)
            containers.create_rollout(client, str(application["id"]), rollout)


def _follow(run: Invocation, client: Client, changes: Sequence[Mapping[str, Any]]) -> None:
    """Wait for the rollouts that the local platform began. Raises `NotReadyError`."""
    if not changes:
        return
    from pywrangler.commands.deploy.deployments import WAIT_SECONDS
    from pywrangler.deploy.readiness.rollouts import wait_for_rollout

    problems = []
    with run.console.progress() as progress:
        for each in changes:
            application = each["application"]
            run.console.info(f"Application {application['name']}: {each['image']}")
            task = progress.task(f"Rollout of {application['name']}")
            problem = wait_for_rollout(
                client, application, each["rollout"], timeout_seconds=WAIT_SECONDS, report=task.update
            )
            if problem is None:
                task.done("running instances are replaced")
            else:
                task.failed()
                problems.append(problem)
    if problems:
        raise problems[0]


def _applications_of(client: Client, worker: str, version: str) -> list[dict[str, Any]]:
    """The applications of the Worker's own classes; none are asked for if it has no classes."""
    from pywrangler.cloudflare import containers, workers
    from pywrangler.config.records import MANAGED_POLICY
    from pywrangler.deploy.applications.managed import bound_namespaces

    found = workers.get_version(client, worker, version)
    names = set(bound_namespaces(found, worker).values())
    if not names and not _names_containers(found):
        return []
    names |= {each.id for each in workers.list_namespaces(client) if each.script == worker}
    return [
        application
        for application in containers.list_applications(client)
        if (application.get("durable_objects") or {}).get("namespace_id") in names
        and application.get("scheduling_policy") != MANAGED_POLICY  # whose images belong to the version
    ]


def _names_containers(version: Mapping[str, Any]) -> bool:
    runtime = (version.get("resources") or {}).get("script_runtime") or {}
    return bool(runtime.get("containers"))


def _image_then(client: Client, application: Mapping[str, Any], end: Any) -> str | None:
    """By the application's rollouts; None if the API does not tell."""
    from pywrangler.cloudflare.containers import list_rollouts
    from pywrangler.deploy.going_back.history import image_at

    if end is None:
        return None
    try:
        rollouts = list_rollouts(client, str(application["id"]))
    except ApiError as error:
        if error.status != 404:
            raise
        return None
    return image_at(rollouts, end)
