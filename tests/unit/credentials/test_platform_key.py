"""The platform's key: made once, kept where it stays readable, and never replaced in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest

from pywrangler.credentials.platform_key import FILE_NAME, load_or_create
from pywrangler.errors import MissingError


class Memory(keyring.backend.KeyringBackend):
    """A keyring that keeps what it is given; `is_locked` makes it answer nothing."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, *, forgets: bool = False) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.forgets = forgets
        self.is_locked = False

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it, unless this keyring forgets."""
        if not self.forgets:
            self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        """What was kept."""
        if self.is_locked:
            raise keyring.errors.KeyringLocked
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""
        self.kept.pop((service, username), None)


@pytest.fixture
def memory() -> Iterator[Memory]:
    """The keyring of the process for one test."""
    before = keyring.get_keyring()
    keyring.set_keyring(made := Memory())
    yield made
    keyring.set_keyring(before)


def test_without_a_keyring_the_key_is_in_a_private_file(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = load_or_create(home)
    assert len(key) == 32
    assert load_or_create(home) == key
    assert (home / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in home.iterdir()] == [FILE_NAME]


def test_a_keyring_keeps_the_key_and_the_file_says_so(tmp_path: Path, memory: Memory) -> None:
    key = load_or_create(tmp_path)
    assert load_or_create(tmp_path) == key
    assert len(memory.kept) == 1
    assert "key" not in json.loads((tmp_path / FILE_NAME).read_text())


def test_a_keyring_that_forgets_is_no_keyring(tmp_path: Path, memory: Memory) -> None:
    memory.forgets = True
    assert load_or_create(tmp_path) == load_or_create(tmp_path)
    assert "key" in json.loads((tmp_path / FILE_NAME).read_text())


def test_a_keyring_that_answers_no_more_is_an_error_and_no_new_key(tmp_path: Path, memory: Memory) -> None:
    key = load_or_create(tmp_path)
    memory.is_locked = True
    with pytest.raises(MissingError, match="does not answer"):
        load_or_create(tmp_path)
    memory.is_locked = False
    assert load_or_create(tmp_path) == key


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"key": "c2hvcnQ="}', '{"key": 5}'])
def test_a_damaged_file_is_an_error_and_no_new_key(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(MissingError, match="damaged"):
        load_or_create(tmp_path)
    assert (tmp_path / FILE_NAME).read_text() == text


def test_all_who_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(load_or_create, [tmp_path] * 8))
    assert len(keys) == 1
