"""Read and check what a client says about an application, and add defaults. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.rest.containers.configuration import (
    DEFAULT_MAX_INSTANCES,
    complete_configuration,
    managed_configuration,
)
from pywrangler.local.rest.errors import invalid_input, unsupported
from pywrangler.local.store.records import MANAGED_POLICY

_OBJECTS = ("constraints", "affinities", "priorities", "observability")
_DEFAULTS: Mapping[str, Any] = {
    "scheduling_policy": "default",
    "instances": 0,
    "max_instances": DEFAULT_MAX_INSTANCES,
    "rollout_active_grace_period": 0,
    "constraints": {},
}
_MANAGED_DEFAULTS: Mapping[str, Any] = {
    "instances": 0,
    "max_instances": 0,
    "rollout_active_grace_period": 0,
    "constraints": {},
}
_COUNTS = ("instances", "max_instances", "rollout_active_grace_period")
_HANDLED_APART = ("name", "configuration", "durable_objects", "jobs")
_ONLY_SHOWN = ("id", "account_id", "created_at", "updated_at", "version", "health", "active_rollout_id")
_NOT_SPECIFIED = frozenset((*_HANDLED_APART, *_ONLY_SHOWN))


def new_specification(body: Mapping[str, Any]) -> dict[str, Any]:
    """The specification of a new application."""
    given = _checked(body)
    if given.get("scheduling_policy") == MANAGED_POLICY:
        _check_managed(given)
        return {**_MANAGED_DEFAULTS, **given, "configuration": managed_configuration(_configuration(body))}
    return {**_DEFAULTS, **given, "configuration": complete_configuration(_configuration(body))}


def modified_specification(present: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """The specification of an application after a modification. Fields that the request omits stay."""
    configuration, given = present["configuration"], _checked(body)
    had = present.get("scheduling_policy", "default")
    is_managed = had == MANAGED_POLICY
    wanted = given.get("scheduling_policy", had)
    if is_managed != (wanted == MANAGED_POLICY):
        raise invalid_input(f"`scheduling_policy` cannot change from `{had}` to `{wanted}`.")
    if is_managed:
        _check_managed(given)
    if changed := _configuration(body):
        complete = managed_configuration if is_managed else complete_configuration
        configuration = complete(changed, configuration)
    return {**present, **given, "configuration": configuration}


def _check_managed(given: Mapping[str, Any]) -> None:
    """Raise `RestError` for what an application cannot have whose class chooses image and size."""
    if others := sorted(given.keys() - {"scheduling_policy", "observability"}):
        raise invalid_input(f"`{others[0]}` cannot be set with the scheduling policy `{MANAGED_POLICY}`.")


def _checked(body: Mapping[str, Any]) -> dict[str, Any]:
    if body.get("jobs"):
        raise unsupported("container jobs")
    # Fields without a meaning here (the configuration's `unsafe` takes any) are kept as they were sent,
    # because a deploy compares the wanted configuration with the existing one.
    given = {name: value for name, value in body.items() if name not in _NOT_SPECIFIED and value is not None}
    for name in _COUNTS:
        value = given.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise invalid_input(f"`{name}` must be a whole number of at least 0, not {value!r}.")
    for name in _OBJECTS:
        if not isinstance(given.get(name, {}), dict):
            raise invalid_input(f"`{name}` must be an object.")
    return given


def _configuration(body: Mapping[str, Any]) -> Mapping[str, Any]:
    configuration = body.get("configuration") or {}
    if not isinstance(configuration, dict):
        raise invalid_input("`configuration` must be an object.")
    return configuration
