"""The rows, by what breaks."""

from __future__ import annotations

from tests.faults.records import Fault
from tests.faults.table import containers, files, machine, processes, values

ROWS: tuple[Fault, ...] = (
    *processes.ROWS,
    *files.ROWS,
    *machine.ROWS,
    *values.ROWS,
    *containers.ROWS,
)
