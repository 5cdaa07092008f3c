"""The site's search in a browser, from pages that are opened without a server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.browser import missing
from tests.support.browser.page import opened

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(missing() is not None, reason=missing() or "")]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The site's directory."""
    site = tmp_path / "site"
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(site)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
        timeout=300,
    )
    return site


async def test_the_search_needs_no_server(site: Path, tmp_path: Path) -> None:
    async with opened(tmp_path / "browser") as page:
        await page.open((site / "errors" / "index.html").as_uri())
        await page.run("document.querySelector('[data-md-toggle=search]').click()")
        await page.run("document.querySelector('.md-search__input').focus()")
        await page.type("rollback")
        await page.shows("matching documents")
        assert await page.run("document.querySelectorAll('.md-search-result__item').length") > 1
        assert page.errors == []
