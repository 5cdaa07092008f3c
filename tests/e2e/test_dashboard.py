"""The page in a real browser: what it shows of a running platform, and that all of it comes from there."""

from __future__ import annotations

import asyncio
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
from tests.support.waiting import eventually, eventually_async

pytestmark = [
    pytest.mark.docker,
    pytest.mark.workerd,
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
]
STATEMENTS = "CREATE TABLE visitors (n); INSERT INTO visitors VALUES ('Ada')"
LOGGING = 'if (url.searchParams.has("say")) console.log(url.searchParams.get("say"));'
SCREEN = "document.querySelector('.terminal-lines').innerText"
COLUMNS = "document.querySelector('.terminal-lines > div:last-child > div').textContent.length"
LINES = "document.querySelector('.log').innerText"
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


async def test_old_lines_of_all_sources_come_by_time(
    link: str, project: Project, platform: Platform, cli: Cli, tmp_path: Path
) -> None:
    def waits_for(text: str, *words: str) -> None:
        eventually(lambda: text in cli.run(*words).check().stdout, what=f"the line `{text}`")

    for word in ("first", "last"):
        request(platform.worker_url(project.name) + f"/worker?say={word}")
        waits_for(word, "local", "logs", project.name)
        if word == "first":
            words = (
                "containers",
                "exec",
                project.application,
                "--",
                "sh",
                "-c",
                "echo between > /proc/1/fd/1",
            )
            cli.run(*words).check()
            waits_for("between", "containers", "logs", project.application)
    async with opened(tmp_path / "profile") as page:
        await page.open(link)
        await page.click("Logs")
        await page.shows("first", "between", "last")
        await page.becomes(f"/first[^]*between[^]*last/.test({LINES})")


async def test_a_terminal_in_an_instance(
    page: Page, project: Project, platform: Platform, cli: Cli, tmp_path: Path
) -> None:
    await page.shows(project.application, "running")
    await page.click("Terminal")
    await page.shows("connected", "#")
    await page.type("echo one-$((40 + 2))")
    await page.press("Enter")
    await page.shows("one-42")
    await page.type("printf '\\033[1;31mred\\033[0m\\n'; ls /")
    await page.press("Enter")
    await page.shows("red", "proc")
    assert await page.run("!!document.querySelector('.terminal .bold')")
    await page.screenshot(tmp_path / "terminal.png")
    before = await page.run(COLUMNS)
    await page.do(
        "Emulation.setDeviceMetricsOverride", width=700, height=600, deviceScaleFactor=1, mobile=False
    )
    await page.becomes(f"{COLUMNS} < {before}")
    await page.type("stty size")
    await page.press("Enter")
    await page.becomes(f"/^\\d+ \\d+ *$/m.test({SCREEN})")
    rows, columns = (await page.run(f"{SCREEN}.match(/^(\\d+) (\\d+) *$/m)[0]")).split()
    assert int(columns) == await page.run(COLUMNS)
    assert int(rows) < 40
    await page.press("Escape", shift=True)
    assert await page.run("document.activeElement.textContent") == "Back to the overview"
    await page.run("document.querySelector('.terminal-input').focus()")
    await page.type("exit 3")
    await page.press("Enter")
    await page.shows("The shell ended with status 3.", "Open again")
    await page.click("Open again")
    await page.shows("connected")
    instance = f"{project.application}"
    shells = (
        "for each in /proc/[0-9]*; do grep -q TERMINAL_OF_PYWRANGLER $each/environ && echo found; done; true"
    )
    assert "found" in cli.run("containers", "exec", instance, "--", "sh", "-c", shells).check().stdout
    await page.click("Overview")
    await eventually_async(
        lambda: _has_no_shell(cli, instance, shells), what="the end of the shell of a page that was left"
    )


async def _has_no_shell(cli: Cli, instance: str, command: str) -> bool:
    done = await asyncio.to_thread(cli.run, "containers", "exec", instance, "--", "sh", "-c", command)
    return "found" not in done.check().stdout


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
