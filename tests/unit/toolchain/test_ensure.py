"""The toolchain as its users see it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pywrangler.errors import MissingError
from pywrangler.toolchain import Toolchain, cache_folder, ensure, ensure_product_workers, find
from pywrangler.toolchain.lock import WORKERS


@pytest.mark.workerd
@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_the_pinned_programs_arrive_once_and_then_need_nothing(tmp_path: Path) -> None:
    first = ensure({**_without_overrides(), "PYWRANGLER_CACHE": str(tmp_path)})
    # No PATH, so no npm; no home, so no npm settings: only what is in place can answer.
    second = ensure({"PYWRANGLER_CACHE": str(tmp_path), "PATH": "/nowhere"})
    assert first == second
    for program in (first.workerd, first.esbuild):
        assert subprocess.run([program, "--version"], capture_output=True).returncode == 0


@pytest.mark.workerd
@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_what_serves_assets_arrives_once_and_apart_from_the_programs(tmp_path: Path) -> None:
    first = ensure_product_workers({**os.environ, "PYWRANGLER_CACHE": str(tmp_path)})
    assert ensure_product_workers({"PYWRANGLER_CACHE": str(tmp_path), "PATH": "/nowhere"}) == first
    texts = {name: (first / f"{name}.worker.js").read_text() for name in WORKERS}
    assert all(
        "fetch(request" in texts[name] for name in ("assets/router", "assets/assets", "cache/cache-entry")
    )
    assert all(
        "MiniflareDurableObject" in texts[name] for name in ("cache/cache", "r2/bucket", "shared/index")
    )
    assert find({"PYWRANGLER_CACHE": str(tmp_path), "PATH": "/nowhere"}) is None


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
    with pytest.raises(MissingError, match=r"PYWRANGLER_WORKERD names .*/none, which is not a program"):
        ensure({"PYWRANGLER_WORKERD": str(tmp_path / "none")})


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"PYWRANGLER_CACHE": "/c"}, "/c"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/pywrangler"),
        ({"HOME": "/h"}, "/h/.cache/pywrangler"),
    ],
)
def test_the_cache_folder_follows_the_environment(
    environment: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_folder(environment) == Path(folder)


def _without_overrides() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYWRANGLER_")}
