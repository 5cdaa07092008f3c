"""The keyring, opened by a process of its own that ends at once.

keyring and what it finds its backends with take about 10 MiB. A process that runs for days and asks one
question at its start should not keep them.

    python -m pywrangler.credentials.vault_process < REQUEST

The request is a JSON list: a name, and the secret to keep under it if there is one. The response is JSON:
whether it is kept, or the secret that was read.
"""

from __future__ import annotations

import json
import subprocess
import sys

from pywrangler.credentials.vault import Vault, keep_in_keyring, read_from_keyring

TIMEOUT_SECONDS = 15.0
"""After it the keyring counts as one that does not answer: it may wait for a person to unlock it."""


def separate_vault() -> Vault:
    """The keyring, opened by another process for each question."""
    return Vault(
        keep=lambda name, secret: _ask(name, secret) is True,
        read=lambda name: found if isinstance(found := _ask(name), str) else None,
    )


def _ask(*words: str) -> object:
    try:
        answered = subprocess.run(
            [sys.executable, "-m", __name__],
            input=json.dumps(words),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        response: object = json.loads(answered.stdout or "null")
        return response
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def main() -> None:
    """Answer the request on standard input."""
    words = json.load(sys.stdin)
    answer = keep_in_keyring(*words) if len(words) > 1 else read_from_keyring(*words)
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
