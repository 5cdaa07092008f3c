"""What has no owner is found and removed, and nothing else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.engine import labels
from pywrangler.engine.records import ContainerSummary, LabelledImage, NetworkSummary, TaggedImage
from pywrangler.image_names import built_tag
from pywrangler.local.daemon.cleanup.former import FormerPlatform
from pywrangler.local.daemon.cleanup.leftovers import (
    Ownership,
    Seen,
    find_dead_platforms,
    homes,
    plan_prune,
    shared_names,
)
from pywrangler.local.gateway.outbound.firewall import Standing, find_firewall
from pywrangler.local.instances.snapshots import Snapshot
from pywrangler.local.protocol import DATABASE_NAME
from pywrangler.local.store.connection import open_database
from pywrangler.local.store.snapshots import StoredSnapshots
from tests.local.operations.conftest import MakeSite, dockerfile
from tests.support.containers import docker
from tests.support.waiting import eventually

MINE, DEAD, OTHER = "1" * 32, "2" * 32, "3" * 32


def container(name: str, platform_id: str | None, instance: str = "", **more: str) -> ContainerSummary:
    """A container whose image is named after it."""
    owner = {labels.PLATFORM: platform_id, labels.INSTANCE: instance, **more} if platform_id else {}
    return ContainerSummary(name, name, "running", f"sha256:{name}", owner)


def image_name(digit: str, owner: str) -> str:
    return built_tag("app", f"sha256:{digit * 64}", owner)


def snapshot(name: str, platform_id: str, snapshot_id: str) -> LabelledImage:
    return LabelledImage(
        f"sha256:{name}",
        (f"{name}:1",),
        {labels.PLATFORM: platform_id, labels.SNAPSHOT: snapshot_id},
    )


def pulled_name(digit: str, owner: str) -> str:
    return f"127.0.0.1:5000/{owner}/tools/app@sha256:{digit * 64}"


def test_what_to_remove_is_decided_from_who_owns_what() -> None:
    seen = Seen(
        containers=[
            container("used", MINE, "i1"),
            container("unknown", MINE, "i2"),
            container("dead", DEAD, "i3"),
            container("theirs", OTHER, "i4"),
            container("foreign", None),
        ],
        networks=[
            NetworkSummary("n1", "mine", {labels.PLATFORM: MINE}),
            NetworkSummary("n2", "pywrangler-dead", {labels.PLATFORM: DEAD}),
        ],
        images=[
            TaggedImage(image_name("a", MINE), "sha256:now"),
            TaggedImage(image_name("b", MINE), "sha256:before"),
            TaggedImage(image_name("b", OTHER), "sha256:before"),
            TaggedImage("pywrangler.local/a:0123456789ab", "sha256:before"),
            TaggedImage(image_name("c", MINE), "sha256:used"),
            TaggedImage(image_name("d", MINE), "sha256:unknown"),
            TaggedImage(image_name("e", MINE), "sha256:new"),
            TaggedImage(image_name("f", DEAD), "sha256:left"),
            TaggedImage(image_name("a", DEAD), "sha256:theirs"),
            TaggedImage(image_name("f", OTHER), "sha256:other"),
            TaggedImage(image_name("9", MINE), "sha256:foreign"),
            TaggedImage(image_name("9", OTHER), "sha256:foreign"),  # and a container of OTHER runs it
        ],
        pulled=[
            TaggedImage(pulled_name("a", MINE), "sha256:needed"),
            TaggedImage(pulled_name("b", MINE), "sha256:used"),
            TaggedImage(pulled_name("c", MINE), "sha256:left"),
            TaggedImage(pulled_name("c", OTHER), "sha256:left"),
            TaggedImage(pulled_name("a", DEAD), "sha256:needed"),
            TaggedImage(f"ghcr.io/{MINE}/app@sha256:{'c' * 64}", "sha256:left"),
        ],
        snapshots=[
            snapshot("kept", MINE, "s1"),
            snapshot("gone", MINE, "s2"),
            LabelledImage("sha256:draft", (), {labels.PLATFORM: MINE, labels.SNAPSHOT: "s1"}),
            LabelledImage("sha256:used", ("used:1",), {labels.PLATFORM: MINE, labels.SNAPSHOT: "s3"}),
            snapshot("dead", DEAD, "s1"),
            snapshot("theirs", OTHER, "s4"),
        ],
        former=[FormerPlatform(8, "b", Path("/gone"))],
        processes=[(7, Path("/gone/workers/w/workerd.capnp"))],
        rules={
            Standing("pywrangler-dead", "br-1"),
            Standing("mine", "br-2"),
            Standing("lost", "br-3"),
        },
        bridges={"br-1", "br-2"},
        gone={"/gone"},
    )
    owned = Ownership(
        platform_id=MINE,
        instances={"i1"},
        dead_platforms={DEAD: "/gone"},
        own_images={"sha256:now", "sha256:before", "sha256:used", "sha256:unknown", "sha256:foreign"},
        kept_images={"sha256:now", f"sha256:{'a' * 64}"},
        snapshots={"s1"},
    )
    found = plan_prune(seen, owned)
    assert [each.name for each in found.containers] == ["unknown", "dead"]
    assert [each.name for each in found.networks] == ["pywrangler-dead"]
    assert [each.id for each in found.rules] == ["lost", "pywrangler-dead"]
    removed = [image_name("b", MINE), image_name("d", MINE), image_name("f", DEAD)]
    removed += [image_name("9", MINE)]
    removed += [pulled_name("c", MINE), pulled_name("a", DEAD)]
    removed += ["gone:1", "sha256:draft", "dead:1"]
    assert [each.name for each in found.images] == removed
    assert shared_names(seen.images, found.images) == {
        image_name(each, MINE)
        for each in "b9"  # OTHER has them, too
    }
    assert shared_names(seen.images[:2], found.images) == set()
    assert [each.id for each in found.processes] == ["8", "7"]
    assert found.containers[1].reason == "its platform's directory /gone is gone"


def test_a_platform_is_dead_only_where_its_directory_was_on_this_machine() -> None:
    here = {labels.HOME: "/gone", labels.MACHINE: "here"}
    elsewhere = {labels.HOME: "/gone", labels.MACHINE: "elsewhere"}
    alive = {labels.HOME: "/home", labels.MACHINE: "here"}
    objects = [
        container("a", DEAD, **here),
        container("b", OTHER, **elsewhere),
        container("c", MINE, **alive),
        container("d", "4" * 32),
        container("e", None),
    ]
    assert homes(objects, "here") == {"/gone", "/home"}
    assert find_dead_platforms(objects, "here", {"/gone"}) == {DEAD: "/gone"}


@pytest.fixture
def stray() -> Iterator[list[str]]:
    """Containers and networks that a test makes by itself, to be removed if nothing else removes them."""
    made: list[str] = []
    yield made
    for identifier in made:
        subprocess.run(["docker", "rm", "--force", identifier], capture_output=True)
        subprocess.run(["docker", "network", "rm", identifier], capture_output=True)


@pytest.mark.docker
@pytest.mark.workerd
def test_prune_removes_what_has_no_owner_and_leaves_the_rest(make_site: MakeSite, stray: list[str]) -> None:
    site = make_site()
    site.deploy()
    earlier = docker("image", "ls", "--quiet", "--no-trunc", f"pywrangler.local/{site.project.name}-*")
    site.project.write("Dockerfile", dockerfile("box 2"))
    site.deploy()
    eventually(lambda: len(site.running()) == 1, what="the end of the former instance")
    (serving,) = site.running()

    account = site.platform.status.account_id
    dead = {
        labels.PLATFORM: os.urandom(16).hex(),
        labels.HOME: str(site.platform.home / "gone"),
        labels.MACHINE: labels.machine_id(),
    }
    python = docker("image", "inspect", "--format", "{{.Id}}", "python:3.11-slim")
    unowned = built_tag("nobody-box", python, dead[labels.PLATFORM])
    docker("tag", "python:3.11-slim", unowned)
    far = {**dead, labels.PLATFORM: os.urandom(16).hex(), labels.MACHINE: "another"}

    def run(owner: dict[str, str]) -> str:
        words = [word for name, value in owner.items() for word in ("--label", f"{name}={value}")]
        made = docker("run", "-d", *words, "busybox:1.35", "sleep", "600")
        stray.append(made)
        return made

    orphan, left, foreign = run({labels.PLATFORM: account}), run(dead), run(far)
    words = [word for name, value in dead.items() for word in ("--label", f"{name}={value}")]
    network = docker("network", "create", *words, f"t-{os.urandom(4).hex()}")
    stray.append(network)

    shown = site.cli.run("local", "prune", "--dry-run", "--json").check().json
    assert shown["dry_run"]
    assert {each["id"] for each in shown["containers"]} >= {orphan, left}
    assert docker("inspect", "--format", "{{.State.Running}}", orphan) == "true"

    removed = site.cli.run("local", "prune", "--json").check().json
    assert {each["id"] for each in removed["containers"]} >= {orphan, left}
    assert foreign not in {each["id"] for each in removed["containers"]}
    assert network in {each["id"] for each in removed["networks"]}
    # Other tests that were killed may have left snapshots.
    built = [image["name"] for image in removed["images"] if image["name"].startswith("pywrangler.local/")]
    assert built == [unowned]
    assert earlier in docker("image", "ls", "--quiet", "--no-trunc").split(), "its version can come back"
    assert docker("inspect", "--format", "{{.State.Running}}", foreign) == "true"
    assert site.running() == {serving}
    again = site.cli.run("local", "prune", "--json").check().json
    found = {each["id"] for kind in ("containers", "networks") for each in again[kind]}
    assert found.isdisjoint((orphan, left, network))
    assert again["images"] == []
    assert site.ask("a").text == "box 2\n"

    site.cli.run("delete", "--force").check()
    released = site.cli.run("local", "prune", "--json").check().json["images"]
    names = [image["name"].partition(":")[0] for image in released]
    assert names == [f"pywrangler.local/{site.project.application}"] * 2


@pytest.mark.docker
@pytest.mark.workerd
@pytest.mark.skipif(find_firewall() is None, reason="needs root on Linux, and iptables")
def test_prune_removes_the_rules_of_networks_that_are_gone(make_site: MakeSite) -> None:
    gone, other = f"pywrangler-{os.urandom(4).hex()}-internal", f"somebody-{os.urandom(4).hex()}"
    words = "INPUT -i br-{} -m comment --comment {} -j REJECT"
    rules = [words.format(name[-12:], name).split() for name in (gone, other)]
    site = make_site()
    try:
        for rule in rules:
            subprocess.run(["iptables", "-w", "-I", *rule], check=True)
        removed = site.cli.run("local", "prune", "--json").check().json
        assert gone in {each["id"] for each in removed["rules"]}
        checks = [subprocess.run(["iptables", "-w", "-C", *rule], capture_output=True) for rule in rules]
        assert [check.returncode == 0 for check in checks] == [False, True]
    finally:
        for rule in rules:
            subprocess.run(["iptables", "-w", "-D", *rule], capture_output=True)


@pytest.mark.docker
@pytest.mark.workerd
def test_everything_on_the_engine_says_who_owns_it(make_site: MakeSite) -> None:
    site = make_site()
    site.deploy()
    (running,) = site.platform.containers(running_only=True)
    found = running["Config"]["Labels"]
    assert found[labels.HOME] == str(site.platform.home)
    assert found[labels.MACHINE] == labels.machine_id()
    assert {labels.APPLICATION, labels.WORKER, labels.DURABLE_OBJECT, labels.NAMESPACE} <= found.keys()
    (network,) = running["NetworkSettings"]["Networks"]
    assert docker("network", "inspect", "--format", '{{index .Labels "pywrangler.home"}}', network) == str(
        site.platform.home
    )


@pytest.mark.docker
@pytest.mark.workerd
def test_snapshots_are_listed_and_deleted(make_site: MakeSite) -> None:
    site = make_site()
    assert site.cli.run("local", "snapshots").check().stderr.strip() == "There is no snapshot."
    snapshot = Snapshot("s-1", "a-1", "shop", "0" * 64, "sha256:none", 3_000_000, 1e9, 4e9, "first")
    database = open_database(site.platform.home / DATABASE_NAME)
    StoredSnapshots(database).save(snapshot)
    database.close()
    [listed] = site.cli.run("local", "snapshots", "--json").check().json
    assert (listed["id"], listed["worker"], listed["size_bytes"]) == ("s-1", "shop", 3_000_000)
    table = site.cli.run("local", "snapshots").check().stdout
    assert ("s-1" in table, "first" in table) == (True, True)
    assert site.cli.run("local", "snapshots", "--delete", "s-1").check()
    refused = site.cli.run("local", "snapshots", "--delete", "s-1")
    assert (refused.status, 'There is no snapshot "s-1"' in refused.stderr) == (1, True)
    assert site.cli.run("local", "snapshots", "--json").check().json == []
