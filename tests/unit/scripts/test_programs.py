"""Programs that tests and measurements want: only absent ones are installed, and a failure stops nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from scripts import programs
from scripts.machine import SetupError


def test_only_what_is_absent_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(programs, "has", lambda program: program == "wrk")
    monkeypatch.setattr(programs, "this_os", lambda: {"ID": "debian"})
    monkeypatch.setattr(programs, "install_packages", asked.extend)
    assert programs.main(["wrk"]) == 0
    assert asked == []
    assert programs.main(["wrk", "gcc", "docker-registry"]) == 0
    assert asked == ["gcc", "libc6-dev", "docker-registry"]


def test_where_it_cannot_be_installed_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Sequence[str]) -> None:
        raise SetupError("no such package")

    monkeypatch.setattr(programs, "has", lambda _: False)
    monkeypatch.setattr(programs, "install_packages", refuse)
    for system, expected in (("fedora", "Install it by hand"), ("debian", "no such package")):
        monkeypatch.setattr(programs, "this_os", lambda system=system: {"ID": system})
        assert programs.main(["wrk"]) == 0
        assert expected in capsys.readouterr().err
