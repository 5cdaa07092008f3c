"""Makes the virtual environment `.venv` with pywrangler and everything its development needs, and installs
the npm packages that the examples' Workers import.

    python3 -m scripts.set_up [example ...]
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import venv
from pathlib import Path

from scripts.machine import SetupError, has, install_packages, run, say

REPOSITORY = Path(__file__).resolve().parent.parent
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


def install_example(folder: Path) -> None:
    """Install the npm packages of an example, unless those of its lock file are there."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    say(f"Installing the npm packages of {folder.relative_to(REPOSITORY)}")
    npm = "npm" if has("npm") else str(ENVIRONMENT / "bin" / "npm")
    run([npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder)


def main(examples: list[str]) -> int:
    """Set up; returns the exit status."""
    try:
        make_environment()
        for name in examples:
            install_example(REPOSITORY / "examples" / name)
    except (SetupError, OSError) as error:
        say(f"Set-up: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
