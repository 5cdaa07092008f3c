"""Container applications: create, read, modify, delete."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from pywrangler.local.rest.bodies import object_field, read_object, text_field
from pywrangler.local.rest.containers.shapes import application_json
from pywrangler.local.rest.containers.specification import modified_specification, new_specification
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError, invalid_input, no_application, unsupported
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import MANAGED_POLICY, ApplicationRecord, Namespace, named_images


async def list_applications(request: web.Request) -> web.Response:
    """`GET /containers/applications`, or those of one `?name=`."""
    context, name = context_of(request), request.query.get("name")
    records = context.store.applications.all()
    return success([await show(context, record) for record in records if name in (None, record.name)])


async def create_application(request: web.Request) -> web.Response:
    """`POST /containers/applications`: give a Durable Object namespace its container."""
    context, body = context_of(request), await read_object(request)
    name = text_field(body, "name")
    specification = new_specification(body)
    namespace = _free_namespace(context, body)
    now = context.clock()
    is_managed = specification["scheduling_policy"] == MANAGED_POLICY
    record = ApplicationRecord(
        id=namespace.id if is_managed else str(uuid.uuid4()),
        name=name,
        namespace_id=namespace.id,
        worker=namespace.script,
        class_name=namespace.class_name,
        version=1,
        rolled_out_version=1,
        created_at=now,
        updated_at=now,
        spec=specification,
    )
    if not record.is_managed:
        await context.operations.share_images([record.configuration["image"]])
    await context.store.change(lambda: _create(context, record))
    active = context.store.versions.active(record.worker)
    if is_managed and active is not None and record.class_name not in named_images(active.metadata):
        # The upload did not tell that the class chooses sizes.
        await context.operations.activate(active.worker, active.id)
    return success(await show(context, record))


def _create(context: ApiContext, record: ApplicationRecord) -> None:
    if context.store.applications.named(record.name) is not None:
        raise RestError(
            f'APPLICATION_ALREADY_EXISTS: there is an application named "{record.name}".',
            status=409,
            code=1000,
        )
    context.store.applications.create(record)
    keep_image(context, record.id)


async def show_application(request: web.Request) -> web.Response:
    """`GET /containers/applications/{id}`."""
    return success(await show(context_of(request), find_application(request)))


async def modify_application(request: web.Request) -> web.Response:
    """`PATCH /containers/applications/{id}`.

    New instances start with the new configuration at once; running ones are replaced by a rollout.
    """
    context, record = context_of(request), find_application(request)
    body = await read_object(request)
    if body.get("name") not in (None, record.name):
        raise unsupported("renaming an application")
    wanted, now = modified_specification(record.spec, body), context.clock()

    if not record.is_managed:
        await context.operations.share_images([wanted["configuration"]["image"]])

    def modify() -> None:
        context.store.applications.modify(record.id, wanted, now)
        keep_image(context, record.id)

    await context.store.change(modify)
    return success(await show(context, find_application(request)))


async def delete_application(request: web.Request) -> web.Response:
    """`DELETE /containers/applications/{id}`: the response comes when its containers are gone."""
    context, record = context_of(request), find_application(request)
    await context.operations.remove_application(record.id)
    await context.store.change(lambda: context.store.applications.delete(record.id))
    return success({})


def find_application(request: web.Request) -> ApplicationRecord:
    """The application in the path."""
    application_id = path_part(request, "id")
    record = context_of(request).store.applications.get(application_id)
    if record is None:
        raise no_application(application_id)
    return record


async def show(context: ApiContext, record: ApplicationRecord) -> dict[str, Any]:
    """An application as the API shows it, with its health now."""
    instances = await context.instances_of(record.id)
    return application_json(record, context.account_id, instances, context.store.rollouts.active(record.id))


def keep_image(context: ApiContext, application_id: str) -> None:
    """Note that the active version of the application's Worker has this image; part of a change of the
    store.
    """
    record = context.store.applications.get(application_id)
    active = context.store.versions.active(record.worker) if record else None
    if record is not None and active is not None and not record.is_managed:
        context.store.versions.keep_images(active.id, {record.id: record.configuration["image"]})


def _free_namespace(context: ApiContext, body: Mapping[str, Any]) -> Namespace:
    namespace_id = object_field(body, "durable_objects").get("namespace_id")
    if not isinstance(namespace_id, str):
        raise invalid_input("`durable_objects.namespace_id` must name a Durable Object namespace.")
    store = context.store
    namespace = store.namespaces.get(namespace_id)
    if namespace is None:
        raise RestError(f"DURABLE_OBJECT_NOT_FOUND: there is no namespace {namespace_id}.", code=1000)
    versions = store.versions.of_worker(namespace.script)  # one that serves nothing yet is enough
    if not any(namespace.class_name in version.container_classes for version in versions):
        raise RestError(
            f'DURABLE_OBJECT_NOT_CONTAINER_ENABLED: the Worker "{namespace.script}" was not uploaded with a'
            f' container for its class "{namespace.class_name}".',
            code=1000,
        )
    present = store.applications.of_namespace(namespace_id)
    if present is not None:
        raise RestError(
            f'DURABLE_OBJECT_ALREADY_HAS_APPLICATION: "{present.name}" ({present.id}) serves the namespace'
            f" {namespace_id}.",
            code=1000,
        )
    return namespace


async def prepare_image(request: web.Request) -> web.Response:
    """`POST /containers/image-preparations`: an image of the platform's registry is ready as it is."""
    return success({"image": text_field(await read_object(request), "image"), "status": "ready"})


ROUTES = [
    Route("POST", "/containers/image-preparations", prepare_image),
    Route("GET", "/containers/applications", list_applications),
    Route("POST", "/containers/applications", create_application),
    Route("GET", "/containers/applications/{id}", show_application),
    Route("PATCH", "/containers/applications/{id}", modify_application),
    Route("DELETE", "/containers/applications/{id}", delete_application),
]
