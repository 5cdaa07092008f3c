"""What is changed through one node is so on all: Workers, secrets, static assets, deletions."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from pywrangler.toolchain import Toolchain
from tests.support.command import Cli
from tests.support.http import request
from tests.support.servers.buckets import BucketServer
from tests.support.servers.nodes import Node, some_nodes, whole_nodes
from tests.support.waiting import eventually

pytestmark = [pytest.mark.workerd, whole_nodes]

WORKER = """\
export default {
  fetch(request, env) {
    const path = new URL(request.url).pathname;
    return new Response(path === "/secret" ? (env.KEY ?? "none") : "version 1");
  },
};
"""
RUNTIME = """\
#!/bin/sh
# workerd, unless the node of this directory refuses to start it.
if [ "$1" = serve ] && [ -e "{refusal}" ]; then echo "refused by the test" >&2; exit 1; fi
exec "{workerd}" "$@"
"""


class Lab:
    """Two nodes, and a Worker's project."""

    def __init__(self, nodes: list[Node], directory: Path) -> None:
        self.nodes = nodes
        self.directory = directory

    def project(self, name: str, code: str = WORKER, **fields: object) -> Path:
        """A project of a Worker, written anew."""
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        (directory / "index.js").write_text(code)
        config = {"name": name, "main": "index.js", "compatibility_date": "2026-01-01", **fields}
        (directory / "wrangler.jsonc").write_text(json.dumps(config))
        return directory

    def cli(self, node: Node, project: Path) -> Cli:
        """The command line, with a node as the platform."""
        return Cli(project, environment=node.environment)

    def refusal(self, node: Node) -> Path:
        """The file with which a node starts no `workerd`."""
        return node.home.with_suffix(".refuses")


@pytest.fixture(scope="module")
def lab(
    short_directory: Path,
    tmp_path_factory: pytest.TempPathFactory,
    toolchain: Toolchain,
    moto_server: BucketServer,
) -> Iterator[Lab]:
    """A cluster of two nodes, made before anything was deployed."""
    with some_nodes(short_directory / os.urandom(3).hex(), 2, toolchain) as nodes:
        lab = Lab(nodes, tmp_path_factory.mktemp("projects"))
        for node in nodes:
            node.home.parent.mkdir(parents=True, exist_ok=True)
            runtime = node.home.with_suffix(".workerd")
            runtime.write_text(RUNTIME.format(refusal=lab.refusal(node), workerd=toolchain.workerd))
            runtime.chmod(0o755)
            node.environment["PYWRANGLER_WORKERD"] = str(runtime)
            # No test waits for a lease here, and short ones are lost on a busy machine.
            node.environment["PYWRANGLER_CLUSTER_TIME_DIVISOR"] = "1"
        nodes[0].init(moto_server.address(f"shared-workers-{os.getpid()}"))
        nodes[1].join(nodes[0])
        yield lab


def answer(node: Node, worker: str, path: str = "/") -> str | None:
    """What a Worker answers on a node; None where it does not run."""
    try:
        found = request(f"{node.worker_url(worker)}{path}")
    except (OSError, HTTPException, AssertionError):
        return None
    return found.text if found.status == 200 else None


def answers(lab: Lab, worker: str, path: str = "/") -> list[str | None]:
    """What it answers on each node."""
    return [answer(node, worker, path) for node in lab.nodes]


def test_a_deploy_through_either_node_is_on_both_when_it_returns(lab: Lab) -> None:
    first, second = lab.nodes
    project = lab.project("shared")
    lab.cli(first, project).run("deploy").check()
    assert answers(lab, "shared") == ["version 1"] * 2
    (project / "index.js").write_text(WORKER.replace("version 1", "version 2"))
    lab.cli(second, project).run("deploy").check()
    assert answers(lab, "shared") == ["version 2"] * 2
    deployments = lab.cli(first, project).run("deployments", "list", "--json").check().json
    assert len(deployments) == 2
    lab.cli(first, project).run("rollback", "--yes", "--message", "back").check()
    assert answers(lab, "shared") == ["version 1"] * 2


def test_a_secret_is_on_both_and_in_no_object_of_the_bucket(lab: Lab, moto_server: BucketServer) -> None:
    first, second = lab.nodes
    project = lab.project("secretive")
    lab.cli(first, project).run("deploy").check()
    lab.cli(second, project).run("secret", "put", "KEY", stdin="a-planted-value\n").check()
    eventually(lambda: answers(lab, "secretive", "/secret") == ["a-planted-value"] * 2, what="the secret")
    assert first.settings is not None
    bucket = moto_server.read_all(first.settings.bucket.prefix)
    assert any(b"secretive" in content for content in bucket.values())
    assert [key for key, content in bucket.items() if b"a-planted-value" in content] == []


def test_static_assets_are_served_by_both(lab: Lab) -> None:
    project = lab.project("pages", assets={"directory": "public"})
    (project / "public").mkdir(exist_ok=True)
    (project / "public" / "page.html").write_text("<h1>page</h1>")
    lab.cli(lab.nodes[1], project).run("deploy").check()
    assert answers(lab, "pages", "/page") == ["<h1>page</h1>"] * 2


def test_a_version_that_one_node_cannot_start_runs_on_none(lab: Lab) -> None:
    first, second = lab.nodes
    project = lab.project("careful")
    lab.cli(first, project).run("deploy").check()
    (project / "index.js").write_text(WORKER.replace("version 1", "version 2"))
    lab.refusal(second).touch()
    try:
        refused = lab.cli(first, project).run("deploy")
    finally:
        lab.refusal(second).unlink()
    assert refused.status == 1
    assert second.settings is not None
    assert f"does not start on the node {second.name}" in refused.stderr
    assert answer(first, "careful") == "version 1"
    eventually(lambda: answers(lab, "careful") == ["version 1"] * 2, what="the former version")
    lab.cli(first, project).run("deploy").check()
    assert answers(lab, "careful") == ["version 2"] * 2


def test_a_new_worker_that_one_node_cannot_start_leaves_nothing(lab: Lab) -> None:
    first, second = lab.nodes
    project = lab.project("unwanted")
    lab.refusal(second).touch()
    try:
        assert lab.cli(first, project).run("deploy").status == 1
    finally:
        lab.refusal(second).unlink()
    for node in lab.nodes:
        assert "unwanted" not in [each["id"] for each in node.call("workers/scripts")]


def test_two_deploys_at_once_end_with_one_version_everywhere(lab: Lab) -> None:
    projects = []
    for number, node in enumerate(lab.nodes):
        project = lab.project("raced", WORKER.replace("version 1", f"of node {number}"))
        copy = project.with_name(f"raced-{number}")
        project.rename(copy)
        projects.append((node, copy))
    results = []
    threads = [
        threading.Thread(target=lambda each=each: results.append(lab.cli(each[0], each[1]).run("deploy")))  # type: ignore[misc]
        for each in projects
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.status for result in results] == [0, 0], [str(result) for result in results]

    def agree() -> bool:
        found = answers(lab, "raced")
        return found[0] is not None and found[0] == found[1]

    eventually(agree, what="one version on both nodes")
    versions = [node.call("workers/scripts/raced/versions")["items"] for node in lab.nodes]
    assert sorted(each["number"] for each in versions[0]) == [1, 2]
    assert versions[0] == versions[1]


def test_a_node_that_was_away_has_what_was_deployed_meanwhile(lab: Lab) -> None:
    first, second = lab.nodes
    project = lab.project("meanwhile")
    second.end()
    lab.cli(first, project).run("deploy").check()
    assert answer(first, "meanwhile") == "version 1"
    second.start()
    eventually(lambda: answers(lab, "meanwhile") == ["version 1"] * 2, what="the Worker on both")


def test_a_change_of_one_worker_restarts_no_other(lab: Lab) -> None:
    first, second = lab.nodes
    for name in ("quiet", "changing"):
        lab.cli(first, lab.project(name)).run("deploy").check()
    before = [node.runtime_pid("quiet") for node in lab.nodes]
    was = [node.runtime_pid("changing") for node in lab.nodes]
    project = lab.project("changing")
    lab.cli(second, project).run("secret", "put", "KEY", stdin="value\n").check()
    eventually(lambda: answers(lab, "changing", "/secret") == ["value"] * 2, what="the change")
    assert [node.runtime_pid("changing") for node in lab.nodes] != was
    assert [node.runtime_pid("quiet") for node in lab.nodes] == before


def test_a_deleted_worker_is_gone_on_both(lab: Lab) -> None:
    first, second = lab.nodes
    project = lab.project("short-lived")
    lab.cli(first, project).run("deploy").check()
    url = first.worker_url("short-lived")
    lab.cli(second, project).run("delete", "--force").check()

    def is_gone() -> bool:
        try:
            return request(url).status != 200
        except (OSError, HTTPException):
            return True

    eventually(is_gone, what="the end of the Worker on the other node")
