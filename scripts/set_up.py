"""Makes the virtual environment `.venv` with pywrangler and everything its development needs, and installs
the npm packages that the examples' Workers import.

    python3 -m scripts.set_up
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import venv
from pathlib import Path

from scripts.machine import SetupError, has, install_packages, run, say

REPOSITORY = Path(__file__).resolve().parent.parent
EXAMPLES = REPOSITORY / "examples"
ENVIRONMENT = REPOSITORY / ".venv"
STAMP = ENVIRONMENT / "pywrangler-setup"
"""Says what the environment was made from, so that a second set-up has nothing to do."""
PYTHON = ENVIRONMENT / "bin" / "python"


def make_environment() -> None:
    """Make or renew the virtual environment, unless it was made from this very pyproject.toml and Python."""
    extras = "" if has("npm") else "[node]"
    recipe = (REPOSITORY / "pyproject.toml").read_bytes() + f"{sys.version}{extras}".encode()
    state = hashlib.sha256(recipe).hexdigest()
    if STAMP.exists() and STAMP.read_text() == state:
        return
    say(f"Installing pywrangler and its development tools into {ENVIRONMENT.name}")
    if not PYTHON.exists():
        if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu keep it in a package of its own
            install_packages([f"python{sys.version_info.major}.{sys.version_info.minor}-venv"])
        venv.create(ENVIRONMENT, with_pip=True, symlinks=True)
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run([*pip, "--upgrade", "pip>=25.1"])  # the first that knows dependency groups
    run([*pip, "--editable", f"{REPOSITORY}{extras}", "--group", f"{REPOSITORY / 'pyproject.toml'}:dev"])
    STAMP.write_text(state)


def install_npm_packages() -> None:
    """Install the npm packages of all examples at once, unless those of the lock file are there.

    The examples are the members of one npm workspace, so what is installed is in the directory above them.
    """
    lock, installed = EXAMPLES / "package-lock.json", EXAMPLES / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    say("Installing the npm packages of the examples")
    npm = "npm" if has("npm") else str(ENVIRONMENT / "bin" / "npm")
    run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=EXAMPLES)


def install_curl() -> None:
    """The command with which the read-me files of the examples, and so their tests, ask a Worker."""
    if not has("curl"):
        install_packages(["curl"])


def main() -> int:
    """Set up; returns the exit status."""
    try:
        make_environment()
        install_npm_packages()
        install_curl()
    except (SetupError, OSError) as error:
        say(f"Set-up: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
