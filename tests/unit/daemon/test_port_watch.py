"""When a container listens in the wrong place for good, by value: seconds are made up, nothing waits."""

from __future__ import annotations

import pytest

from pywrangler.local.daemon.bring_up.port_watch import PortWatch
from pywrangler.local.daemon.bring_up.thrown import stacks
from pywrangler.local.gateway.tunnels.listening import ListeningPorts

INSIDE, DEBUGGER = ListeningPorts(8080, "127.0.0.1"), ListeningPorts(9229, "127.0.0.1")
OTHER, EVERYWHERE = ListeningPorts(9090, "0.0.0.0"), ListeningPorts(8080, "0.0.0.0")
IDLE, BUSY = 0.0, 0.5


def judged(
    *seen: ListeningPorts, seconds: int, cpu: float | None = IDLE, before: tuple[ListeningPorts, ...] = ()
) -> bool:
    """The judgement after that many seconds with these ports, of which each uses `cpu` of a processor."""
    watch = PortWatch()
    watch.note(before, 0.0, -1.0)
    for second in range(seconds + 1):
        watch.note(seen, None if cpu is None else cpu * second, float(second))
    return watch.is_wrong({8080}, float(seconds))


@pytest.mark.parametrize(
    ("seen", "seconds", "cpu", "is_wrong"),
    [
        pytest.param((INSIDE,), 3, BUSY, True, id="the port itself, inside only"),
        pytest.param((INSIDE,), 2, IDLE, False, id="the same, for a moment"),
        pytest.param((INSIDE, EVERYWHERE), 60, IDLE, False, id="the port itself, everywhere"),
        pytest.param((OTHER,), 10, IDLE, True, id="another port of an idle program"),
        pytest.param((OTHER,), 9, IDLE, False, id="the same, for a moment"),
        pytest.param((OTHER,), 60, BUSY, False, id="another port of a program that still starts"),
        pytest.param((OTHER,), 60, None, False, id="another port, and no one knows what the program does"),
        pytest.param((DEBUGGER,), 60, IDLE, False, id="a debugger waits for the program"),
        pytest.param((), 60, IDLE, False, id="nothing yet"),
    ],
)
def test_a_wrong_port_is_told_from_a_slow_start(
    seen: tuple[ListeningPorts, ...], seconds: int, cpu: float | None, is_wrong: bool
) -> None:
    assert judged(*seen, seconds=seconds, cpu=cpu) is is_wrong


def test_a_port_that_opens_begins_the_time_anew() -> None:
    watch = PortWatch()
    for second in range(20):
        opened = (OTHER,) if second < 9 else (OTHER, ListeningPorts(7070, "0.0.0.0"))
        watch.note(opened, 0.0, float(second))
        assert watch.is_wrong({8080}, float(second)) is (second == 19)


def test_ports_that_nothing_asked_for_are_never_wrong() -> None:
    watch = PortWatch()
    watch.note((OTHER,), 0.0, 0.0)
    assert not watch.is_wrong(set(), 100.0)


def test_the_stack_of_a_class_is_found_by_its_message() -> None:
    thrown = {"message": "no length", "stack": "    at helper (src/a.ts:2:1)\n    at new Box (src/a.ts:7:3)"}
    event = {"entrypoint": "Box", "exceptions": [{"message": "no length"}, thrown]}
    assert [*stacks(event, "Box", "it threw: no length")] == [
        ("at helper (src/a.ts:2:1)", "at new Box (src/a.ts:7:3)")
    ]
    assert [*stacks(event, "Other", "no length")] == []
    assert [*stacks(event, "Box", "something else")] == []
