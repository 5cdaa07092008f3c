"""Checks what the schema cannot say about one entry of `containers`, and makes its record.

Defaults and rules are those of Wrangler 4.164.0 (`validateContainerApp`, `getNormalizedContainerOptions`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pywrangler.config.checks.images import read_image
from pywrangler.config.checks.instance_types import read_instance_type
from pywrangler.config.checks.names import check_image_name
from pywrangler.config.problems.report import Report
from pywrangler.config.records import Container, DockerfileImage
from pywrangler.config.schema.containers import JURISDICTIONS, REGIONS, ROLLOUT_STEP_SIZES
from pywrangler.config.syntax.document import Node, as_integer
from pywrangler.spelling import certain, question, quoted

DEFAULT_MAX_INSTANCES = 20
DEFAULT_TIERS = [1, 2]
DEFAULT_ROLLOUT = (10, 100)
ALL_TIERS = -1
"""As `constraints.tier`: no tier is excluded."""

_REGIONS_ELSEWHERE = {
    "US-E": ("ENAM",),
    "US-W": ("WNAM",),
    "US": ("ENAM", "WNAM"),
    "EU": ("WEUR", "EEUR"),
    "AP-": ("APAC",),
    "ASIA": ("APAC",),
    "SA-": ("SAM",),
    "AF-": ("AFR",),
    "ME-": ("ME",),
}
"""Beginnings of other clouds' region names, and where these regions are."""
TARGETS = ("target_instance_percentage", "target_instance_count")
_PASSED_ON = ("unsafe", "authorized_keys", "trusted_user_ca_keys")
_AFFINITIES = ("colocation", "hardware_generation")


def read_container(node: Node, name: str, class_name: str, report: Report) -> Container | None:
    """The container's record; None when something in it was reported that leaves no record to make."""
    image = read_image(node, node.document.file.parent, report)
    if images := node.get("images"):
        hint = 'It belongs to `"scheduling_policy": "durable_object"`.'
        report.warning("unused-field", f'"{images}" has no effect with this policy', images.key_place, hint)
    steps, size = _rollout(node, report)
    constraints = _constraints(node, report)
    instance_type = read_instance_type(node, report)
    observability = read_observability(node, report)
    is_nameable = not isinstance(image, DockerfileImage) or check_image_name(node, name, report)
    if image is None or not is_nameable:
        return None
    max_instances = node.integer("max_instances")
    return Container(
        name=name,
        class_name=class_name,
        image=image,
        max_instances=DEFAULT_MAX_INSTANCES if max_instances is None else max_instances,
        instance_type=instance_type,
        constraints=constraints,
        scheduling_policy=node.text("scheduling_policy") or "default",
        rollout_step_percentage=steps,
        rollout_step_size=size,
        rollout_active_grace_period_seconds=node.integer("rollout_active_grace_period") or 0,
        rollout_kind=node.text("rollout_kind") or "full_auto",
        observability=observability,
        is_linked_by_export=node.get("class_name") is None,
        extra=passed_on(node),
        place=node.place,
    )


def passed_on(node: Node) -> dict[str, Any]:
    """The fields that the API gets as they are; see `Container.extra`."""
    fields = {name: field.value for name in _PASSED_ON if (field := node.get(name))}
    if affinities := node.get("affinities"):
        fields["affinities"] = {name: part.value for name in _AFFINITIES if (part := affinities.get(name))}
    ssh = node.get("ssh") or node.get("wrangler_ssh")
    return fields | ({"ssh": ssh.value} if ssh else {})


def read_observability(node: Node, report: Report) -> Mapping[str, Any] | None:
    """As the user wrote it. Which instances are looked at can be said in one way, and only with logs on."""
    field = node.get("observability")
    if field is None or not isinstance(field.value, Mapping):
        return None
    enabled, logs = field.flag("enabled"), (field.get("logs") or field).flag("enabled")
    if enabled is not None and logs is not None and enabled != logs:
        message = f'"{field}.enabled" and "{field}.logs.enabled" contradict each other'
        report.error("observability-contradiction", message, field.place, "Remove one of them.")
    targets = [target for name in TARGETS if (target := field.get(name))]
    if len(targets) > 1:
        message = f'"{targets[0]}" and "{targets[1]}" are both set'
        report.error("two-targets", message, targets[1].key_place, "Remove one of them.")
    if not (field.get("enabled") or field.at("logs", "enabled") or targets):
        message = f'"{field}" has neither "enabled" nor "logs.enabled"'
        report.error(
            "observability-undecided", message, field.place, f'Set "{field}.enabled" to true or false.'
        )
    if targets and not (enabled or logs):
        message = f'"{targets[0]}" has no effect while the logs are off'
        report.error("target-without-logs", message, targets[0].key_place, f'Set "{field}.enabled" to true.')
    return dict(field.value)


def _rollout(node: Node, report: Report) -> tuple[tuple[int, ...], int | None]:
    """Cumulative steps, and the step size where it is one number."""
    field = node.get("rollout_step_percentage")
    max_instances = node.integer("max_instances")
    if field is None:
        is_single = max_instances is not None and max_instances < 2
        return ((100,), 100) if is_single else (DEFAULT_ROLLOUT, None)
    if isinstance(field.value, list):
        return _rollout_steps(field, max_instances, report), None
    size = as_integer(field.value)
    if size is None:
        return DEFAULT_ROLLOUT, None  # of the wrong type, which the schema reported
    if size not in ROLLOUT_STEP_SIZES:
        allowed = ", ".join(str(allowed) for allowed in ROLLOUT_STEP_SIZES)
        nearest = min(ROLLOUT_STEP_SIZES, key=lambda allowed: abs(allowed - size))
        message = f'"{field}" is {size}; a single number must be one of {allowed}'
        report.error(
            "rollout-step-size", message, field.place, f"Write {nearest}, or a list such as [10, 50, 100]."
        )
        return DEFAULT_ROLLOUT, None
    return tuple(range(size, 101, size)), size


def _rollout_steps(field: Node, max_instances: int | None, report: Report) -> tuple[int, ...]:
    """The list's steps, whatever was reported about them."""
    elements = [
        (element, step) for element in field.elements() if (step := as_integer(element.value)) is not None
    ]
    previous = 0
    for element, step in elements:
        if not 10 <= step <= 100:
            report.error("rollout-step", f'"{element}" is {step}; steps go from 10 to 100', element.place)
        if step < previous:
            message = (
                f'"{element}" is {step}, after {previous}; steps say how far the rollout is, so they ascend'
            )
            report.error("rollout-order", message, element.place)
        previous = step
    if not field.value:
        report.error("rollout-end", f'"{field}" has no steps', field.place, "Write [10, 100].")
    elif elements and elements[-1][1] != 100:
        element, step = elements[-1]
        message = f'The last step of "{field}" is {step}; it must be 100'
        report.error("rollout-end", message, element.place, "Add 100 at the end.")
    if max_instances is not None and len(field.value) > max_instances:
        message = f'"{field}" has {len(field.value)} steps for {max_instances} instances ("max_instances")'
        report.error("rollout-too-many-steps", message, field.place, "Use fewer steps, or remove the field.")
    return tuple(step for _, step in elements)


def _constraints(node: Node, report: Report) -> dict[str, Any]:
    """As the API takes them: tiers filled in, regions in upper case, jurisdiction and cities in lower
    case.
    """
    constraints = node.get("constraints")
    if constraints is None or not isinstance(constraints.value, Mapping):
        return {"tiers": DEFAULT_TIERS}
    made: dict[str, Any] = {}
    if (tiers := _tiers(constraints, report)) is not None:
        made["tiers"] = tiers
    if constraints.get("regions"):
        made["regions"] = [_region(region, report) for region in constraints.children("regions")]
    if jurisdiction := constraints.get("jurisdiction"):
        made["jurisdiction"] = _jurisdiction(jurisdiction, report)
    if constraints.get("cities"):
        made["cities"] = [city.lower() for city in constraints.texts("cities")]
    return made


def _tiers(constraints: Node, report: Report) -> list[int] | None:
    tier, tiers = constraints.get("tier"), constraints.get("tiers")
    if tier and tiers:
        message = f'"{tier}" and "{tiers}" are both set'
        report.error("tier-and-tiers", message, tier.key_place, f'Remove "{tier}", which is deprecated.')
    if tiers:
        return [number for element in tiers.elements() if (number := as_integer(element.value)) is not None]
    if tier and as_integer(tier.value) == ALL_TIERS:
        return None
    return [number] if tier and (number := as_integer(tier.value)) else DEFAULT_TIERS


def _region(node: Node, report: Report) -> str:
    region = str(node.value).upper()
    if isinstance(node.value, str) and region not in REGIONS:
        message = f'"{node}" is "{node.value}"; regions are {", ".join(REGIONS)}'
        meant = certain(region, REGIONS)
        edits = node.replace(json.dumps(meant)) if meant else ()
        report.error("unknown-region", message, node.place, _region_hint(region), edits)
    return region


def _region_hint(region: str) -> str | None:
    """The region of that name elsewhere, such as `us-east-1`; otherwise a similar name."""
    elsewhere = next((ours for theirs, ours in _REGIONS_ELSEWHERE.items() if region.startswith(theirs)), None)
    return f"Write {quoted(elsewhere)}." if elsewhere else question(region, REGIONS)


def _jurisdiction(node: Node, report: Report) -> str:
    jurisdiction = str(node.value).lower()
    if isinstance(node.value, str) and jurisdiction not in JURISDICTIONS:
        message = f'"{node}" is "{node.value}", and must be {quoted(JURISDICTIONS)}'
        report.error("unknown-jurisdiction", message, node.place, question(jurisdiction, JURISDICTIONS))
    return jurisdiction
