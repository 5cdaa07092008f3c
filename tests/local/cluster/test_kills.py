"""Nodes and their processes are killed in turn while clients write: what was answered is there, and no
session has two containers.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from pywrangler.engine import labels
from pywrangler.toolchain import Toolchain
from tests.local.cluster.conftest import Note
from tests.local.cluster.test_nodes import project_of_sessions
from tests.support.command import Cli
from tests.support.http import request
from tests.support.projects import Project
from tests.support.servers.buckets import BucketServer
from tests.support.servers.nodes import Node, some_nodes, whole_nodes
from tests.support.waiting import eventually

pytestmark = [pytest.mark.docker, pytest.mark.workerd, whole_nodes]

KILLS = int(os.environ.get("PYWRANGLER_TEST_KILLS", "20"))
SEED = os.environ.get("PYWRANGLER_TEST_SEED") or str(time.time_ns())
PAUSE_SECONDS = 0.05
RECOVERY_SECONDS = 90


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
    """Three nodes."""
    # Short leases are lost on a busy machine, and each blow ends with a start, which ends leases.
    with some_nodes(short_directory / os.urandom(3).hex(), 3, toolchain, time_divisor=1) as nodes:
        nodes[0].init(moto_server.address(f"kills-{os.getpid()}"))
        for node in nodes[1:]:
            node.join(nodes[0])
        Cli(project.directory, environment=nodes[0].environment).run("deploy").check()
        yield nodes


class Clients:
    """Write through all nodes, each its own things, and remember what was answered."""

    def __init__(self, nodes: list[Node], project: Project) -> None:
        self.nodes = nodes
        self.urls = [node.worker_url(project.name) for node in nodes]
        self.counts: defaultdict[str, list[int]] = defaultdict(list)
        """By session, what it has counted; one client at a time calls it."""
        self.values: set[str] = set()
        """Keys of KV."""
        self.namespaces: set[str] = set()
        """Titles of KV namespaces, which are rows of the state that nodes share."""
        self.failures = 0
        self._ends = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(number, work))
            for number in range(len(nodes))
            for work in (self._count, self._put, self._create)
        ]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def answered(self) -> Counter[str]:
        """How many answers each client has got."""
        return Counter(
            {
                **{f"count {name}": len(found) for name, found in list(self.counts.items())},
                "values": len(self.values),
                "namespaces": len(self.namespaces),
            }
        )

    def _work(self, number: int, work: Callable[[int, int], None]) -> None:
        turn = 0
        while not self._ends.wait(PAUSE_SECONDS):
            turn += 1
            try:
                work(number, turn)
            except (OSError, HTTPException, AssertionError, ValueError):
                self.failures += 1

    def _count(self, number: int, turn: int) -> None:
        name = f"session-{number}"
        # Through another node at each turn.
        url = self.urls[turn % len(self.urls)]
        if turn % 10 == 1:
            assert request(f"{url}/?name={name}").status == 200
        answer = request(f"{url}/count?name={name}")
        assert answer.status == 200
        self.counts[name].append(int(answer.text))

    def _put(self, number: int, turn: int) -> None:
        key = f"{number}-{turn}"
        answer = request(f"{self.urls[number]}/kv?key={key}", method="PUT", body=key.encode())
        assert (answer.status, answer.text) == (200, key)
        self.values.add(key)

    def _create(self, number: int, turn: int) -> None:
        title = f"title-{number}-{turn}"
        body = {"title": title}
        assert self.nodes[number].call("storage/kv/namespaces", method="POST", body=body)["title"] == title
        self.namespaces.add(title)
        self._ends.wait(1)


class Watcher:
    """Looks for sessions with two containers, as fast as the engine answers."""

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.looks = 0
        self.doubles: list[str] = []

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ends.wait(0.2):
            running = [each for node in self._nodes for each in node.containers(running_only=True)]
            owners = Counter(each["Config"]["Labels"][labels.DURABLE_OBJECT] for each in running)
            self.looks += 1
            self.doubles += [owner for owner, count in owners.items() if count > 1]


def kill_runtime(node: Node, project: Project) -> None:
    """The `workerd` of the Worker."""
    os.kill(node.runtime_pid(project.name), signal.SIGKILL)


def kill_values(node: Node, project: Project) -> None:
    """The `workerd` of KV, which also counts places."""
    os.kill(int((node.home / "key-values" / "workerd.pid").read_text()), signal.SIGKILL)


def kill_platform(node: Node, project: Project) -> None:
    """The platform alone, which a service manager starts again."""
    node.kill()
    node.start()


def kill_all(node: Node, project: Project) -> None:
    """Everything but the containers, as if a service manager did it."""
    pids = [int(file.read_text()) for file in node.home.rglob("workerd.pid")]
    node.kill()
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    node.start()


def stop_and_start(node: Node, project: Project) -> None:
    """A planned stop."""
    node.end()
    node.start()


WANTED = ("count session-0", "count session-1", "count session-2", "values", "namespaces")
BLOWS = (kill_runtime, kill_values, kill_platform, kill_all, stop_and_start)


def test_nothing_that_was_answered_is_lost(nodes: list[Node], project: Project, note: Note) -> None:
    chance = random.Random(SEED)  # noqa: S311 - not for secrets
    log = [f"seed {SEED}"]
    with Watcher(nodes) as watcher, Clients(nodes, project) as clients:
        eventually(
            lambda: all(clients.answered()[name] for name in WANTED),
            timeout_seconds=RECOVERY_SECONDS,
            what="first answers",
        )
        for number in range(KILLS):
            node, blow = chance.choice(nodes), BLOWS[number % len(BLOWS)]
            begin = time.monotonic()
            try:
                blow(node, project)
            except ProcessLookupError:  # what it would kill is just starting again
                log.append(f"{number}: {blow.__name__} of {node.name} found nothing")
                continue
            before = clients.answered()

            def has_recovered(before: Counter[str] = before) -> bool:
                return all(count > before[name] for name, count in clients.answered().items())

            eventually(
                has_recovered,
                timeout_seconds=RECOVERY_SECONDS,
                what=f"answers to all clients ({before}) after {blow.__name__} of {node.name} ({log})",
            )
            log.append(f"{number}: {blow.__name__} of {node.name}, {time.monotonic() - begin:.1f} s")
    note("kills", log)
    assert watcher.looks > KILLS
    assert watcher.doubles == [], log
    for name, counted in clients.counts.items():
        assert counted == sorted(set(counted)), f"{name} has lost a count: {log}"
    for url in clients.urls:
        for key in sorted(clients.values):
            assert request(f"{url}/kv?key={key}").text == key, f"{key}: {log}"
    for node in nodes:
        titles = {each["title"] for each in all_namespaces(node)}
        assert clients.namespaces <= titles, log


def all_namespaces(node: Node) -> list[dict[str, str]]:
    """The KV namespaces, of all pages."""
    found: list[dict[str, str]] = []
    page = 1
    while rows := node.call(f"storage/kv/namespaces?per_page=100&page={page}"):
        found += rows
        page += 1
    return found
