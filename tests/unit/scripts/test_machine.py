"""Reading what a Debian or Ubuntu machine says about itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts import machine
from scripts.machine import apt_mirror, os_release, root_args, succeeds

ONE_LINE = """\
# deb http://commented/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://other/tool stable main
deb [arch=amd64] http://mirror/debian bookworm main contrib
"""
DEB822 = """\
Types: deb
# http://snapshot/debian
URIs: http://mirror/debian http://second/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://mirror/debian-security
Suites: bookworm-security
Components: main
"""


@pytest.mark.parametrize("text", [ONE_LINE, DEB822])
def test_the_mirror_is_the_machines_own(text: str) -> None:
    assert apt_mirror([text], "bookworm") == "http://mirror/debian"
    assert apt_mirror(["", text], "trixie") is None


def test_a_source_that_is_switched_off_does_not_count() -> None:
    assert apt_mirror([DEB822.replace("Types: deb\n#", "Enabled: no\n#")], "bookworm") is None


def test_os_release_is_read_with_and_without_quotes() -> None:
    assert os_release('ID=debian\nVERSION_ID="12"\n\n') == {"ID": "debian", "VERSION_ID": "12"}


def test_root_needs_no_sudo_and_others_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert root_args(["apt-get", "update"]) == ["apt-get", "update"]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(machine, "has", lambda program: program == "sudo")
    assert root_args(["apt-get", "update"]) == ["sudo", "apt-get", "update"]
    monkeypatch.setattr(machine, "has", lambda program: False)
    with pytest.raises(machine.SetupError, match="needs root"):
        root_args(["apt-get", "update"])


def test_a_program_that_is_absent_fails_or_hangs_does_not_succeed() -> None:
    assert succeeds(["true"])
    assert not succeeds(["false"])
    assert not succeeds(["/nowhere/program"])
    assert not succeeds(["sleep", "30"], timeout_seconds=0.1)
