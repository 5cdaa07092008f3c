"""Finds what no longer has an owner, in the engine and among the processes: a pure decision from lists."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pywrangler.engine import labels
from pywrangler.engine.records import ContainerSummary, LabelledImage, NetworkSummary, TaggedImage
from pywrangler.image_names import ACCOUNT, built_mark, owner_mark
from pywrangler.local.daemon.cleanup.former import FormerPlatform
from pywrangler.local.gateway.outbound.firewall import Standing
from pywrangler.local.rest.operations import Leftover, Pruned

Labelled = ContainerSummary | LabelledImage | NetworkSummary


@dataclass(frozen=True)
class Ownership:
    """The present owners. Images are ids (`sha256:...`)."""

    platform_id: str
    instances: Collection[str]
    """Ids of this platform's instances that are alive."""
    dead_platforms: Mapping[str, str]
    """Removed directories, by platform."""
    own_images: Collection[str]
    """Images that applications of this platform have or had."""
    kept_images: Collection[str]
    """Images that they have or would go back to."""
    snapshots: Collection[str] = ()
    """Ids of this platform's snapshots of applications that exist."""


@dataclass(frozen=True)
class Seen:
    """The things that exist in the engine and on this machine."""

    containers: Sequence[ContainerSummary]
    networks: Sequence[NetworkSummary]
    images: Sequence[TaggedImage]
    """Images that deploys built, by their names with tags."""
    pulled: Sequence[TaggedImage]
    """Images from registries, by their names with digests."""
    snapshots: Sequence[LabelledImage]
    """Images of snapshots, and what is left of taking one."""
    processes: Sequence[tuple[int, Path]]
    """`workerd` processes whose configuration file is gone: id and file."""
    former: Sequence[FormerPlatform]
    """Running platforms whose directory was removed."""
    rules: Collection[Standing]
    """Networks with rules in the packet filter."""
    bridges: Collection[str]
    """This machine's network interfaces."""
    gone: Collection[str]
    """Directories of platforms that no longer exist."""


def plan_prune(seen: Seen, owned: Ownership) -> Pruned:
    """The things to remove."""
    containers = unowned_containers(seen.containers, owned)
    removed = {leftover.id for leftover in containers}
    others = [container for container in seen.containers if container.id not in removed]
    networks = unowned_networks(seen.networks, owned)
    return Pruned(
        containers=tuple(containers),
        networks=tuple(networks),
        images=(
            *superseded_images(seen.images, others, owned),
            *superseded_pulls(seen.pulled, others, owned),
            *unowned_snapshots(seen.snapshots, others, owned),
        ),
        processes=(
            *(
                Leftover(str(each.pid), f"platform of {each.home}", "its directory is gone")
                for each in seen.former
            ),
            *(
                Leftover(str(pid), f"workerd of {file}", "its configuration is gone")
                for pid, file in seen.processes
            ),
        ),
        rules=tuple(rules_without_network(seen, {network.name for network in networks})),
    )


def find_dead_platforms(
    objects: Iterable[Labelled],
    machine: str,
    gone: Collection[str],
    replaced: tuple[str, str] | None = None,
) -> dict[str, str]:
    """The directories of platforms of this machine whose directory is gone, by platform.

    `replaced` names a directory and its current platform. A former platform of that directory is gone, too.
    """
    found = {}
    for each in objects:
        home, platform_id = each.labels.get(labels.HOME), each.labels.get(labels.PLATFORM)
        is_replaced = replaced is not None and home == replaced[0] and platform_id != replaced[1]
        if (home in gone or is_replaced) and each.labels.get(labels.MACHINE) == machine:
            found[each.labels[labels.PLATFORM]] = str(home)
    return found


def homes(objects: Iterable[Labelled], machine: str) -> set[str]:
    """The directories on this machine that objects of the engine name."""
    return {
        each.labels[labels.HOME]
        for each in objects
        if labels.HOME in each.labels and each.labels.get(labels.MACHINE) == machine
    }


def unowned_containers(containers: Iterable[ContainerSummary], owned: Ownership) -> list[Leftover]:
    """Containers of this platform without an instance, and all containers of platforms that are gone."""
    found = []
    for container in containers:
        platform_id = container.labels.get(labels.PLATFORM, "")
        if platform_id in owned.dead_platforms:
            found.append(_of_dead(container.id, container.name, platform_id, owned))
        elif platform_id == owned.platform_id:
            instance = container.labels.get(labels.INSTANCE, "")
            if instance not in owned.instances:
                found.append(Leftover(container.id, container.name, "no instance on record"))
    return found


def unowned_networks(networks: Iterable[NetworkSummary], owned: Ownership) -> list[Leftover]:
    """Networks of platforms that are gone."""
    return [
        _of_dead(network.id, network.name, platform_id, owned)
        for network in networks
        if (platform_id := network.labels.get(labels.PLATFORM, "")) in owned.dead_platforms
    ]


def rules_without_network(seen: Seen, removed: Collection[str]) -> list[Leftover]:
    """Rules for bridges that are gone, and rules of networks that are removed now (`removed`, by name)."""
    alive = {each.network for each in seen.rules if each.bridge in seen.bridges} - set(removed)
    return [
        Leftover(network, f"rules of {network}", "its network is gone")
        for network in sorted({each.network for each in seen.rules} - alive)
    ]


def superseded_images(
    images: Iterable[TaggedImage], containers: Iterable[ContainerSummary], owned: Ownership
) -> list[Leftover]:
    """Names of images that an application here had, and that no application has any longer; and the names of
    platforms that are gone.

    A name belongs to the platform that it contains. Whether other names are needed is not known here. The
    last name of an image that a container runs stays.
    """
    running = {container.image_id for container in containers}
    mine = built_mark(owned.platform_id)
    dead = {built_mark(platform_id): platform_id for platform_id in owned.dead_platforms}
    named = [(image, owner_mark(image.tag)) for image in images]
    staying = {(image.image_id, mark) for image, mark in named if mark not in dead}
    found = []
    for image, mark in named:
        has_another = any(each == image.image_id and other != mark for each, other in staying)
        if mark is None or (image.image_id in running and not has_another):
            continue
        if mark in dead:
            found.append(_of_dead(image.tag, image.tag, dead[mark], owned))
        elif mark == mine and image.image_id in owned.own_images and image.image_id not in owned.kept_images:
            found.append(Leftover(image.tag, image.tag, "no application has it any more"))
    return found


def superseded_pulls(
    pulled: Iterable[TaggedImage], containers: Iterable[ContainerSummary], owned: Ownership
) -> list[Leftover]:
    """The engine's names of images from this platform's registry that no application needs and no container
    runs; and the names of platforms that are gone. The registry keeps the images.
    """
    running = {container.image_id for container in containers}
    found = []
    for image in pulled:
        own = re.fullmatch(rf"127\.0\.0\.1:\d+/({ACCOUNT})/.+@(sha256:[0-9a-f]+)", image.tag)
        if own is None or image.image_id in running:
            continue
        owner, digest = own.groups()
        if owner in owned.dead_platforms:
            found.append(_of_dead(image.tag, image.tag, owner, owned))
        elif owner == owned.platform_id and digest not in owned.kept_images:
            found.append(Leftover(image.tag, image.tag, "no application has it any more"))
    return found


def unowned_snapshots(
    images: Iterable[LabelledImage], containers: Iterable[ContainerSummary], owned: Ownership
) -> list[Leftover]:
    """Images of snapshots that are not on record, what is left of taking one, and all of these of platforms
    that are gone. A name is enough to remove an image; one without a name is removed by its id.
    """
    running = {container.image_id for container in containers}
    found = []
    for image in images:
        platform_id, snapshot = image.labels.get(labels.PLATFORM, ""), image.labels.get(labels.SNAPSHOT)
        if image.id in running:
            continue
        for name in image.tags or (image.id,):
            if platform_id in owned.dead_platforms:
                found.append(_of_dead(name, name, platform_id, owned))
            elif platform_id == owned.platform_id and not (image.tags and snapshot in owned.snapshots):
                found.append(Leftover(name, name, "no snapshot on record"))
    return found


def shared_names(images: Iterable[TaggedImage], removed: Iterable[Leftover]) -> set[str]:
    """The names to remove whose image would stay, because another platform has a name for it.

    Removing them frees nothing, and keeping them would make two platforms wait for each other.
    """
    names = {leftover.id for leftover in removed}
    staying = {image.image_id for image in images if image.tag not in names and owner_mark(image.tag)}
    return {image.tag for image in images if image.tag in names and image.image_id in staying}


def _of_dead(identifier: str, name: str, platform_id: str, owned: Ownership) -> Leftover:
    return Leftover(identifier, name, f"its platform's directory {owned.dead_platforms[platform_id]} is gone")
