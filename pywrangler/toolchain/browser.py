"""Finds the browser that `browser` bindings use on the local platform: a Chromium that the user installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

BROWSER_VARIABLE = "PYWRANGLER_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
"""Where macOS has it."""
NO_BROWSER = (
    "There is no Chromium on this machine, which Browser Rendering needs here. Install it (Debian and Ubuntu:"
    f" `apt install chromium`), or set {BROWSER_VARIABLE} to the path of one and run `pywrangler local stop`."
)


def find_browser(environment: Mapping[str, str]) -> Path | None:
    """The program: the variable's, else the first one in PATH or at a usual place; or None."""
    if chosen := environment.get(BROWSER_VARIABLE):
        found = shutil.which(chosen, path=environment.get("PATH"))
        return Path(found) if found else None
    path = environment.get("PATH", os.defpath)
    candidates = (*(shutil.which(name, path=path) for name in NAMES), *map(shutil.which, PLACES))
    return next((Path(found) for found in candidates if found), None)
