"""Deploys examples/hello on this machine's local platform, asks it something and shows its instances.

Run by the environment's own Python:  .venv/bin/python -m scripts.demo
"""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from pathlib import Path

from scripts.machine import SetupError, run, say

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "hello"
APPLICATION = "hello-hellocontainer"
PYWRANGLER = [sys.executable, "-m", "pywrangler_containers"]


def deploy() -> str:
    """Deploy the example; returns its URL, the first one that `deploy` prints."""
    command = [*PYWRANGLER, "deploy", "--local"]
    done = subprocess.run(command, cwd=EXAMPLE, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, flush=True)
    if done.returncode:
        raise SetupError(f"deploy ended with exit status {done.returncode}.")
    return next(line for line in done.stdout.splitlines() if line.startswith("http://"))


def main() -> int:
    """Deploy, ask, show; returns the exit status."""
    try:
        say("pywrangler deploy --local   (in examples/hello)")
        url = deploy()
        say(f"GET {url}")
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (an address on this machine)
            print(answer.read().decode(), flush=True)
        say(f"pywrangler containers instances {APPLICATION} --local")
        run([*PYWRANGLER, "containers", "instances", APPLICATION, "--local"], cwd=EXAMPLE)
        say("It keeps running: `.venv/bin/pywrangler local stop` stops it.")
    except (SetupError, OSError) as error:
        say(f"Demo: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
