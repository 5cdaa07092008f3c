"""`browser` bindings: the clients that Cloudflare publishes take pictures with a real Chromium."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pywrangler.local import processes
from pywrangler.local.daemon.bindings.browsers import FORGOTTEN_SECONDS
from tests.local.daemon.uploads import Account
from tests.support.browser import clients, missing
from tests.support.cli import run
from tests.support.http import Answer, request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd
needs_chromium = pytest.mark.skipif(missing() is not None, reason=str(missing()))

WORKER = """
import puppeteer from "@cloudflare/puppeteer";
import { launch } from "@cloudflare/playwright";

const PAGE = "<title>Small</title><body style='margin:0;background:#0a0'><p id=p>words</p>";
const CLIENTS = {
  async puppeteer(env) {
    const browser = await puppeteer.launch(env.BROWSER);
    const page = await browser.newPage();
    await page.setContent(PAGE);
    const text = await page.$eval("#p", (found) => found.textContent);
    const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 40, height: 30 } });
    const sessions = (await puppeteer.sessions(env.BROWSER)).length;
    await browser.close();
    return { text, picture: [...picture], sessions };
  },
  async playwright(env) {
    const browser = await launch(env.BROWSER);
    const page = await browser.newPage();
    await page.setContent(PAGE);
    const text = await page.locator("#p").textContent();
    const picture = await page.screenshot({ clip: { x: 0, y: 0, width: 40, height: 30 } });
    await browser.close();
    return { text, picture: [...picture] };
  },
  async leave(env) {
    const browser = await puppeteer.launch(env.BROWSER);
    return { session: browser.sessionId() };
  },
  async again(env, session) {
    const browser = await puppeteer.connect(env.BROWSER, session);
    const pages = (await browser.pages()).length;
    await browser.disconnect();
    return { pages };
  },
};
export default { async fetch(request, env) {
  const url = new URL(request.url);
  const client = CLIENTS[url.pathname.slice(1)];
  try { return Response.json(await client(env, url.searchParams.get("session"))); }
  catch (error) { return new Response(error.stack, { status: 500 }); }
} };
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The Worker's project, with both clients."""
    (tmp_path / "node_modules").symlink_to(clients())
    (tmp_path / "index.js").write_text(WORKER)
    configuration = {
        "name": "pictures",
        "main": "index.js",
        "compatibility_date": "2026-06-01",
        "compatibility_flags": ["nodejs_compat"],
        "browser": {"binding": "BROWSER"},
    }
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    return tmp_path


def deploy(project: Path, *options: str, said: str = "") -> str:
    """Deploy; the address."""
    outcome = run(["deploy", "--local", "--json", *options], directory=project)
    assert (outcome.status, said in outcome.stderr) == (0, True), outcome.stderr
    return str(outcome.json["url"])


def browsers(account: Account) -> list[int]:
    """Processes of the platform's browsers."""
    home = str(account.platform.home)
    return [
        pid
        for pid in processes.own_processes()
        if home in " ".join(processes.command_line(pid)[1:])
        and "--user-data-dir" in " ".join(processes.command_line(pid))
    ]


def check_picture(answer: Answer) -> None:
    """A picture of 40 by 30, and the text of the page."""
    assert answer.status == 200, answer.text
    found = answer.json
    picture = bytes(found["picture"])
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")) == (40, 30)
    assert found["text"] == "words"


@pytest.fixture
def in_the_end(account: Account) -> Iterator[None]:
    """No browser stays when the platform stops."""
    yield
    account.platform.end()
    assert browsers(account) == []


@needs_chromium
@pytest.mark.usefixtures("in_the_end")
def test_both_clients_take_pictures_and_no_browser_stays(account: Account, project: Path) -> None:
    url = deploy(project)
    check_picture(puppeteer := request(f"{url}/puppeteer"))
    assert puppeteer.json["sessions"] == 1
    check_picture(request(f"{url}/playwright"))
    eventually(lambda: browsers(account) == [], what="the end of closed browsers")

    # A session that is not closed can be used again, and ends with the platform.
    left = request(f"{url}/leave")
    assert left.status == 200, left.text
    assert request(f"{url}/again?session={left.json['session']}").json == {"pages": 1}
    assert browsers(account) != []


@needs_chromium
@pytest.mark.slow
@pytest.mark.usefixtures("in_the_end")
def test_a_browser_ends_with_its_worker_or_a_killed_platform(account: Account, project: Path) -> None:
    url = deploy(project)
    assert request(f"{url}/leave").status == 200
    (project / "index.js").write_text(WORKER.replace("Small", "Other"))
    url = deploy(project)
    eventually(
        lambda: browsers(account) == [],
        timeout_seconds=FORGOTTEN_SECONDS + 10,
        what="the end of a forgotten browser",
    )
    assert request(f"{url}/leave").status == 200
    os.kill(account.platform.status.pid, signal.SIGKILL)
    assert browsers(account) != []
    assert run("local stop").status == 0
    assert browsers(account) == []


def test_without_a_browser_the_call_says_what_to_install(
    account: Account, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.platform.end()
    monkeypatch.setenv("PYWRANGLER_BROWSER", str(project / "absent"))
    url = deploy(project, "--name", "browserless", said="There is no Chromium on this machine")
    answer = request(f"{url}/puppeteer")
    assert (answer.status, "`apt install chromium`" in answer.text) == (500, True), answer.text
    account.platform.end()
