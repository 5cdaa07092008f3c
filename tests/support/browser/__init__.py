"""The clients of Browser Rendering that Cloudflare publishes, and Debian's browser."""

from __future__ import annotations

import os
from pathlib import Path

from pywrangler.toolchain.browser import find_browser
from tests.support.npm import installed_packages

HERE = Path(__file__).resolve().parent


def missing() -> str | None:
    """Why no browser can be used here, or None."""
    if find_browser(os.environ) is None:
        return "chromium is not installed: run `python3 -m scripts.programs chromium`"
    return None


def clients() -> Path:
    """The `node_modules` with `@cloudflare/puppeteer` and `@cloudflare/playwright`."""
    return installed_packages(HERE, "browser-clients")
