"""Starts of containers that a runtime is asked for while it is replaced."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pywrangler.local.daemon.workers.control import BringUpCall, Control, ControlError
from tests.support.waiting import eventually_async

CALL = BringUpCall("Box", "0" * 64, 60.0)


class Asked(Control):
    """A control whose calls end when the test says so."""

    def __init__(self) -> None:
        super().__init__(Path("unused"), self._never)
        self.calls_begun = 0
        self.response = asyncio.Event()

    async def _never(self) -> None:
        raise AssertionError

    async def _call(self, _route: str, _body: dict[str, Any], _seconds: float = 0.0) -> dict[str, Any]:
        self.calls_begun += 1
        await self.response.wait()
        return {"method": f"call {self.calls_begun}"}


async def begun(control: Asked, count: int) -> None:
    async def is_begun() -> bool:
        return control.calls_begun >= count

    await eventually_async(is_begun)


async def test_an_interrupted_start_is_repeated() -> None:
    control = Asked()
    asking = asyncio.create_task(control.bring_up(CALL))
    await begun(control, 1)
    with control.starts_held() as is_starting:
        assert is_starting
        await asyncio.sleep(0.01)  # it must not be asked again yet
        assert control.calls_begun == 1
    await begun(control, 2)
    control.response.set()
    assert (await asking).method == "call 2"
    with control.starts_held() as is_starting:
        assert not is_starting, "nothing is in progress"


async def test_a_runtime_that_ends_is_asked_for_no_start() -> None:
    control = Asked()
    with control.starts_held() as is_starting:
        assert not is_starting
        asking = asyncio.create_task(control.bring_up(CALL))
        await asyncio.sleep(0.05)  # it must not be asked
        assert control.calls_begun == 0
    await begun(control, 1)
    control.response.set()
    assert (await asking).method == "call 1"


async def test_a_start_that_waits_for_the_next_runtime_is_given_up_without_one() -> None:
    control = Asked()
    with control.starts_held():
        asking = asyncio.create_task(control.bring_up(CALL))
        await asyncio.sleep(0)
        control.close()
        with pytest.raises(ControlError, match="stopped"):
            await asking


async def test_without_a_next_runtime_it_is_given_up() -> None:
    control = Asked()
    asking = asyncio.create_task(control.bring_up(CALL))
    await begun(control, 1)
    control.close()
    with pytest.raises(ControlError, match="stopped"):
        await asking
    with pytest.raises(ControlError):
        await control.bring_up(CALL)
    assert control.calls_begun == 1


async def test_who_gives_up_waiting_ends_the_call() -> None:
    control = Asked()
    asking = asyncio.create_task(control.bring_up(CALL))
    await begun(control, 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    with control.starts_held() as is_starting:
        assert is_starting, "the code may go on with it"
    with control.starts_held() as is_starting:
        assert not is_starting, "it is another runtime"
