"""Runs one row: brings the scene to its stage, breaks it, asks the three questions."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.faults.ledger import STORES
from tests.faults.leftovers import images_left, leftovers
from tests.faults.records import During, Fault, Kind, Stage
from tests.faults.scene import SECRET, Scene, complaints_about
from tests.support.command import Running
from tests.support.waiting import eventually

WRITE_INTERVAL_SECONDS = 0.1
COMMAND_SECONDS = 150
IMAGES_SECONDS = 20


def run(fault: Fault, scene: Scene) -> list[str]:
    """What fell short, in words; empty if the fault was survived."""
    scene.reach(fault.stage)
    scene.change()
    found = _break(fault, scene)
    found += completes(fault, scene)
    if not found:
        scene.note()
        found += serves(scene, has_stores=not fault.ruins)
        for check in fault.afterwards:
            found += check.shortfalls(scene)
    scene.note()
    if scene.kind is Kind.CONTAINER and not found:
        found += _images_left(scene)
    found += complaints_about(scene.cli.run("local", "stop", timeout_seconds=COMMAND_SECONDS))
    return found + [f"left: {each}" for each in leftovers(scene)]


def _images_left(scene: Scene) -> list[str]:
    """Old images go some seconds after a deploy."""
    deadline = time.monotonic() + IMAGES_SECONDS
    while (found := images_left(scene)) and time.monotonic() < deadline:
        time.sleep(0.5)  # a listing takes about as long
    return [f"left: {each}" for each in found]


def completes(fault: Fault, scene: Scene) -> list[str]:
    """The first question: does the same command complete now?"""
    result = scene.cli.run(*fault.command, stdin=fault.stdin, timeout_seconds=COMMAND_SECONDS)
    found = complaints_about(result)
    if not found and fault.command[0] != "deploy":
        found = complaints_about(scene.cli.run("deploy", timeout_seconds=COMMAND_SECONDS))
    return found


def serves(scene: Scene, *, has_stores: bool = True) -> list[str]:
    """The second question: does what was deployed run, and has it its secret and every answered write?"""
    found = []
    expected = {"/version": str(scene.version)}
    if has_stores and scene.has_secret:
        expected["/secret"] = SECRET
    if scene.kind is Kind.CONTAINER:
        expected["/box/revision"] = str(scene.version)
    for path, text in expected.items():
        answer = scene.ask(path)
        if (answer.status, answer.text.strip()) != (200, text):
            found.append(f"{path} answers {answer.status} {answer.text[:200]!r}, not {text!r}")
    stored = scene.ask("/stored")
    if stored.status != 200:
        return [*found, f"the stores do not answer: {stored.status} {stored.text[:500]}"]
    return found + (scene.ledger.lost(stored.json) if has_stores else [])


def _break(fault: Fault, scene: Scene) -> list[str]:
    found: list[str] = []
    with ExitStack() as broken:
        for each in fault.before:
            broken.enter_context(each.broken(scene))
        writing = broken.enter_context(_writing(scene)) if fault.stage is Stage.SERVING else None
        running = _begin(fault.during, scene) if fault.during else None
        for each in fault.breaks:
            broken.enter_context(each.broken(scene))
        for check in fault.meanwhile:
            found += check.shortfalls(scene)
        if fault.during and running:
            result = running.wait(COMMAND_SECONDS)
            found += complaints_about(result, fault.during.statuses)
        if writing:
            writing.set()
    return found


def _begin(during: During, scene: Scene) -> Running:
    running = scene.cli.start(*during.command, stdin=during.stdin, **during.environment)
    if during.says:
        eventually(
            lambda: during.says in running.shown() + running.said() or running.process.poll() is not None,
            what=f"the line {during.says!r}",
        )
    threading.Event().wait(during.after_seconds)  # the moment is a time: any is a fault's
    return running


@contextmanager
def _writing(scene: Scene) -> Iterator[threading.Event]:
    """Write numbers to all stores, in turn, until the event is set or the context ends."""
    ended = threading.Event()

    def write() -> None:
        while True:
            for store in STORES:
                if ended.wait(WRITE_INTERVAL_SECONDS):
                    return
                scene.write(store)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield ended
    finally:
        ended.set()
        thread.join()
