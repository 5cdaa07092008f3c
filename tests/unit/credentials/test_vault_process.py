"""The keyring that another process opens."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path

import pytest

from pywrangler.credentials import vault_process
from pywrangler.credentials.vault_process import separate_vault

BACKEND = """
import pathlib
from keyring.backend import KeyringBackend

FILE = pathlib.Path(__file__).with_name("kept")


class Filed(KeyringBackend):
    priority = 1

    def set_password(self, service, username, password):
        FILE.write_text(f"{service} {username} {password}")

    def get_password(self, service, username):
        known_service, name, password = FILE.read_text().split()
        return password if (known_service, name) == (service, username) else None
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a keyring that other processes find."""
    (tmp_path / "filed_keyring.py").write_text(BACKEND)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "filed_keyring.Filed")
    return tmp_path / "kept"


def test_a_keyring_keeps_and_gives(kept: Path) -> None:
    vault = separate_vault()
    assert vault.keep("a-name", "a-secret")
    assert kept.read_text() == "pywrangler a-name a-secret"
    assert vault.read("a-name") == "a-secret"
    assert vault.read("another") is None


def test_a_broken_keyring_keeps_nothing(kept: Path) -> None:
    kept.mkdir()
    assert not separate_vault().keep("a-name", "a-secret")
    assert separate_vault().read("a-name") is None


def test_a_keyring_that_waits_for_a_person_counts_as_none(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(silent.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(vault_process.sys, "executable", str(silent))
    monkeypatch.setattr(vault_process, "TIMEOUT_SECONDS", 0.1)
    assert not separate_vault().keep("a-name", "a-secret")
    assert not kept.exists()


@pytest.mark.parametrize(("words", "answer"), [(["a-name", "a-secret"], "false"), (["a-name"], "null")])
def test_what_the_process_answers_without_a_keyring(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], answer: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(words)))
    vault_process.main()
    assert capsys.readouterr().out == answer
