"""Whether a process can be asked to stop, from what Linux says about it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from pywrangler.local.gateway.containers.term_handlers import catches_sigterm, has_handler


@pytest.mark.parametrize(
    ("mask", "catches"),
    [("0000000000004000", True), ("0000000000000000", False), ("00000001800004b8", False)],
)
def test_the_mask_of_caught_signals_decides(mask: str, catches: bool) -> None:
    assert catches_sigterm(f"Name:\tsh\nSigIgn:\tffffffffffffffff\nSigCgt:\t{mask}\nCapInh:\t0\n") is catches


def test_without_the_line_it_is_unknown() -> None:
    assert catches_sigterm("Name:\tsh\n") is None


def process(directory: Path, cgroup: str) -> Path:
    (directory / "7").mkdir()
    (directory / "7/cgroup").write_text(cgroup)
    (directory / "7/status").write_text("SigCgt:\t0000000000000000\n")
    return directory


def test_a_process_of_another_machine_is_not_looked_at(tmp_path: Path) -> None:
    proc = process(tmp_path, "0::/system.slice/docker-abc.scope\n")
    assert has_handler(7, "abc", proc) is False
    assert has_handler(7, "def", proc) is None
    assert has_handler(8, "abc", proc) is None
    assert has_handler(0, "abc", proc) is None


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="not Linux")
def test_linux_shows_handlers_in_this_form() -> None:
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        assert catches_sigterm(Path(f"/proc/{os.getpid()}/status").read_text()) is True
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        assert catches_sigterm(Path(f"/proc/{os.getpid()}/status").read_text()) is False
    finally:
        signal.signal(signal.SIGTERM, before)
