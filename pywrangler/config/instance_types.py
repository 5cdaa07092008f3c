"""The sizes of instances: Cloudflare's named ones, and what it allows for custom ones.

Source: Cloudflare's limits page and Wrangler 4.164.0. The named sizes `dev` and `standard` are former names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from pywrangler.config.document import Node
from pywrangler.config.records import InstanceType
from pywrangler.config.report import Report
from pywrangler.config.schema.containers import FORMER_INSTANCE_TYPES

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
    """A custom size; what is left out is as in `lite`. Outside Cloudflare's limits is a warning: some
    accounts have others, and the local platform has none.
    """
    vcpu = _number(node.get("vcpu"), LITE.vcpu)
    memory_mib = int(_number(node.get("memory_mib"), LITE.memory_mib))
    disk_mb = int(_number(disk, LITE.disk_mb))
    for reason in _outside_limits(vcpu, memory_mib, disk_mb):
        hint = "Name a size (lite, basic, standard-1 to standard-4), unless your account has other limits."
        report.warning("size-outside-limits", f'"{node}": {reason}', node.place, hint)
    return InstanceType(None, vcpu, memory_mib, disk_mb)


def _outside_limits(vcpu: float, memory_mib: int, disk_mb: int) -> list[str]:
    checks = (
        (
            vcpu < SMALLEST_VCPU,
            f"{vcpu:g} vCPU is below the {SMALLEST_VCPU} that a custom size needs at Cloudflare",
        ),
        (vcpu > LARGEST_VCPU, f"{vcpu:g} vCPU is more than the {LARGEST_VCPU} that Cloudflare has"),
        (
            memory_mib > LARGEST_MEMORY_MIB,
            f"{memory_mib} MiB is more than the {LARGEST_MEMORY_MIB} of Cloudflare",
        ),
        (disk_mb > LARGEST_DISK_MB, f"{disk_mb} MB of disk is more than the {LARGEST_DISK_MB} of Cloudflare"),
        (
            memory_mib < vcpu * MEMORY_MIB_PER_VCPU,
            f"{memory_mib} MiB for {vcpu:g} vCPU is less than Cloudflare's {MEMORY_MIB_PER_VCPU} for each",
        ),
    )
    return [reason for is_outside, reason in checks if is_outside]


def _number(node: Node | None, default: float) -> float:
    value = node.value if node else None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12
    return value if is_number and value is not None else default
