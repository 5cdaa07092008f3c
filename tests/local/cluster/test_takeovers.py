"""How long sessions cannot be reached, with the leases that clusters have, and what is lost: nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

import pytest

from pywrangler.toolchain import Toolchain
from tests.local.cluster.conftest import Note
from tests.local.cluster.test_nodes import WORKER, project_of_sessions
from tests.support.command import Cli
from tests.support.http import request
from tests.support.projects import Project
from tests.support.servers.buckets import BucketServer
from tests.support.servers.nodes import Node, some_nodes, whole_nodes
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd, whole_nodes]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    with project_of_sessions(tmp_path_factory.mktemp("project"), max_instances=10) as project:
        yield project


@pytest.fixture(scope="module")
def nodes(
    short_directory: Path,
    toolchain: Toolchain,
    node_modules: Path,
    moto_server: BucketServer,
    project: Project,
) -> Iterator[list[Node]]:
    """Two nodes with the times of every cluster."""
    with some_nodes(short_directory / os.urandom(3).hex(), 2, toolchain, time_divisor=1) as nodes:
        nodes[0].init(moto_server.address(f"takeovers-{os.getpid()}"))
        nodes[1].join(nodes[0])
        Cli(project.directory, environment=nodes[0].environment).run("deploy").check()
        yield nodes


@dataclass
class Caller:
    """Asks for one session again and again, through one node."""

    node: Node
    url: str
    answers: list[tuple[float, int]] = field(default_factory=list)
    """When each answer came, and what it said."""
    failures: int = 0
    longest_seconds: float = 0.0

    def __enter__(self) -> Caller:
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._call)
        self._thread.start()
        eventually(lambda: self.answers, what="a first answer")
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _call(self) -> None:
        while not self._ends.is_set():
            begin = time.monotonic()
            try:
                answer = request(self.url)
                is_right = answer.status == 200
            except (OSError, HTTPException):
                is_right = False
            now = time.monotonic()
            self.longest_seconds = max(self.longest_seconds, now - begin)
            if is_right:
                self.answers.append((now, int(answer.text)))
            else:
                self.failures += 1
            self._ends.wait(0.05)

    def pause_after(self, moment: float) -> float:
        """How long after this moment the next answer came."""
        return (
            eventually(lambda: [when for when, _ in self.answers if when > moment], what="an answer")[0]
            - moment
        )


def counting(node: Node, project: Project, name: str) -> Caller:
    """A caller of a session that counts its calls in its storage."""
    return Caller(node, f"{node.worker_url(project.name)}/count?name={name}")


def test_a_killed_runtime_is_taken_over_at_once(nodes: list[Node], project: Project, note: Note) -> None:
    first, second = nodes
    name = f"killed-{os.urandom(3).hex()}"
    request(f"{first.worker_url(project.name)}/?name={name}")
    with counting(second, project, name) as caller:
        pid = first.runtime_pid(project.name)
        last = caller.answers[-1]
        os.kill(pid, signal.SIGKILL)
        begin = time.monotonic()
        eventually(lambda: first.runtime_pid(project.name) != pid, what="another runtime")
        seconds = caller.pause_after(begin + 0.2)
        count = len(caller.answers)
        eventually(lambda: len(caller.answers) >= count + 20, what="more answers")
    note("takeover after kill -9 of workerd, s", seconds)
    assert seconds < 15  # without the removal of its lease it would be 20
    numbers = [number for _, number in caller.answers]
    assert numbers == sorted(set(numbers)), "an answered write is lost"
    assert numbers[-1] >= last[1]


def test_a_stopped_node_hands_over_without_a_failed_request(
    nodes: list[Node], project: Project, note: Note
) -> None:
    first, second = nodes
    name = f"stopped-{os.urandom(3).hex()}"
    request(f"{first.worker_url(project.name)}/?name={name}")
    with counting(second, project, name) as caller:
        eventually(lambda: len(caller.answers) >= 50, what="answers")
        first.end()
        count = len(caller.answers)
        eventually(lambda: len(caller.answers) >= count + 100, what="more answers")
        first.start()
    note("longest wait in a planned stop, s", caller.longest_seconds)
    assert caller.failures == 0
    numbers = [number for _, number in caller.answers]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_new_version_reaches_all_nodes_without_a_failed_request(
    nodes: list[Node], project: Project, note: Note
) -> None:
    first, second = nodes
    name = f"deployed-{os.urandom(3).hex()}"
    request(f"{first.worker_url(project.name)}/?name={name}")
    with counting(second, project, name) as caller:
        project.write("src/index.js", WORKER.replace('"nothing"', '"something"'))
        Cli(project.directory, environment=first.environment).run("deploy").check()
        count = len(caller.answers)
        eventually(lambda: len(caller.answers) >= count + 50, what="more answers")
    note("longest wait in a deploy, s", caller.longest_seconds)
    assert caller.failures == 0
    numbers = [number for _, number in caller.answers]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_node_without_power_is_taken_over_when_its_lease_is_over(
    nodes: list[Node], project: Project, note: Note
) -> None:
    first, second = nodes
    name = f"dark-{os.urandom(3).hex()}"
    request(f"{first.worker_url(project.name)}/?name={name}")
    with counting(second, project, name) as caller:
        pid = first.runtime_pid(project.name)
        first.kill()
        os.kill(pid, signal.SIGKILL)
        begin = time.monotonic()
        first_after = caller.pause_after(begin + 0.2)
        count = len(caller.answers)
        eventually(lambda: len(caller.answers) >= count + 20, what="more answers")
        first.start()
        assert first.containers() == []
    note("takeover after power off, s", first_after)
    numbers = [number for _, number in caller.answers]
    assert numbers == sorted(set(numbers)), "an answered write is lost"


@pytest.mark.parametrize("seconds", [8, 30])
def test_a_bucket_that_does_not_answer_loses_nothing(
    nodes: list[Node], project: Project, moto_server: BucketServer, note: Note, seconds: int
) -> None:
    first, second = nodes
    name = f"frozen-{os.urandom(3).hex()}"
    request(f"{first.worker_url(project.name)}/?name={name}")
    with counting(second, project, name) as caller:
        moto_server.freeze()
        try:
            time.sleep(seconds)  # this long, whatever happens
        finally:
            moto_server.thaw()
        count = len(caller.answers)
        eventually(lambda: len(caller.answers) >= count + 20, timeout_seconds=120, what="more answers")
    note(f"failed requests with a bucket frozen for {seconds} s", caller.failures)
    note(f"longest wait with a bucket frozen for {seconds} s, s", caller.longest_seconds)
    numbers = [number for _, number in caller.answers]
    assert numbers == sorted(set(numbers)), "an answered write is lost"
