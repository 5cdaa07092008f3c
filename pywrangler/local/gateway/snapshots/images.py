"""The image of a snapshot: its name, and its configuration. Pure.

An engine's own commit copies the container's environment into the image, and with it every secret that the
Worker passed to `start()`. So the image is built again: the layers of the commit, and the configuration of
the image that the container was started with.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

REPOSITORY = "pywrangler.snapshot"
"""The first part of the names of snapshots' images."""
_ASKED = re.compile(r"workerd-container-snap-(?P<id>[0-9a-f-]{36})")
_SHARING_DRIVERS = ("overlay2", "fuse-overlayfs", "btrfs", "zfs", "vfs")
_COPIED = (
    "Cmd",
    "Entrypoint",
    "Env",
    "ExposedPorts",
    "Healthcheck",
    "Shell",
    "StopSignal",
    "User",
    "Volumes",
    "WorkingDir",
)


def read_snapshot_id(image: str) -> str | None:
    """The snapshot that `workerd` 2026-11-17 means by the name of an image; None for another name."""
    found = _ASKED.fullmatch(image.removesuffix(":latest"))
    return found["id"] if found else None


def snapshot_image(platform_id: str, snapshot_id: str) -> str:
    """The name of a snapshot's image. It contains the platform's id, because platforms may share an
    engine.
    """
    return f"{REPOSITORY}/{platform_id[:8]}:{snapshot_id}"


def shares_layers(info: Mapping[str, Any]) -> bool:
    """Whether an image can be loaded without the layers that the engine has: Docker's own stores (Docker
    Engine 20 to 28). `info` is the engine's description.
    """
    is_containerd = ["driver-type", "io.containerd.snapshotter.v1"] in (info.get("DriverStatus") or ())
    return info.get("Driver") in _SHARING_DRIVERS and not is_containerd


def plan_configuration(
    base: Mapping[str, Any], layers: Sequence[str], labels: Mapping[str, str], time: float
) -> dict[str, Any]:
    """The configuration of the image, as the OCI image format has it. `base` is the engine's description of
    the image that the container was started with.
    """
    config = base.get("Config") or {}
    kept = {name: config[name] for name in _COPIED if config.get(name)}
    created = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    planned = {
        "architecture": base["Architecture"],
        "os": base["Os"],
        "created": created,
        "config": {**kept, "Labels": {**(config.get("Labels") or {}), **labels}},
        "rootfs": {"type": "layers", "diff_ids": list(layers)},
    }
    return {**planned, "variant": base["Variant"]} if base.get("Variant") else planned


def pack(configuration: Mapping[str, Any], name: str) -> bytes:
    """An archive for the engine's `POST /images/load`, without any layer."""
    content = json.dumps(configuration).encode()
    file = f"{hashlib.sha256(content).hexdigest()}.json"
    layers = [f"{number}/layer.tar" for number in range(len(configuration["rootfs"]["diff_ids"]))]
    manifest = json.dumps([{"Config": file, "RepoTags": [name], "Layers": layers}]).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for member, data in ((file, content), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(member)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def plan_changes(configuration: Mapping[str, Any]) -> list[str]:
    """The same configuration as instructions for the engine's import of a file system."""
    config = configuration["config"]
    lines = [f"ENV {_pair(*entry.split('=', 1))}" for entry in config.get("Env") or () if "=" in entry]
    lines += [f"LABEL {_pair(name, value)}" for name, value in config["Labels"].items()]
    lines += [f"EXPOSE {port}" for port in config.get("ExposedPorts") or ()]
    lines += [f"VOLUME {json.dumps([path])}" for path in config.get("Volumes") or ()]
    for name, instruction in (("WorkingDir", "WORKDIR"), ("User", "USER"), ("StopSignal", "STOPSIGNAL")):
        if config.get(name):
            lines.append(f"{instruction} {config[name]}")
    for name, instruction in (("Entrypoint", "ENTRYPOINT"), ("Cmd", "CMD")):
        if config.get(name):
            lines.append(f"{instruction} {json.dumps(config[name])}")
    return lines


def _pair(name: str, value: str) -> str:
    escaped = re.sub(r'([\\"$])', r"\\\1", value)
    return f'{name}="{escaped}"'
