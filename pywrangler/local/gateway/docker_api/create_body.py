"""The request to create a container: workerd's request, rewritten for an instance of an application. Pure.

Only the environment, the entrypoint and its own volumes are copied from workerd's request. Everything else is
dropped: the network mode (the sidecar's namespace), the restart policy (the engine would restart a container
without the Durable Object's knowledge), the process namespace (the host's, with old compatibility dates) and
all privileges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pywrangler.engine import labels
from pywrangler.local.gateway.docker_api.directories import plan_mounts
from pywrangler.local.instances.limits import EngineAbilities, plan_limits
from pywrangler.local.instances.records import (
    BRING_UP_OBJECT_NAME,
    CANARY_OBJECT_NAME,
    Application,
    Instance,
    Location,
)

_OF_PLATFORM = re.compile(f"(?:{BRING_UP_OBJECT_NAME}|{CANARY_OBJECT_NAME})(?:@[0-9a-f]{{8}})?")
"""Objects that only the platform uses; on a node of a cluster their names end with it."""

OWN_VARIABLES = frozenset(
    f"CLOUDFLARE_{name}"
    for name in ("APPLICATION_ID", "DEPLOYMENT_ID", "DURABLE_OBJECT_ID", "LOCATION", "REGION", "COUNTRY_A2")
)
"""Names of the variables that every container has (`cloudflare_variables`)."""

SIZE_VARIABLE = "pywrangler.instance-size"
"""Brings the size of `start({ instance })` to the gateway: workerd (2026-11-17) does not pass it on.
The platform's code around the class sets it (`workerd/scripts/sizes.js`); no container gets it.
"""

S3_ENDPOINT_VARIABLE = "PYWRANGLER_R2_ENDPOINT"
"""Names the URL of the local R2's S3 interface to every container that can reach it."""

FUSE = {
    "CapAdd": ["SYS_ADMIN"],
    "Devices": [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rwm"}],
    "SecurityOpt": ["apparmor:unconfined"],
}
"""What Docker needs for mounts with FUSE (workers-sdk 4.164 asks for the same). On Cloudflare an instance is
a virtual machine and always has it. Here SYS_ADMIN is close to root on the engine's machine, so only
applications that the platform's user named get it.
"""


@dataclass(frozen=True)
class Placement:
    """Everything the engine must know to create one instance's container."""

    platform_id: str
    application: Application
    instance: Instance
    """Its `image` is the engine's id of the image."""
    network: str
    abilities: EngineAbilities
    location: Location = field(default_factory=Location)
    home: str = ""
    """The platform's directory, for the label."""
    node: str = ""
    """This node of a cluster, for the label; empty without one."""
    may_mount_fuse: bool = False
    """Whether it gets `FUSE`."""
    name_server: str | None = None
    """The address of the container's DNS server; None: the engine's choice."""
    s3_endpoint: str | None = None
    """The URL of R2's S3 interface; None: the container cannot reach it."""
    extra_hosts: Sequence[str] = ()
    """Entries of its `/etc/hosts`, as `NAME:ADDRESS`."""
    published_ports: Sequence[int] = ()
    """Container ports to publish on loopback, if the container's own address cannot be reached."""


def plan_create_body(request: Mapping[str, Any], placement: Placement) -> dict[str, Any]:
    """The body of the engine's `POST /containers/create`."""
    body: dict[str, Any] = {
        "Image": placement.instance.image,
        "Env": plan_environment(request.get("Env") or [], placement),
        "Labels": plan_labels(placement),
        "HostConfig": _host_config(request.get("HostConfig") or {}, placement),
    }
    # workerd sends `entrypoint` as Docker's Cmd, which would be appended to the image's ENTRYPOINT instead of
    # replacing it.
    if entrypoint := request.get("Cmd"):
        body["Entrypoint"] = list(entrypoint)
    if placement.published_ports:
        body["ExposedPorts"] = {f"{port}/tcp": {} for port in placement.published_ports}
    return body


def take_size(request: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """workerd's request without the variable of the size, and that size; None if the start chose none."""
    environment = request.get("Env") or []
    prefix = f"{SIZE_VARIABLE}="
    sizes = [str(each).removeprefix(prefix) for each in environment if str(each).startswith(prefix)]
    kept = [each for each in environment if not str(each).startswith(prefix)]
    return ({**request, "Env": kept}, sizes[-1]) if sizes else (request, None)


def plan_environment(environment: Sequence[str], placement: Placement) -> list[str]:
    """The Worker's variables, then Cloudflare's own, which replace variables of the same name. The Worker can
    replace the platform's.
    """
    own = cloudflare_variables(placement)
    kept = [entry for entry in environment if entry.partition("=")[0] not in own]
    names = {entry.partition("=")[0] for entry in kept}
    if placement.s3_endpoint is not None and S3_ENDPOINT_VARIABLE not in names:
        kept.append(f"{S3_ENDPOINT_VARIABLE}={placement.s3_endpoint}")
    return kept + [f"{name}={value}" for name, value in own.items()]


def comparable_variables(request: Mapping[str, Any], durable_object_id: str) -> str:
    """The variables of workerd's request, as a text that can be compared between the objects of a class."""
    entries = (str(entry) for entry in request.get("Env") or ())
    own = sorted(entry for entry in entries if entry.partition("=")[0] not in OWN_VARIABLES)
    return _without_object("\0".join(own), durable_object_id)


def comparable_entrypoint(request: Mapping[str, Any], durable_object_id: str) -> str:
    """The same for the entrypoint."""
    return _without_object("\0".join(map(str, request.get("Cmd") or ())), durable_object_id)


def _without_object(text: str, durable_object_id: str) -> str:
    """`text` without the object's id, and without the names of objects that only the platform uses."""
    return _OF_PLATFORM.sub("*", text.replace(durable_object_id, "*"))


def cloudflare_variables(placement: Placement) -> dict[str, str]:
    """The variables that Cloudflare sets in every container. The deployment id is unique to the instance."""
    return {
        "CLOUDFLARE_APPLICATION_ID": placement.application.id,
        "CLOUDFLARE_DEPLOYMENT_ID": placement.instance.id,
        "CLOUDFLARE_DURABLE_OBJECT_ID": placement.instance.durable_object_id,
        "CLOUDFLARE_LOCATION": placement.location.location,
        "CLOUDFLARE_REGION": placement.location.region,
        "CLOUDFLARE_COUNTRY_A2": placement.location.country,
    }


def plan_labels(placement: Placement) -> dict[str, str]:
    """The container's labels: its owner, and what it is."""
    application, instance = placement.application, placement.instance
    return {
        **labels.owner_labels(placement.platform_id, placement.home),
        labels.APPLICATION: application.id,
        labels.APPLICATION_NAME: application.name,
        labels.INSTANCE: instance.id,
        labels.WORKER: application.worker,
        labels.DURABLE_OBJECT: instance.durable_object_id,
        labels.NAMESPACE: application.namespace_id,
        labels.IMAGE: instance.image,
        labels.VERSION: str(instance.version),
        **({labels.NODE: placement.node} if placement.node else {}),
    }


def _host_config(requested: Mapping[str, Any], placement: Placement) -> dict[str, Any]:
    config = {"NetworkMode": placement.network} | plan_limits(placement.application, placement.abilities)
    if placement.may_mount_fuse:
        config |= FUSE
    if placement.name_server:
        config["Dns"] = [placement.name_server]
    if placement.extra_hosts:
        config["ExtraHosts"] = list(placement.extra_hosts)
    if mounts := requested.get("Mounts"):
        config["Mounts"] = plan_mounts(mounts)
    if placement.published_ports:
        # An empty host port lets the engine choose a free one.
        config["PortBindings"] = {
            f"{port}/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}] for port in placement.published_ports
        }
    return config
