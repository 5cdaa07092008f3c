"""The page in a real browser: what it shows of a running platform, and that all of it comes from there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.browser import missing
from tests.support.browser.page import Page, opened
from tests.support.command import Cli
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.projects import Project

pytestmark = [
    pytest.mark.docker,
    pytest.mark.workerd,
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
]
STATEMENTS = "CREATE TABLE visitors (n); INSERT INTO visitors VALUES ('Ada')"
LOGGING = 'if (url.searchParams.has("say")) console.log(url.searchParams.get("say"));'
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture
def link(cli: Cli, project: Project) -> str:
    """The link to the page of a platform with a deployed project."""
    line = "const url = new URL(request.url);"
    project.replace("src/index.js", line, f"{line} {LOGGING}")
    cli.run("deploy").check()
    return cli.run("dashboard").check().stdout.strip()


@pytest.fixture
async def page(link: str, tmp_path: Path) -> AsyncIterator[Page]:
    """The page in a browser."""
    async with opened(tmp_path / "profile") as page:
        await page.open(link)
        yield page
        assert page.errors == []
        hosts = {urlsplit(url).netloc for url in page.requested if url.startswith("http")}
        assert hosts == {urlsplit(link).netloc}


async def test_it_shows_what_runs_and_follows_it(
    page: Page, project: Project, platform: Platform, cli: Cli, tmp_path: Path
) -> None:
    await page.shows(project.name, project.application, "running", "MiB")
    assert "key" not in await page.run("location.href")
    await page.click("Logs")
    request(platform.worker_url(project.name) + "/worker?say=a-new-line")
    await page.shows(project.name, "a-new-line")
    await page.click("Overview")
    await page.shows(project.application)
    await page.click("Stop")
    await page.click("Continue")
    await page.shows("stopped")
    await page.screenshot(tmp_path / "overview.png")


async def test_it_looks_into_the_data(page: Page, project: Project, cli: Cli) -> None:
    namespace = cli.run("kv", "namespace", "list").check().json
    assert namespace == []
    cli.run("kv", "namespace", "create", "colours").check()
    (made,) = cli.run("kv", "namespace", "list").check().json
    cli.run("kv", "key", "put", "sky", "a deep blue", "--namespace-id", made["id"]).check()
    cli.run("r2", "bucket", "create", "pictures").check()
    cli.run("r2", "object", "put", "pictures/one.txt", "--pipe", stdin="hello").check()
    cli.run("d1", "create", "people").check()
    cli.run("d1", "execute", "people", "--command", STATEMENTS).check()
    await page.click("Data")
    await page.shows("colours", "pictures", "people", project.name)
    await page.click("colours")
    await page.shows("sky")
    await page.click("sky")
    await page.shows("a deep blue")
    await page.click("pictures")
    await page.shows("one.txt", "5 B")
    await page.click("people")
    await page.shows("visitors")
    await page.click("visitors")
    await page.shows("Ada")


async def test_it_follows_the_requests_of_a_worker(page: Page, project: Project, platform: Platform) -> None:
    await page.click("Requests")
    await page.shows("calls per second")
    for _ in range(3):
        request(platform.worker_url(project.name))
    await page.shows("GET /", "200", "median")


async def test_it_is_dark_where_the_system_is_and_fits_a_narrow_window(page: Page, project: Project) -> None:
    await page.shows(project.application)
    light = await page.run(BACKGROUND)
    scheme = [{"name": "prefers-color-scheme", "value": "dark"}]
    await page.do("Emulation.setEmulatedMedia", features=scheme)
    assert await page.run(BACKGROUND) != light
    await page.do(
        "Emulation.setDeviceMetricsOverride", width=480, height=900, deviceScaleFactor=1, mobile=False
    )
    assert await page.run("document.documentElement.scrollWidth") <= 480


async def test_another_tab_without_the_link_shows_nothing(page: Page, link: str, project: Project) -> None:
    await page.shows(project.application)
    await page.run("sessionStorage.clear()")
    await page.open(f"http://{urlsplit(link).netloc}/dashboard/")
    await page.shows("pywrangler dashboard")
    assert project.application not in await page.run("document.body.innerText")
