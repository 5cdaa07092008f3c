"""Complete an application's configuration: turn instance types into sizes, add defaults. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pywrangler.local.instances.sizes import DEFAULT_TYPE, INSTANCE_TYPES, LARGEST, Size
from pywrangler.local.rest.errors import invalid_input, unsupported

DEFAULT_MAX_INSTANCES = 20
_SIZE_FIELDS = ("vcpu", "memory_mib", "disk")


def complete_configuration(
    given: Mapping[str, Any], previous: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The whole configuration of a new or (with `previous`) modified application.

    `instance_type` and explicit sizes exclude each other: the one in the request replaces the other. Raises
    `RestError`.
    """
    if "memory" in given or "size" in _object(given, "disk"):
        given = _without_deprecated(given)
    names_type = given.get("instance_type") is not None
    if names_type and any(given.get(field) is not None for field in _SIZE_FIELDS):
        raise invalid_input("Give either `instance_type`, or `vcpu`, `memory_mib` and `disk`.")
    merged = {**(previous or {}), **{key: value for key, value in given.items() if value is not None}}
    if not isinstance(merged.get("image"), str) or not merged["image"]:
        raise invalid_input("`configuration.image` must name an image.")
    has_sizes = any(given.get(field) is not None for field in _SIZE_FIELDS)
    if names_type or (previous is None and not has_sizes):
        size = _named_size(merged.setdefault("instance_type", DEFAULT_TYPE))
    else:
        if has_sizes:
            merged.pop("instance_type", None)
        size = _custom_size(merged)
    return {**merged, **_size_fields(size)}


MANAGED_FIELDS = ("experimental_flags", "wrangler_ssh", "authorized_keys")
"""What the configuration of an application has whose class chooses image and size (workers-sdk 4.164)."""


def managed_configuration(
    given: Mapping[str, Any], previous: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The whole configuration of such an application. Raises `RestError` for a field of other ones."""
    kept = {name: value for name, value in given.items() if value is not None}
    if others := sorted(kept.keys() - {*MANAGED_FIELDS}):
        raise invalid_input(
            f"`configuration.{others[0]}` cannot be set: the Durable Object chooses image and size."
        )
    return {**(previous or {}), **kept}


def _named_size(name: Any) -> Size:
    if not isinstance(name, str) or name not in INSTANCE_TYPES:
        raise invalid_input(
            f'`configuration.instance_type` "{name}" is not one of {", ".join(INSTANCE_TYPES)}.'
        )
    return INSTANCE_TYPES[name]


def _custom_size(merged: Mapping[str, Any]) -> Size:
    base = INSTANCE_TYPES[DEFAULT_TYPE]
    size = Size(
        _number(merged, "vcpu", base.vcpu),
        int(_number(merged, "memory_mib", base.memory_mib)),
        int(_number(_object(merged, "disk"), "size_mb", base.disk_mb)),
    )
    for field, value, most in zip(Size._fields, size, LARGEST, strict=True):
        if not 0 < value <= most:
            raise invalid_input(f"SURPASSED_BASE_LIMITS: {field} is {value}, and the maximum is {most}.")
    return size


def _size_fields(size: Size) -> dict[str, Any]:
    return {
        "vcpu": size.vcpu,
        "memory_mib": size.memory_mib,
        "memory": f"{size.memory_mib}MiB",
        "disk": {"size_mb": size.disk_mb, "size": f"{size.disk_mb}MB"},
    }


def _without_deprecated(given: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the texts that our responses have beside the numbers. Texts without the numbers are refused."""
    disk = _object(given, "disk")
    if ("memory" in given and "memory_mib" not in given) or ("size" in disk and "size_mb" not in disk):
        raise unsupported("sizes as text (`memory`, `disk.size`); use `memory_mib` and `disk.size_mb`")
    kept = {key: value for key, value in given.items() if key != "memory"}
    return {**kept, "disk": {"size_mb": disk["size_mb"]}} if disk else kept


def _number(body: Mapping[str, Any], name: str, default: float) -> float:
    value = body.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid_input(f"`configuration.{name}` must be a number.")
    return value


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name) or {}
    if not isinstance(value, dict):
        raise invalid_input(f"`configuration.{name}` must be an object.")
    return value
