"""Images of containers that belong to a version of their Worker, and go back with it.

pywrangler names them in the upload (`containers[].image`). Other clients do not: for them, what an
application has while a version is the active one belongs to that version.
"""

from __future__ import annotations

from typing import Any

from pywrangler.local.rest.containers.rollouts import begin_rollout
from pywrangler.local.rest.containers.specification import modified_specification
from pywrangler.local.rest.context import ApiContext
from pywrangler.local.rest.errors import RestError
from pywrangler.local.store.records import ApplicationRecord, RolloutStep, Version, container_images

IMAGE_IS_GONE = 10502
"""The local platform's own code."""
BACK = "Back with the version of the Worker"


def keep_images(context: ApiContext, worker: str) -> None:
    """Note that the Worker's active version has the present images of its applications; part of a change of
    the store.
    """
    active = context.store.versions.active(worker)
    if active is not None:
        present = {
            record.id: _image(record) for record in _applications(context, worker) if not record.is_managed
        }
        context.store.versions.keep_images(active.id, present)


async def bring_images(context: ApiContext, version: Version) -> list[dict[str, Any]]:
    """Roll out the images of a version that became the active one; the applications that change, with their
    rollouts.

    An application whose image of that time is not known stays as it is.
    """
    changed = []
    for record, image in _other_images(context, version):
        wanted = modified_specification(record.spec, {"configuration": {"image": image}})
        begun = await begin_rollout(
            context, record, wanted, steps=(RolloutStep(id=1, percentage=100),), description=BACK
        )
        application = {"id": record.id, "name": record.name}
        changed.append({"application": application, "image": image, "rollout": {"id": begun.id}})
    await context.store.change(lambda: keep_images(context, version.worker))
    return changed


async def check_images(context: ApiContext, version: Version) -> None:
    """Raise `RestError` if an image that a version needs is gone: it could not come back with it."""
    needed = [image for _, image in _other_images(context, version)]
    if missing := await context.operations.missing_images(needed):
        raise RestError(
            f"The version {version.number} cannot come back: its image {missing[0]} is no longer in the"
            " Docker Engine. Deploy its code again.",
            status=409,
            code=IMAGE_IS_GONE,
        )


def _other_images(context: ApiContext, version: Version) -> list[tuple[ApplicationRecord, str]]:
    """The applications whose image is another one with this version, each with that image."""
    named = container_images(version.metadata)
    kept = context.store.versions.kept_images(version.id)
    found = [
        (record, named.get(record.class_name) or kept.get(record.id))
        for record in _applications(context, version.worker)
        if not record.is_managed
    ]
    return [(record, image) for record, image in found if image is not None and image != _image(record)]


def _applications(context: ApiContext, worker: str) -> list[ApplicationRecord]:
    return [record for record in context.store.applications.all() if record.worker == worker]


def _image(record: ApplicationRecord) -> Any:
    return record.configuration["image"]
