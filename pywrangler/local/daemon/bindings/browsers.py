"""The browsers of `browser` bindings: starts a Chromium for each session, and ends it.

The paths are those that miniflare's Worker of the binding (5.20261117) calls. While a session is in use, that
Worker asks every second whether its browser runs; a browser that no Worker asks for is ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import time
import uuid
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from pywrangler.local import processes
from pywrangler.toolchain.browser import NO_BROWSER, find_browser

START_SECONDS = 30.0
END_SECONDS = 3.0
POLL_SECONDS = 0.02
FORGOTTEN_SECONDS = 15.0
"""A browser that no Worker asked for in this time has lost its Worker, by a deploy or a crash."""
UNUSED_SECONDS = 600.0
"""The longest that Cloudflare keeps a session without a command."""
USUAL_UNUSED_SECONDS = 60.0
"""How long it keeps one unless the Worker asks for more."""
MAX_SESSIONS = 6
"""As many as miniflare's Worker names as the limit of an account."""
PORT_FILE = "DevToolsActivePort"
"""Chromium writes its port and path into it, in its profile."""
OUTPUT_FILE = "output"
SHOWN_LINES = 5
USED_VARIABLES = (
    *("HOME", "PATH", "TMPDIR", "DISPLAY", "LANG", "TZ", "FONTCONFIG_FILE", "FONTCONFIG_PATH"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)


class BrowserError(Exception):
    """A browser that cannot be had."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass
class BrowserSession:
    """A browser that runs."""

    id: str
    worker: str
    process: Process
    profile: Path
    endpoint: str = ""
    """The address of its DevTools protocol."""
    begun: float = field(default_factory=time.time)
    asked: float = field(default_factory=time.monotonic)
    """When its Worker asked for it last."""
    used: float = field(default_factory=time.monotonic)
    """When a client gave a command last."""

    @property
    def is_running(self) -> bool:
        """Whether the program runs."""
        return self.process.returncode is None


def browser_args(program: Path, profile: Path, *, is_root: bool) -> list[str]:
    """The command line of a browser without a window, on a port of its choice."""
    return [
        str(program),
        "--headless=new",
        "--remote-debugging-port=0",
        f"--user-data-dir={profile}",
        # Chromium's sandbox does not work for root. Only root can need this.
        *(["--no-sandbox"] if is_root else []),
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--disable-sync",
        "--enable-automation",
        "--export-tagged-pdf",
        "--force-color-profile=srgb",
        "--hide-scrollbars",
        "--mute-audio",
        "--no-default-browser-check",
        "--no-first-run",
        "--password-store=basic",
        "--use-mock-keychain",
        "about:blank",
    ]


class Browsers:
    """The sessions of all Workers."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._environment = environment
        self._sessions: dict[str, BrowserSession] = {}
        self._starting = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch the sessions while the context is open, and end all of them after it."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await asyncio.gather(*(self._end(session) for session in list(self._sessions.values())))

    async def answer(self, request: web.Request, worker: str) -> web.Response:
        """The response to miniflare's Worker."""
        session = self._of(worker, request.query.get("sessionId", ""))
        match request.path:
            case "/browser/launch":
                return await self._launch(worker)
            case "/browser/sessionIds":
                return web.json_response(
                    [each.id for each in self._sessions.values() if each.worker == worker]
                )
            case "/browser/status":
                if session is not None:
                    session.asked = time.monotonic()
                return web.Response(status=200 if session else 410)
            case "/browser/used":
                if session is not None:
                    session.used = time.monotonic()
                return web.Response(status=204)
            case "/browser/close":
                if session is not None:
                    await self._end(session)
                return web.Response(status=200 if session else 404)
        return web.json_response(
            {
                "errors": [
                    {"message": "The local platform has no quick actions: use puppeteer or playwright."}
                ]
            },
            status=501,
        )

    def _of(self, worker: str, session_id: str) -> BrowserSession | None:
        found = self._sessions.get(session_id)
        return found if found and found.worker == worker and found.is_running else None

    async def _launch(self, worker: str) -> web.Response:
        try:
            session = await self._start(worker)
        except BrowserError as error:
            return web.Response(status=error.status, text=error.message)
        return web.json_response(
            {
                "sessionId": session.id,
                "wsEndpoint": session.endpoint,
                "startTime": round(session.begun * 1000),
            }
        )

    async def _start(self, worker: str) -> BrowserSession:
        program = await asyncio.to_thread(find_browser, self._environment)
        if program is None:
            raise BrowserError(501, NO_BROWSER)
        self._starting += 1
        try:
            await self._make_room()
            return await self._start_program(worker, program)
        finally:
            self._starting -= 1

    async def _make_room(self) -> None:
        """End a session that Cloudflare would have ended, if all are taken."""
        if len(self._sessions) + self._starting <= MAX_SESSIONS:
            return
        unused = min(self._sessions.values(), key=lambda each: each.used, default=None)
        if unused is None or time.monotonic() - unused.used < USUAL_UNUSED_SECONDS:
            raise BrowserError(
                429, f"{MAX_SESSIONS} browsers run already. Close them with `await browser.close()`, always."
            )
        await self._end(unused)

    async def _start_program(self, worker: str, program: Path) -> BrowserSession:
        session_id = str(uuid.uuid4())
        profile = self._directory / session_id
        profile.mkdir(parents=True, mode=0o700)
        arguments = browser_args(program, profile, is_root=os.geteuid() == 0)
        variables = {name: self._environment[name] for name in USED_VARIABLES if name in self._environment}
        try:
            with (profile / OUTPUT_FILE).open("wb") as output:
                process = await asyncio.create_subprocess_exec(
                    *arguments,
                    stdin=DEVNULL,
                    stdout=output,
                    stderr=output,
                    env={"HOME": str(profile), **variables},
                    start_new_session=True,
                )
        except OSError as error:
            shutil.rmtree(profile, ignore_errors=True)
            raise BrowserError(502, f"`{program}` cannot be started: {error.strerror}.") from None
        session = BrowserSession(session_id, worker, process, profile)
        self._sessions[session_id] = session
        try:
            session.endpoint = await _endpoint(session)
        except BaseException:
            await self._end(session)
            raise
        return session

    async def _end(self, session: BrowserSession) -> None:
        """End a browser with all of its processes, and remove its profile."""
        self._sessions.pop(session.id, None)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not session.is_running:
                break
            with contextlib.suppress(ProcessLookupError):
                os.killpg(session.process.pid, number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(session.process.wait(), END_SECONDS)
        with contextlib.suppress(ProcessLookupError):  # what the browser left of its group
            os.killpg(session.process.pid, signal.SIGKILL)
        await asyncio.to_thread(shutil.rmtree, session.profile, ignore_errors=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(1)
            for session in list(self._sessions.values()):
                now = time.monotonic()
                is_forgotten = now - session.asked > FORGOTTEN_SECONDS or now - session.used > UNUSED_SECONDS
                if session.endpoint and (is_forgotten or not session.is_running):
                    await self._end(session)


async def _endpoint(session: BrowserSession) -> str:
    """The address of the browser, once it listens."""
    file, deadline = session.profile / PORT_FILE, time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            lines = file.read_text().splitlines()
            if len(lines) > 1:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        if not session.is_running:
            break
        await asyncio.sleep(POLL_SECONDS)
    output = (session.profile / OUTPUT_FILE).read_text(errors="replace").strip().splitlines()
    said = "\n".join(output[-SHOWN_LINES:]) or "nothing"
    how = f"did not listen in {START_SECONDS:.0f} s" if session.is_running else "ended at once"
    raise BrowserError(502, f"Chromium {how}. It wrote:\n{said}")


def end_left_browsers(directory: Path) -> int:
    """End browsers that a killed platform left, by the profile in their command line; how many."""
    ended = 0
    for pid in processes.own_processes():
        profiles = (arg.partition("=")[2] for arg in processes.command_line(pid) if "--user-data-dir=" in arg)
        if any(processes.is_below(Path(each), directory) for each in profiles):
            began = processes.begun(pid)
            if began and processes.end(pid, began, [(signal.SIGKILL, END_SECONDS)]):
                ended += 1
    shutil.rmtree(directory, ignore_errors=True)
    return ended
