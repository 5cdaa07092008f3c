"""Every row of the table, with the same three questions."""

from __future__ import annotations

import pytest

from tests.faults.conftest import Scenes
from tests.faults.harness import run
from tests.faults.own_engine import has_own_engine
from tests.faults.records import Fault
from tests.faults.scene import has_small_disks
from tests.faults.table import ROWS

CHOSEN = [fault for fault in ROWS if fault.is_quick or has_own_engine()]


@pytest.mark.workerd
@pytest.mark.slow
@pytest.mark.parametrize("fault", CHOSEN, ids=[fault.name for fault in CHOSEN])
def test_fault(fault: Fault, scenes: Scenes) -> None:
    if fault.is_linux and not has_small_disks():
        pytest.skip("it mounts a disk, which takes Linux and root")
    scene = scenes.get(fault.kind)
    try:
        found = run(fault, scene)
        scene.is_ruined = bool(found) or fault.ruins
    except BaseException:
        scene.is_ruined = True
        raise
    if found:
        pytest.fail("\n".join(found), pytrace=False)
