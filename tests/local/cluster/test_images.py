"""A container's image reaches an engine that does not have it, through the bucket."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.archives import assemble, split
from pywrangler.toolchain import Toolchain
from tests.support.command import Cli
from tests.support.containers import remove_images
from tests.support.http import request
from tests.support.projects import WORKER, Project, make_project
from tests.support.servers.buckets import BucketServer
from tests.support.servers.nodes import Node, some_nodes, whole_nodes
from tests.support.waiting import eventually


def make_archive(tmp_path: Path, layer: bytes) -> None:
    """An archive with small and large entries, one of them twice, and a link."""
    with tarfile.open(tmp_path / "image.tar", "w") as tar:
        for name, content in (("manifest.json", b"[]"), ("blobs/sha256/x", layer), ("again", layer)):
            (tmp_path / "content").write_bytes(content)
            tar.add(tmp_path / "content", name)
        os.symlink("manifest.json", tmp_path / "link")
        tar.add(tmp_path / "link", "link")


async def test_an_archive_is_the_same_after_its_parts(tmp_path: Path) -> None:
    layer = os.urandom(100_000)
    make_archive(tmp_path, layer)
    stored: dict[str, bytes] = {}

    async def add(digest: str, file: Path) -> None:
        stored[digest] = await asyncio.to_thread(file.read_bytes)

    async def find(digest: str) -> Path | None:
        if digest not in stored:
            return None
        (tmp_path / digest).write_bytes(stored[digest])
        return tmp_path / digest

    parts = await split(tmp_path / "image.tar", tmp_path / "scratch", add)
    assert stored == {hashlib.sha256(layer).hexdigest(): layer}
    await assemble(parts, tmp_path / "again.tar", find)
    with tarfile.open(tmp_path / "again.tar") as tar:
        found = [(each.name, each.type, each.size, each.linkname) for each in tar]
        assert tar.extractfile("blobs/sha256/x").read() == layer  # type: ignore[union-attr]
    assert found == [
        ("manifest.json", tarfile.REGTYPE, 2, ""),
        ("blobs/sha256/x", tarfile.REGTYPE, 100_000, ""),
        ("again", tarfile.REGTYPE, 100_000, ""),
        ("link", tarfile.SYMTYPE, 0, "manifest.json"),
    ]
    stored.clear()
    with pytest.raises(PywranglerError, match="is not in the bucket of the cluster"):
        await assemble(parts, tmp_path / "third.tar", find)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    # A session of each test, and one more: those of the first test still run in the second one.
    project = make_project(tmp_path_factory.mktemp("project") / "it", container={"max_instances": 8})
    yield project
    remove_images(f"pywrangler.local/{project.name}-*")


@pytest.fixture(scope="module")
def nodes(
    short_directory: Path, toolchain: Toolchain, node_modules: Path, moto_server: BucketServer
) -> Iterator[list[Node]]:
    """Two nodes with one engine."""
    with some_nodes(short_directory / os.urandom(3).hex(), 2, toolchain) as nodes:
        for node in nodes:
            node.environment["PYWRANGLER_CLUSTER_TIME_DIVISOR"] = "1"
        nodes[0].init(moto_server.address(f"images-{os.getpid()}"))
        nodes[1].join(nodes[0])
        yield nodes


@pytest.mark.docker
@pytest.mark.workerd
@whole_nodes
def test_an_engine_without_the_image_gets_it(nodes: list[Node], project: Project) -> None:
    first, second = nodes
    Cli(project.directory, environment=first.environment).run("deploy").check()
    engine = docker.from_env()
    try:
        for node in nodes:
            for container in node.containers():
                engine.api.remove_container(container["Id"], force=True)
        images = engine.images.list(filters={"reference": f"pywrangler.local/{project.name}*"})
        assert images
        for image in images:
            engine.images.remove(image.id, force=True)
        assert not engine.images.list(filters={"reference": f"pywrangler.local/{project.name}*"})
        answer = request(f"{second.worker_url(project.name)}/?name=elsewhere")
        assert (answer.status, answer.text.strip()) == (200, "box 1")
    finally:
        engine.close()


@pytest.mark.docker
@pytest.mark.workerd
@whole_nodes
def test_a_rollout_replaces_the_instances_of_every_node(nodes: list[Node], project: Project) -> None:
    first, second = nodes
    Cli(project.directory, environment=first.environment).run("deploy").check()
    for name, node in (("one", first), ("two", second)):
        assert request(f"{node.worker_url(project.name)}/?name={name}").text.strip() == "box 1"
    before = {container["Id"] for node in nodes for container in node.containers()}
    project.replace("Dockerfile", "box 1", "box 2")
    Cli(project.directory, environment=second.environment).run("deploy").check()

    def are_new() -> bool:
        texts = [request(f"{node.worker_url(project.name)}/?name=one").text.strip() for node in nodes]
        texts += [request(f"{node.worker_url(project.name)}/?name=two").text.strip() for node in nodes]
        return set(texts) == {"box 2"}

    eventually(are_new, what="the new image in both sessions", timeout_seconds=60)
    after = {container["Id"] for node in nodes for container in node.containers()}
    assert not before & after


@pytest.mark.docker
@pytest.mark.workerd
@whole_nodes
def test_a_version_comes_back_on_a_node_whose_engine_has_not_its_image(
    nodes: list[Node], project: Project
) -> None:
    first, second = nodes
    cli = Cli(project.directory, environment=first.environment)
    current = (project.directory / "Dockerfile").read_text()
    for number in (3, 4):
        word = f"box {number}"
        project.write("Dockerfile", re.sub(r"box \d", word, current))
        project.write("src/index.js", WORKER.replace("worker 1", f"worker {number}"))
        cli.run("deploy").check()
        name = f"of-{number}"
        eventually(
            lambda name=name, word=word: (  # type: ignore[misc]
                request(f"{second.worker_url(project.name)}/?name={name}").text.strip() == word
            ),
            what=word,
        )
    remove_images(f"pywrangler.local/{project.name}-*")
    Cli(project.directory, environment=second.environment).run(
        "rollback", "--yes", "--message", "back"
    ).check()

    def is_back() -> bool:
        return request(f"{first.worker_url(project.name)}/?name=back").text.strip() == "box 3"

    eventually(is_back, timeout_seconds=60, what="the image of the version before")
