"""Rollouts of an application: start, read, advance, revert."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web

from pywrangler.local.instances.rollouts import measure_progress
from pywrangler.local.rest.bodies import object_field, optional_text, read_object
from pywrangler.local.rest.containers.applications import find_application, keep_image
from pywrangler.local.rest.containers.shapes import health_of, rollout_json
from pywrangler.local.rest.containers.specification import modified_specification
from pywrangler.local.rest.context import ApiContext, context_of, path_part
from pywrangler.local.rest.envelope import success
from pywrangler.local.rest.errors import RestError, invalid_input, unsupported
from pywrangler.local.rest.routes import Route
from pywrangler.local.store.records import ApplicationRecord, RolloutKind, RolloutStep, StoredRollout

STEP_PERCENTAGES = (5, 10, 20, 25, 50, 100)
KINDS: Mapping[str, RolloutKind] = {"full_auto": "full_auto", "full_manual": "full_manual"}


async def list_rollouts(request: web.Request) -> web.Response:
    """`GET /containers/applications/{id}/rollouts`, newest first."""
    context, record = context_of(request), find_application(request)
    return success([_show(context, record, r) for r in context.store.rollouts.of_application(record.id)])


async def create_rollout(request: web.Request) -> web.Response:
    """`POST /containers/applications/{id}/rollouts`: replace running instances by instances of a
    configuration.

    An unfinished rollout gets the status `replaced`. With `"proof": false`, which Cloudflare does not have,
    the configuration is not tried first.
    """
    context, record = context_of(request), find_application(request)
    if record.is_managed:
        raise invalid_input(
            f"The class {record.class_name} chooses image and size of its instances, so no rollout replaces"
            " them."
        )
    body = await read_object(request)
    steps, kind = plan_steps(body), _kind(body)
    wanted = modified_specification(
        record.spec, {"configuration": object_field(body, "target_configuration")}
    )
    description = optional_text(body, "description") or ""
    begun = await begin_rollout(
        context,
        record,
        wanted,
        steps=steps,
        kind=kind,
        description=description,
        is_proved=body.get("proof") is False,
    )
    return success(_show(context, find_application(request), begun))


async def begin_rollout(
    context: ApiContext,
    record: ApplicationRecord,
    wanted: Mapping[str, Any],
    *,
    steps: tuple[RolloutStep, ...],
    kind: RolloutKind = "full_auto",
    description: str = "",
    is_proved: bool = False,
) -> StoredRollout:
    """Give an application the specification `wanted`, and replace its instances; the rollout just begun."""
    if "image" in wanted["configuration"]:
        await context.operations.share_images([wanted["configuration"]["image"]])
    now, store = context.clock(), context.store

    def begin() -> StoredRollout:
        store.applications.modify(record.id, wanted, now)
        keep_image(context, record.id)
        modified = store.applications.get(record.id) or record
        if (running := store.rollouts.active(record.id)) is not None:
            store.rollouts.save(replace(running, status="replaced", last_updated_at=now))
        before = modified.rolled_out_version
        rollout = StoredRollout(
            id=str(uuid.uuid4()),
            application_id=record.id,
            kind=kind,
            description=description,
            current_version=before,
            target_version=modified.version,
            current_configuration=store.applications.configuration(record.id, before) or {},
            target_configuration=modified.configuration,
            status="pending",
            steps=steps,
            created_at=now,
            last_updated_at=now,
        )
        store.rollouts.save(rollout)
        return rollout

    rollout = await store.change(begin)
    await context.operations.start_rollout(rollout.id, is_proved=is_proved)
    return store.rollouts.get(rollout.id) or rollout


async def show_rollout(request: web.Request) -> web.Response:
    """`GET /containers/applications/{id}/rollouts/{rollout}`."""
    return success(_show(context_of(request), find_application(request), _find(request)))


async def act_on_rollout(request: web.Request) -> web.Response:
    """`POST /containers/applications/{id}/rollouts/{rollout}`: `{"action": "next" | "revert"}`."""
    action = (await read_object(request)).get("action")
    rollout = _find(request)
    if action == "next":
        if rollout.is_over:
            raise invalid_input(f"The rollout is {rollout.status}; there is no next step.")
        await context_of(request).operations.start_rollout(rollout.id)
        message = "the next step has begun"
    elif action == "revert":
        await _revert(request, rollout)
        message = f"instances go back to version {rollout.current_version}"
    elif action == "previous":
        raise unsupported(
            'the rollout action "previous"; "revert" goes back to the version before the rollout'
        )
    else:
        raise invalid_input(f'The action "{action}" is not one of next, previous, revert.')
    shown = _show(context_of(request), find_application(request), _find(request))
    return success({"success": True, "message": message, "rollout": shown})


async def delete_rollout(request: web.Request) -> web.Response:
    """`DELETE /containers/applications/{id}/rollouts/{rollout}`: delete a finished rollout."""
    rollout = _find(request)
    if not rollout.is_over:
        raise invalid_input(f"The rollout is {rollout.status}; revert it, or wait until it ends.")
    store = context_of(request).store
    await store.change(lambda: store.rollouts.delete(rollout.id))
    return success({})


def plan_steps(body: Mapping[str, Any]) -> tuple[RolloutStep, ...]:
    """The steps that a request asks for, by `steps` or `step_percentage`; without either, one of 100 %."""
    each, given = body.get("step_percentage"), body.get("steps") or []
    if each is not None and given:
        raise invalid_input("Give either `step_percentage` or `steps`.")
    if not isinstance(given, list):
        raise invalid_input("`steps` must be an array.")
    if each is not None:
        if not isinstance(each, int) or isinstance(each, bool) or each not in STEP_PERCENTAGES:
            raise invalid_input(
                f"`step_percentage` {each!r} is not one of {', '.join(map(str, STEP_PERCENTAGES))}."
            )
        given = [{"step_size": {"percentage": done}} for done in range(each, 101, each)]
    percentages = [_percentage(step) for step in given] or [100]
    if percentages != sorted(set(percentages)) or percentages[-1] != 100:
        raise invalid_input(f"The percentages of the steps must ascend to 100, not {percentages}.")
    descriptions: Sequence[str] = [str(step.get("description", "")) for step in given] or [""]
    return tuple(
        RolloutStep(id=number, percentage=percentage, description=description)
        for number, (percentage, description) in enumerate(
            zip(percentages, descriptions, strict=True), start=1
        )
    )


def _percentage(step: Any) -> int:
    size = step.get("step_size") if isinstance(step, dict) else None
    percentage = size.get("percentage") if isinstance(size, dict) else None
    if isinstance(percentage, bool) or not isinstance(percentage, int) or not 1 <= percentage <= 100:
        raise invalid_input("A step must be {step_size: {percentage}} with a percentage from 1 to 100.")
    return percentage


def _kind(body: Mapping[str, Any]) -> RolloutKind:
    name = body.get("kind") or "full_auto"
    if not isinstance(name, str) or name not in KINDS:
        raise invalid_input(f'The kind "{name}" is not one of {", ".join(KINDS)}.')
    return KINDS[name]


async def _revert(request: web.Request, rollout: StoredRollout) -> None:
    """End a rollout, and begin another that returns its new instances to the version before."""
    context = context_of(request)
    now, rollouts = context.clock(), context.store.rollouts
    back = StoredRollout(
        id=str(uuid.uuid4()),
        application_id=rollout.application_id,
        kind="full_auto",
        description=f"Revert of {rollout.id}",
        current_version=rollout.target_version,
        target_version=rollout.current_version,
        current_configuration=rollout.target_configuration,
        target_configuration=rollout.current_configuration,
        status="pending",
        steps=(RolloutStep(id=1, percentage=100),),
        created_at=now,
        last_updated_at=now,
    )

    def revert() -> None:
        newest = rollouts.of_application(rollout.application_id)[0]
        if newest.status in ("reverted", "replaced") or newest.id != rollout.id:
            raise invalid_input("Only the latest rollout can be reverted, and only once.")
        rollouts.save(replace(newest, status="reverted", last_updated_at=now))
        rollouts.save(back)

    await context.store.change(revert)
    await context.operations.start_rollout(back.id)


def _find(request: web.Request) -> StoredRollout:
    record, rollout_id = find_application(request), path_part(request, "rollout")
    rollout = context_of(request).store.rollouts.get(rollout_id)
    if rollout is None or rollout.application_id != record.id:
        raise RestError(f"ROLLOUT_NOT_FOUND: {rollout_id}", status=404, code=1000)
    return rollout


def _show(context: ApiContext, record: ApplicationRecord, rollout: StoredRollout) -> dict[str, Any]:
    instances = context.store.instances.of_application(record.id)
    if not rollout.is_over:
        progress = measure_progress(instances, rollout.target_version)
        rollout = replace(rollout, **asdict(progress))
    return rollout_json(rollout, health_of(record, instances))


_ONE = "/containers/applications/{id}/rollouts/{rollout}"
ROUTES = [
    Route("GET", "/containers/applications/{id}/rollouts", list_rollouts),
    Route("POST", "/containers/applications/{id}/rollouts", create_rollout),
    Route("GET", _ONE, show_rollout),
    Route("POST", _ONE, act_on_rollout),
    Route("DELETE", _ONE, delete_rollout),
]
