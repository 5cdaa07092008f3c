"""The sizes of instances: Cloudflare's named ones, and what it allows for custom ones.

Source: Cloudflare's limits page and Wrangler 4.164.0. The named sizes `dev` and `standard` are former names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from pywrangler.config.advice.wrong_types import SIZES
from pywrangler.config.problems.report import Report
from pywrangler.config.records import InstanceType
from pywrangler.config.schema.containers import FORMER_INSTANCE_TYPES
from pywrangler.config.syntax.document import Node

LITE = InstanceType("lite", 0.0625, 256, 2000)
NAMED = {
    size.name: size
    for size in (
        LITE,
        InstanceType("basic", 0.25, 1024, 4000),
        InstanceType("standard-1", 0.5, 4096, 8000),
        InstanceType("standard-2", 1, 6144, 12000),
        InstanceType("standard-3", 2, 8192, 16000),
        InstanceType("standard-4", 4, 12288, 20000),
    )
}

SMALLEST_VCPU, LARGEST_VCPU = 1, 4
LARGEST_MEMORY_MIB = 12 * 1024
LARGEST_DISK_MB = 20_000
MEMORY_MIB_PER_VCPU = 3 * 1024
_SIZE_FIELDS = {"vcpu", "memory_mib", "disk_mb", "disk", "image", "labels", "secrets"}
"""Fields of a custom size, and of the former table `configuration`."""
_LIMITS = "These are Cloudflare's limits, unless your account has others."


def read_instance_type(container: Node, report: Report) -> InstanceType:
    """The size of a container's instances; `lite` where nothing, or nothing usable, is said."""
    former = container.get("configuration")
    node = container.get("instance_type")
    has_former = former is not None and any(former.get(name) for name in ("vcpu", "memory_mib", "disk"))
    if node and former and has_former:
        message = f'"{node}" and the size in "{former}" are both set'
        report.error(
            "two-sizes", message, node.key_place, f'Remove the size from "{former}", which is deprecated.'
        )
    if node and isinstance(node.value, str):
        return _named(node, report)
    if node and isinstance(node.value, Mapping):
        return _custom(node, node.get("disk_mb"), report)
    return _custom(former, former.at("disk", "size_mb"), report) if former and has_former else LITE


def _named(node: Node, report: Report) -> InstanceType:
    name: str = node.value
    if successor := FORMER_INSTANCE_TYPES.get(name):
        message = f'The instance type "{name}" is now called "{successor}"'
        edits = node.replace(json.dumps(successor))
        report.warning("former-instance-type", message, node.place, f'Write "{successor}".', edits)
        return replace(NAMED[successor], name=name)  # the API takes it, and says it when asked
    return NAMED.get(name, LITE)  # an unknown name was reported by the schema


def _custom(node: Node, disk: Node | None, report: Report) -> InstanceType:
    """A custom size; missing parts are as in `lite`. Outside Cloudflare's limits is a warning: some
    accounts have others, and the local platform has none.
    """
    vcpu, memory_mib = node.get("vcpu"), node.get("memory_mib")
    size = InstanceType(
        None,
        _number(vcpu, LITE.vcpu),
        int(_number(memory_mib, LITE.memory_mib)),
        int(_number(disk, LITE.disk_mb)),
    )
    is_sound = all(_number(each, -1) >= 0 for each in (vcpu, memory_mib, disk) if each)
    if is_sound and node.value.keys() <= _SIZE_FIELDS:  # else something in it was reported
        for about, reason in _outside_limits(node, size, disk):
            report.warning("size-outside-limits", reason, about.place, _sizes_hint(size))
    return size


def _outside_limits(node: Node, size: InstanceType, disk: Node | None) -> list[tuple[Node, str]]:
    """The values outside the limits."""
    vcpu, memory_mib = node.get("vcpu"), node.get("memory_mib")
    memory = f'"{memory_mib or node}" is {size.memory_mib} MiB'
    if memory_mib is None:
        memory = f'"{node}" has no "memory_mib", which is then {size.memory_mib}'
    needed = size.vcpu * MEMORY_MIB_PER_VCPU
    has_vcpu = SMALLEST_VCPU <= size.vcpu <= LARGEST_VCPU
    checks = (
        (vcpu is None, node, f'"{node}" has no "vcpu"; a custom size needs {SMALLEST_VCPU} or more'),
        (
            vcpu is not None and size.vcpu < SMALLEST_VCPU,
            vcpu,
            f'"{vcpu}" is {size.vcpu:g}; a custom size needs {SMALLEST_VCPU} or more',
        ),
        (size.vcpu > LARGEST_VCPU, vcpu, f'"{vcpu}" is {size.vcpu:g}; {LARGEST_VCPU} is the maximum'),
        (
            size.memory_mib > LARGEST_MEMORY_MIB,
            memory_mib,
            f"{memory}; {LARGEST_MEMORY_MIB} is the maximum",
        ),
        (
            has_vcpu and size.memory_mib < needed,
            memory_mib,
            f"{memory}; {size.vcpu:g} vCPU need {needed:g} or more",
        ),
        (
            size.disk_mb > LARGEST_DISK_MB,
            disk,
            f'"{disk}" is {size.disk_mb} MB; {LARGEST_DISK_MB} is the maximum',
        ),
    )
    return [(about or node, reason) for is_outside, about, reason in checks if is_outside]


def _sizes_hint(size: InstanceType) -> str:
    """The smallest named size that is at least this size."""
    for named in NAMED.values():
        if named.vcpu >= size.vcpu and named.memory_mib >= size.memory_mib and named.disk_mb >= size.disk_mb:
            described = f"{named.vcpu:g} vCPU, {named.memory_mib} MiB, {named.disk_mb} MB"
            return f'{_LIMITS} Its size "{named.name}" has {described}.'
    return f"{_LIMITS} {SIZES}"


def _number(node: Node | None, default: float) -> float:
    value = node.value if node else None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12
    return value if is_number and value is not None else default
