"""The life of browsers, with a small program in the place of Chromium."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pywrangler.local.daemon.bindings import browsers
from pywrangler.local.daemon.bindings.browsers import browser_args, end_left_browsers
from pywrangler.toolchain.browser import find_browser
from tests.support.waiting import eventually, eventually_async
from tests.unit.daemon.bindings.calls import serving

BROWSER = """#!/bin/sh
for word in "$@"; do case $word in --user-data-dir=*) profile=${word#*=};; esac; done
echo "starting" >&2
BODY
"""
LISTENS = 'printf "4321\\n/devtools/browser/x" > "$profile/DevToolsActivePort"; exec sleep 60'
BOUND = {"type": "browser", "name": "B"}


def program(directory: Path, body: str = LISTENS) -> dict[str, str]:
    """An environment whose browser does this."""
    file = directory / "chromium"
    file.write_text(BROWSER.replace("BODY", body))
    file.chmod(0o700)
    return {"PATH": f"{directory}{os.pathsep}{os.environ['PATH']}"}


async def test_a_browser_lives_from_its_launch_to_its_close(
    short_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(short_directory, BOUND, environment=program(tmp_path)) as caller:
        status, body = await caller.call("B", "/browser/launch")
        session = json.loads(body)
        assert (status, session["wsEndpoint"]) == (200, "ws://127.0.0.1:4321/devtools/browser/x")
        query = f"?sessionId={session['sessionId']}"
        assert (await caller.call("B", f"/browser/status{query}"))[0] == 200
        assert json.loads((await caller.call("B", "/browser/sessionIds"))[1]) == [session["sessionId"]]
        profile = short_directory / "browsers" / session["sessionId"]
        assert profile.is_dir()
        assert (await caller.call("B", f"/browser/close{query}", method="POST"))[0] == 200
        assert (await caller.call("B", f"/browser/status{query}"))[0] == 410
        assert (await caller.call("B", f"/browser/close{query}", method="POST"))[0] == 404
        assert not profile.exists()
        for _ in range(browsers.MAX_SESSIONS):
            assert (await caller.call("B", "/browser/launch"))[0] == 200
        status, body = await caller.call("B", "/browser/launch")
        assert (status, b"6 browsers run already" in body) == (429, True)
        monkeypatch.setattr(browsers, "USUAL_UNUSED_SECONDS", 0)
        first, *others = json.loads((await caller.call("B", "/browser/sessionIds"))[1])
        await caller.call("B", f"/browser/used?sessionId={others[0]}", method="POST")
        assert (await caller.call("B", "/browser/launch"))[0] == 200  # in the place of the one that is unused
        left = json.loads((await caller.call("B", "/browser/sessionIds"))[1])
        assert (first in left, others[0] in left, len(left)) == (False, True, browsers.MAX_SESSIONS)
        status, body = await caller.call("B", "/browser/quick-action", {"action": "pdf"})
        assert (status, b"quick actions" in body) == (501, True)
    assert [*(short_directory / "browsers").iterdir()] == []


async def test_a_browser_that_no_worker_asks_for_ends(
    short_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsers, "FORGOTTEN_SECONDS", 0)
    async with serving(short_directory, BOUND, environment=program(tmp_path)) as caller:
        assert (await caller.call("B", "/browser/launch"))[0] == 200

        async def is_gone() -> bool:
            return (await caller.call("B", "/browser/sessionIds"))[1] == b"[]"

        await eventually_async(is_gone, what="the end of the browser")


async def test_why_no_browser_starts_is_said(short_directory: Path, tmp_path: Path) -> None:
    async with serving(short_directory, BOUND, environment=program(tmp_path, "exit 3")) as caller:
        status, body = await caller.call("B", "/browser/launch")
        assert (status, body) == (502, b"Chromium ended at once. It wrote:\nstarting")
    async with serving(short_directory, BOUND, environment={"PATH": str(tmp_path / "none")}) as caller:
        status, body = await caller.call("B", "/browser/launch")
        assert (status, b"`apt install chromium`" in body) == (501, True)
    (tmp_path / "chromium").write_text("no program")
    async with serving(short_directory, BOUND, environment={"PATH": str(tmp_path)}) as caller:
        status, body = await caller.call("B", "/browser/launch")
        assert (status, b"cannot be started" in body) == (502, True)


async def test_what_a_killed_platform_left_ends(short_directory: Path, tmp_path: Path) -> None:
    directory = short_directory / "browsers"
    async with serving(
        short_directory, BOUND, environment=program(tmp_path, LISTENS.replace("exec ", ""))
    ) as caller:
        assert (await caller.call("B", "/browser/launch"))[0] == 200
        assert end_left_browsers(directory) > 0  # the shell may just be starting another process
        assert not directory.exists()
    eventually(lambda: end_left_browsers(directory) == 0)


def test_the_variable_names_a_program_and_root_has_no_sandbox(tmp_path: Path) -> None:
    path = program(tmp_path)
    assert find_browser(path) == tmp_path / "chromium"
    assert find_browser({**path, "PYWRANGLER_BROWSER": str(tmp_path / "absent")}) is None
    assert find_browser({"PYWRANGLER_BROWSER": str(tmp_path / "chromium")}) == tmp_path / "chromium"
    assert "--no-sandbox" in browser_args(tmp_path, tmp_path, is_root=True)
    assert "--no-sandbox" not in browser_args(tmp_path, tmp_path, is_root=False)
