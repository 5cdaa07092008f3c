"""From a draft to a running version.

`publish` stores the version that `drafting` decided, starts it, and makes it the active one. If it does not
start, it is removed. A version that equals the active one is not started again, unless the active one does
not run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pywrangler.local.rest.context import ApiContext
from pywrangler.local.rest.errors import RestError
from pywrangler.local.rest.scripts.assets import settle_assets
from pywrangler.local.rest.scripts.bindings import (
    check_references,
    classes_by_worker,
)
from pywrangler.local.rest.scripts.classes.exports import plan_classes
from pywrangler.local.rest.scripts.classes.handover import Handover, surroundings_of
from pywrangler.local.rest.scripts.classes.migrations import UnknownClass
from pywrangler.local.rest.scripts.classes.moves import (
    names_given_up,
    namespaces_after,
)
from pywrangler.local.rest.scripts.drafting import draft_version, new_id, present_classes
from pywrangler.local.rest.scripts.images import keep_images
from pywrangler.local.rest.scripts.publication import CHANGED_BY_HAND, Publication
from pywrangler.local.store.records import Share, Version, container_classes, container_images, named_images
from pywrangler.local.store.versions import VersionDraft


@dataclass(frozen=True)
class Published:
    """A version that is active now, and the classes in its migrations that did not exist."""

    version: Version
    unknown_classes: tuple[UnknownClass, ...] = ()


async def publish(context: ApiContext, publication: Publication) -> Published:
    """Make the publication the active version; call it with the Worker's lock held.

    Raises `RestError` if it is refused, and `WorkerStartError` if it does not start. In both cases nothing
    changes.
    """
    store = context.store
    drafted = draft_version(context, publication)
    draft = drafted.version
    active = store.versions.active(publication.worker)
    runs = context.operations.worker_status(publication.worker).state != "failed"
    is_alone = not store.workers.split(publication.worker)
    is_equal = active is not None and active.content_hash == draft.content_hash and _tells_all(draft)
    if active is not None and is_equal and runs and is_alone:
        await settle_assets(context, publication.metadata)
        return Published(await _annotate(context, active, draft))
    await context.operations.share_images(
        [image for images in named_images(draft.metadata).values() for image in images.values()]
    )
    is_new = await store.change(lambda: _create(context, publication.worker, draft.created_on))
    handover = Handover(context, publication.worker, draft.transfers, draft.former_names)
    had = {namespace.id for namespace in store.namespaces.of_script(publication.worker)}
    version = None
    try:
        version = await store.versions.add(draft)
        await handover.release()
        await context.operations.activate(version.worker, version.id)
    except BaseException:
        if version is not None:
            await store.versions.discard(version)
        if is_new:
            await store.change(lambda: store.workers.delete(publication.worker))
        await handover.restore()
        raise
    now, begun = context.clock(), version

    def activate() -> None:
        store.workers.activate(begun, now, begun.annotations, begun.source)
        handover.commit()
        keep_images(context, begun.worker)

    await store.change(activate)
    if active is not None and active.id != version.id and active.is_of_dev:
        await store.versions.discard(active)
    await store.versions.discard_old(version.worker)
    context.operations.drop_old_images()
    await settle_assets(context, publication.metadata)
    await handover.settle()
    if deleted := had - {namespace.id for namespace in store.namespaces.all()}:
        await context.operations.remove_objects(deleted)
    return Published(version, drafted.unknown_classes)


async def deploy_version(
    context: ApiContext, version: Version, annotations: Mapping[str, str], shares: tuple[Share, ...] = ()
) -> None:
    """Make a stored version the active one; call it with the Worker's lock held. `shares` say how much of the
    requests it and another version get.

    Migrations are never undone: the version gets the Worker's current namespaces, and the ones that its
    `exports` declare.
    """
    store = context.store
    declared = {"exports": version.metadata.get("exports")}
    surroundings = surroundings_of(context, version.worker, version.metadata)
    current = plan_classes(surroundings, present_classes(context, version.worker), declared, new_id)
    if current.transfers:
        raise RestError("Only a deploy transfers classes; activating an existing version does not.")
    beside = next((share for share in shares if share.version_id != version.id), None)
    other = store.versions.get(beside.version_id) if beside else None
    for each in (version, other) if other else (version,):
        check_references(store, each.worker, each.bindings, classes_by_worker(each.worker, current))
    former = version
    version = await store.change(lambda: store.versions.rebase(former, current.namespaces, current.tag))
    active = store.versions.active(version.worker)
    is_stopped = context.operations.worker_status(version.worker).state == "failed"
    is_split_already = store.workers.split(version.worker) == shares
    if active is None or active.id != version.id or is_stopped or not is_split_already:
        await context.operations.activate(version.worker, version.id, beside)
    everywhere = store.namespaces.all()
    after = namespaces_after(everywhere, version.worker, current)
    given_up = names_given_up(everywhere, after, current)
    now, rebased = context.clock(), version

    def activate() -> None:
        store.workers.activate(rebased, now, annotations, "wrangler", shares)
        Handover(context, rebased.worker, former_names=given_up).commit()

    await store.change(activate)
    if active is not None and active.id != version.id and active.is_of_dev:
        await store.versions.discard(active)


def _tells_all(draft: VersionDraft) -> bool:
    """Whether an equal upload means an equal version: if images are not named, they may change with it."""
    return container_classes(draft.metadata) <= container_images(draft.metadata).keys()


def _create(context: ApiContext, name: str, now: float) -> bool:
    """Add the Worker; False if it exists."""
    if context.store.workers.get(name) is not None:
        return False
    context.store.workers.create(name, now)
    return True


async def _annotate(context: ApiContext, active: Version, draft: VersionDraft) -> Version:
    """The active version, which equals the requested one. A new message or tag makes a new deployment."""
    if draft.annotations in ({}, CHANGED_BY_HAND, active.annotations):
        return active
    store, now = context.store, context.clock()

    def annotate() -> None:
        store.versions.annotate(active.id, draft.annotations)
        store.workers.activate(active, now, draft.annotations, draft.source)

    await store.change(annotate)
    return replace(active, annotations=draft.annotations)
