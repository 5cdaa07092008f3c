"""The pinned programs, fetched through npm."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pywrangler.toolchain import ensure, ensure_product_workers, find
from pywrangler.toolchain.lock import WORKERS

pytestmark = pytest.mark.workerd


@pytest.mark.skipif(not shutil.which("npm"), reason="npm is not installed")
def test_the_pinned_programs_arrive_once_and_then_need_nothing(tmp_path: Path) -> None:
    first = ensure({**_without_overrides(), "PYWRANGLER_CACHE": str(tmp_path)})
    # No PATH, so no npm; no home, so no npm settings: only what is in place can answer.
    second = ensure({"PYWRANGLER_CACHE": str(tmp_path), "PATH": "/nowhere"})
    assert first == second
    for program in (first.workerd, first.esbuild):
        assert subprocess.run([program, "--version"], capture_output=True).returncode == 0


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


def _without_overrides() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PYWRANGLER_")}
