"""The files by which a platform is found: no content causes a traceback."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pywrangler.local.client.finding import is_proved
from pywrangler.local.daemon.api_address import ApiAddress, load_api_address, parse_api_address
from pywrangler.local.protocol import Status, directory_id

GOOD: dict[str, Any] = {
    "pid": 4711,
    "url": "http://127.0.0.1:8000/client/v4",
    "token": "t",
    "account_id": "a",
    "version": "0.1.0",
    "begun": "boot/12",
    "folder": "1:2",
}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    status = Status(**GOOD)
    status.write(tmp_path)
    assert Status.read(tmp_path) == status
    assert Status.file(tmp_path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("more", [{"more": 1}, {"url": "http://[::1]:8000/client/v4"}, {"pid": 1}])
def test_files_of_other_versions_are_read(more: dict[str, Any]) -> None:
    assert Status.parse(json.dumps(GOOD | more)) is not None
    older = {name: value for name, value in GOOD.items() if name not in ("begun", "folder")}
    assert Status.parse(json.dumps(older | more)) is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"pid": "4711"},
        {"pid": True},
        {"pid": 0},
        {"pid": -1},
        {"pid": 4711.0},
        {"pid": 2**31},
        {"pid": 10**400},
        {"pid": None},
        {"url": 5},
        {"url": "x"},
        {"url": ""},
        {"url": "http://127.0.0.1/client/v4"},
        {"url": "http://127.0.0.1:99999999/client/v4"},
        {"url": "http://[::1/client/v4"},
        {"url": "http://127.0.0.1:80/\r\nX: y"},
        {"url": "https://127.0.0.1:8000/client/v4"},
        {"url": "http://203.0.113.7:8000/client/v4"},
        {"url": "http://platform.example:8000/client/v4"},
        {"url": "file:///etc/passwd"},
        {"token": None},
        {"token": ""},
        {"token": "a\nb"},
        {"token": "\ud800"},
        {"account_id": []},
        {"version": {}},
        {"begun": 7},
        {"folder": None},
    ],
)
def test_a_status_of_another_shape_is_none(changed: dict[str, Any]) -> None:
    assert Status.parse(json.dumps(GOOD | changed)) is None


@pytest.mark.parametrize("missing", ["pid", "url", "token", "account_id", "version"])
def test_a_status_without_a_field_is_none(missing: str) -> None:
    assert Status.parse(json.dumps({name: value for name, value in GOOD.items() if name != missing})) is None


DAMAGED = [b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe{}", b"[" * 50_000, b"\0" * 100, b"9" * 5000]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_none(tmp_path: Path, content: bytes) -> None:
    Status.file(tmp_path).write_bytes(content)
    assert Status.read(tmp_path) is None
    (tmp_path / "api.json").write_bytes(content)
    assert load_api_address(tmp_path).port == 0


def test_what_is_no_file_is_none_and_gives_way(tmp_path: Path) -> None:
    file = Status.file(tmp_path)
    assert Status.read(tmp_path) is None
    os.mkfifo(file)
    assert Status.read(tmp_path) is None, "a pipe without a writer must not block"
    file.unlink()
    file.symlink_to(file)
    assert Status.read(tmp_path) is None
    file.unlink()
    file.write_text(json.dumps(GOOD) + " " * 70_000)
    assert Status.read(tmp_path) is None
    file.unlink()
    (file / "inside").mkdir(parents=True)
    assert Status.read(tmp_path) is None
    Status(**GOOD).write(tmp_path)
    assert Status.read(tmp_path) == Status(**GOOD)
    assert next(each for each in tmp_path.iterdir() if each.is_dir()).joinpath("inside").is_dir()


@pytest.mark.parametrize(
    "fields",
    [
        {"port": "1", "token": "t"},
        {"port": True, "token": "t"},
        {"port": -1, "token": "t"},
        {"port": 99_999_999, "token": "t"},
        {"port": 1, "token": "t", "registry_port": 65536},
        {"port": 1, "token": ""},
        {"port": 1, "token": 5},
        {"port": 1, "token": "a b"},
        {"port": 1, "token": "a\nb"},
        {"port": 1, "token": "t", "more": 1},
        {"port": 1},
    ],
)
def test_an_api_address_of_another_shape_is_none(fields: dict[str, Any]) -> None:
    assert parse_api_address(json.dumps(fields)) is None
    assert parse_api_address('{"port": 8000, "token": "t"}') == ApiAddress(8000, "t")


STATUS = Status(**GOOD)
OLDER = Status(4711, GOOD["url"], "t", "a", "0.0.9")


@pytest.mark.parametrize(
    ("status", "directory", "began", "has_home_open", "expected"),
    [
        (STATUS, "1:2", "boot/12", None, True),
        (STATUS, "1:2", "boot/12", True, True),
        (STATUS, "1:2", "boot/12", False, False),  # the system shows another directory
        (STATUS, "1:2", "boot/13", None, False),  # the id was used again
        (STATUS, "1:2", "reboot/12", None, False),
        (STATUS, "1:2", None, None, False),  # nothing runs
        (STATUS, "1:3", "boot/12", None, False),  # a copy of the directory
        (STATUS, None, "boot/12", None, False),
        (OLDER, "1:2", "boot/12", True, True),
        (OLDER, "1:2", "boot/12", None, False),
        (OLDER, "1:2", "boot/12", False, False),
        (OLDER, "1:2", None, True, False),
    ],
)
def test_a_process_has_to_prove_that_it_is_this_directories_platform(
    status: Status, directory: str | None, began: str | None, has_home_open: bool | None, expected: bool
) -> None:
    assert is_proved(status, directory, began, has_home_open) is expected


def test_a_directory_keeps_its_id_and_a_copy_has_another(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    before = directory_id(tmp_path / "a")
    (tmp_path / "link").symlink_to("a")
    assert directory_id(tmp_path / "link") == before
    (tmp_path / "a").rename(tmp_path / "b")
    assert directory_id(tmp_path / "b") == before
    (tmp_path / "a").mkdir()
    assert directory_id(tmp_path / "a") != before
    (tmp_path / "file").touch()
    assert directory_id(tmp_path / "file") is directory_id(tmp_path / "nothing") is None
