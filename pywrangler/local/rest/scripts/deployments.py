"""Deployments of a Worker: which version was active since when, and activating another one."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import object_field, read_object
from pywrangler.local.rest.context import context_of, path_part
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError, unsupported
from pywrangler.local.rest.routes import Route
from pywrangler.local.rest.scripts.classes.handover import refresh_links
from pywrangler.local.rest.scripts.images import bring_images, check_images
from pywrangler.local.rest.scripts.lookup import find_version, find_worker
from pywrangler.local.rest.scripts.publish import deploy_version
from pywrangler.local.rest.scripts.shapes import deployment_json
from pywrangler.local.store.records import Share

NO_SUCH_DEPLOYMENT = 10198
MOST_VERSIONS = 2
PRECISION = 0.001


async def list_deployments(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/deployments`, newest first."""
    worker, _active = find_worker(request)
    deployments = context_of(request).store.workers.deployments(worker.name)
    return success({"deployments": [deployment_json(deployment) for deployment in deployments]})


async def show_deployment(request: web.Request) -> web.Response:
    """`GET /workers/scripts/{name}/deployments/{deployment}`."""
    worker, _active = find_worker(request)
    chosen = path_part(request, "deployment")
    for deployment in context_of(request).store.workers.deployments(worker.name):
        if deployment.id == chosen:
            return success(deployment_json(deployment))
    raise RestError(f"There is no deployment {chosen}.", status=404, code=NO_SUCH_DEPLOYMENT)


async def create_deployment(request: web.Request) -> web.Response:
    """`POST /workers/scripts/{name}/deployments`: make a stored version the active one, or let two share the
    requests; the one with the larger share is the active one then, and the one that is active already among
    equals. The images of the active one go with it: `images` in the response is the local platform's own.
    """
    context = context_of(request)
    worker, active = find_worker(request)
    body = await read_object(request)
    said = object_field(body, "annotations")
    annotations = {name: str(value) for name, value in said.items() if value is not None}
    async with context.hold(worker.name):
        shares = _shares(body)
        versions = [find_version(request, share.version_id) for share in shares]
        main = max(shares, key=lambda share: (share.percentage, share.version_id == active.id))
        version = versions[shares.index(main)]
        await check_images(context, version)
        split = shares if len(shares) > 1 else ()
        await deploy_version(context, version, annotations or version.annotations, split)
        images = await bring_images(context, version)
        context.operations.drop_old_images()
    await refresh_links(context, worker.name)
    made = deployment_json(context.store.workers.deployments(worker.name)[0])
    return success(made | ({"images": images} if images else {}))


def _shares(body: dict[str, Any]) -> tuple[Share, ...]:
    versions = body.get("versions")
    if not isinstance(versions, list) or not versions or not all(map(_is_share, versions)):
        raise RestError('The field "versions" must be a list of {"version_id", "percentage"}.')
    shares = tuple(Share(each["version_id"], each["percentage"]) for each in versions)
    if len({share.version_id for share in shares}) < len(shares):
        raise RestError("A version is named twice.")
    if abs(sum(share.percentage for share in shares) - 100) > PRECISION:
        raise RestError("The percentages of the versions must add up to 100.")
    if len(shares) > MOST_VERSIONS:
        raise unsupported(f"deployments of more than {MOST_VERSIONS} versions")
    return shares


def _is_share(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("version_id"), str):
        return False
    percentage = value.get("percentage")
    return isinstance(percentage, int | float) and not isinstance(percentage, bool) and 0 <= percentage <= 100


ROUTES = [
    Route("GET", "/workers/scripts/{name}/deployments", list_deployments),
    Route("POST", "/workers/scripts/{name}/deployments", create_deployment),
    Route("GET", "/workers/scripts/{name}/deployments/{deployment}", show_deployment),
]
