"""The toolchain as its users see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pywrangler.errors import MissingError
from pywrangler.toolchain import Toolchain, cache_directory, ensure, find
from pywrangler.toolchain.lock import current_platform, lock_digest, packages_for, read_lock
from pywrangler.toolchain.records import SIZES_FILE, is_intact


def test_programs_can_be_named(tmp_path: Path) -> None:
    chosen = {
        "PYWRANGLER_WORKERD": "/bin/true",
        "PYWRANGLER_ESBUILD": "/bin/cat",
        "PATH": "",
        "HOME": str(tmp_path),
    }
    assert ensure(chosen) == Toolchain(Path("/bin/true"), Path("/bin/cat"))
    assert list(tmp_path.iterdir()) == []


def test_looking_for_the_programs_never_installs_them(tmp_path: Path) -> None:
    empty = {"PYWRANGLER_CACHE": str(tmp_path), "PATH": "/nowhere"}
    assert find(empty) is None
    assert find({**empty, "PYWRANGLER_ESBUILD": "/bin/cat"}) is None
    chosen = {"PYWRANGLER_WORKERD": "/bin/true", "PYWRANGLER_ESBUILD": "/bin/cat"}
    assert find(chosen) == Toolchain(Path("/bin/true"), Path("/bin/cat"))
    assert list(tmp_path.iterdir()) == []


def test_a_named_program_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        MissingError, match=r"PYWRANGLER_WORKERD names .*/none, which is not an executable program"
    ):
        ensure({"PYWRANGLER_WORKERD": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("environment", "directory"),
    [
        ({"PYWRANGLER_CACHE": "/c"}, "/c"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/pywrangler"),
        ({"HOME": "/h"}, "/h/.cache/pywrangler"),
    ],
)
def test_the_cache_directory_follows_the_environment(
    environment: dict[str, str], directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_directory(environment) == Path(directory)


def test_a_file_that_a_crash_emptied_or_cut_off_does_not_count(tmp_path: Path) -> None:
    file = Path("bin/program")
    (tmp_path / "bin").mkdir()
    assert not is_intact(tmp_path, [file])
    (tmp_path / file).write_bytes(b"12345")
    assert is_intact(tmp_path, [file]), "an installation of an older version has no sizes"
    (tmp_path / SIZES_FILE).write_text('{"bin/program": 5}')
    assert is_intact(tmp_path, [file])
    (tmp_path / file).write_bytes(b"123")
    assert not is_intact(tmp_path, [file])
    (tmp_path / file).write_bytes(b"")
    (tmp_path / SIZES_FILE).unlink()
    assert not is_intact(tmp_path, [file])


def test_an_empty_program_is_not_found(tmp_path: Path) -> None:
    environment = {"PYWRANGLER_CACHE": str(tmp_path), "PATH": "/nowhere"}
    lock = read_lock()
    for package in packages_for(lock, current_platform()):
        program = tmp_path / "toolchain" / lock_digest(lock) / package.executable
        program.parent.mkdir(parents=True)
        program.write_bytes(b"#!")
        program.chmod(0o755)
    toolchain = find(environment)
    assert toolchain is not None
    toolchain.esbuild.write_bytes(b"")
    assert find(environment) is None
