"""The output of containers: whose lines are shown, in which order, and how much of it is in memory."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from pathlib import Path

from pywrangler.local.daemon.logs.by_time import entries_by_time
from pywrangler.local.daemon.logs.container_logs import ContainerLogs
from pywrangler.local.instances.ledger import Ledger
from pywrangler.local.instances.records import Instance
from pywrangler.local.rest.operations import ContainerLogQuery
from pywrangler.local.workerd.logs import Line, LogBook
from tests.unit.instances.test_ledger import APPLICATION, Memory

MANY = replace(APPLICATION, max_instances=10)
CANARY_OBJECT, OBJECT = "c" * 64, "d" * 64


def texts_at(book: LogBook, *times: float) -> LogBook:
    book.add_lines([Line(time, "stdout", str(time)) for time in times])
    return book


class Scene:
    """An application whose containers write."""

    def __init__(self, directory: Path) -> None:
        self.ledger = Ledger(Memory())
        self.logs = ContainerLogs(directory, self.ledger)

    def start(self, object_id: str, *times: float) -> Instance:
        made = self.ledger.reserve(
            MANY, durable_object_id=object_id, container_name=f"workerd-{object_id}", time=1.0
        )
        assert made is not None
        texts_at(self.logs.book(made), *times)
        return made

    async def shown(self, **fields: str | float | int) -> list[str]:
        query = ContainerLogQuery(MANY.id, **fields)  # type: ignore[arg-type]
        return [line.text async for line in self.logs.read(query)]


async def test_what_a_rollout_tries_is_shown_if_it_is_named_or_failed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.start(OBJECT, 1.0, 3.0)
    scene.ledger.expect_canary(CANARY_OBJECT)
    canary = scene.start(CANARY_OBJECT, 2.0)
    assert await scene.shown() == ["1.0", "3.0"]
    assert await scene.shown(tail=2) == ["1.0", "3.0"]
    assert await scene.shown(instance=CANARY_OBJECT) == await scene.shown(instance=canary.id) == ["2.0"]
    scene.ledger.exited(canary.id, exit_code=1, oom_killed=False, time=4.0, reason="it ended")
    assert await scene.shown() == ["1.0", "2.0", "3.0"]


async def test_lines_of_all_instances_come_by_time(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    for number, times in enumerate([(5.0, 9.0), (), (1.0, 6.0, 7.0), (8.0, 10.0), (2.0,)]):
        scene.start(str(number) * 64, *times)
    assert await scene.shown() == [f"{each}.0" for each in (1, 2, 5, 6, 7, 8, 9, 10)]
    assert await scene.shown(since=7.0) == ["7.0", "8.0", "9.0", "10.0"]
    assert await scene.shown(tail=3) == ["8.0", "9.0", "10.0"]


def test_a_log_that_becomes_full_while_it_is_read_is_read_as_a_whole(tmp_path: Path) -> None:
    book = texts_at(LogBook(tmp_path / "a", max_bytes=100_000), *range(500))
    (tmp_path / "a").rename(tmp_path / "a.1")
    texts_at(book, *range(500, 1000))
    lines = book.lines()
    assert next(lines).time == 0
    (tmp_path / "a").rename(tmp_path / "a.1")
    texts_at(book, 1000)
    assert [line.time for line in lines] == list(range(1, 1001))


def test_stored_lines_are_not_in_memory_together(tmp_path: Path) -> None:
    books = [(str(number), LogBook(tmp_path / str(number))) for number in range(10)]
    for number, (_, book) in enumerate(books):
        book.add_lines([Line(number, "stdout", "x" * 1000) for _ in range(500)])
    tracemalloc.start()
    try:
        assert sum(len(entry.line.text) for entry in entries_by_time(books, 0)) == 5_000_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
