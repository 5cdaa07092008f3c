"""A page in headless Chromium, driven over its debugging interface (the Chrome DevTools Protocol)."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

from pywrangler.toolchain.browser import find_browser
from tests.support.waiting import eventually_async

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--window-size=1280,900",
)
START_SECONDS = 30.0
POLL_SECONDS = 0.1


class Page:
    """One tab. `errors` are exceptions and messages of the console's level `error`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.errors: list[str] = []
        self.requested: list[str] = []

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One call of the protocol."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            message = json.loads((await self._socket.receive()).data)
            if message.get("id") == self._number:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self._note(message["method"], message["params"])

    def _note(self, method: str, event: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(event["exceptionDetails"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] == "error":
            self.errors.append(f"{event['entry']['text']} {event['entry'].get('url')}")
        elif method == "Network.requestWillBeSent":
            self.requested.append(event["request"]["url"])

    async def run(self, expression: str) -> Any:
        """The value of an expression of JavaScript on the page."""
        done = await self.do("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        return done["result"].get("value")

    async def open(self, url: str) -> None:
        """Open an address, and wait until its scripts have run."""
        await self.do("Page.navigate", url=url)
        await eventually_async(self._is_loaded, what="the page's end of loading")
        # Chromium gives up what it loads when an interface comes or goes, as with each container of another
        # test.
        while lost := [error for error in self.errors if "ERR_NETWORK_CHANGED" in error]:
            self.errors = [error for error in self.errors if error not in lost]
            await self.do("Page.reload")
            await eventually_async(self._is_loaded, what="the page's end of loading")

    async def _is_loaded(self) -> bool:
        return bool(await self.run("location.href !== 'about:blank' && document.readyState === 'complete'"))

    async def shows(self, *words: str, seconds: float = 20) -> None:
        """Wait until the page shows all words."""
        text = ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    text = await self.run("document.body?.innerText") or ""
                    if all(word in text for word in words):
                        return
                    await asyncio.sleep(POLL_SECONDS)
        missing = [word for word in words if word not in text]
        raise AssertionError(f"the page does not show {missing}: {text}")

    async def click(self, text: str) -> None:
        """Click the first link or button with exactly this text."""
        found = await self.run(
            "(() => { const found = [...document.querySelectorAll('a, button')].find("
            f"(each) => each.textContent === {json.dumps(text)}); found?.click(); return !!found; }})()"
        )
        assert found, f"there is nothing to click that reads {text}"

    async def becomes(self, expression: str) -> None:
        """Wait until an expression of JavaScript is true."""

        async def is_true() -> bool:
            return bool(await self.run(expression))

        await eventually_async(is_true, what=expression)

    async def type(self, text: str) -> None:
        """Type text into what has the focus."""
        await self.do("Input.insertText", text=text)

    async def press(self, key: str, *, shift: bool = False) -> None:
        """Press and release a key."""
        event = {"key": key, "code": key, "modifiers": 8 if shift else 0}
        await self.do("Input.dispatchKeyEvent", type="rawKeyDown", **event)
        await self.do("Input.dispatchKeyEvent", type="keyUp", **event)

    async def screenshot(self, file: Path) -> None:
        """Write a picture of the window to `file`."""
        shot = await self.do("Page.captureScreenshot")
        await asyncio.to_thread(file.write_bytes, base64.b64decode(shot["data"]))


@contextlib.asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[Page]:
    """A page of a new browser whose profile is in `directory`."""
    program = find_browser(os.environ)
    assert program is not None
    process = await asyncio.create_subprocess_exec(
        program,
        *FLAGS,
        f"--user-data-dir={directory}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        port = await _debugging_port(directory)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json") as response:
                tabs = await response.json()
            address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Page", "Runtime", "Log", "Network"):
                    await page.do(f"{domain}.enable")
                yield page
    finally:
        process.terminate()
        await process.wait()


async def _debugging_port(directory: Path) -> int:
    """The port, from the file that Chromium writes when it listens."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            with contextlib.suppress(OSError, ValueError):
                return int((directory / "DevToolsActivePort").read_text().split()[0])
            await asyncio.sleep(POLL_SECONDS)
