"""Where secrets are kept: the system's keyring, else a file that only its owner can read.

The only module that imports keyring, and late, because that is slow. A keyring can be missing, locked or a
sham (`keyring.backends.null`); so a secret counts as stored only when it can be read back.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

SERVICE = "pywrangler"


def keep_in_keyring(name: str, secret: str) -> bool:
    """Store `secret` under `name` in the keyring; False where there is no keyring that keeps it."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, name, secret)
        return bool(keyring.get_password(SERVICE, name) == secret)
    except (KeyringError, RuntimeError, OSError):
        return False


def read_from_keyring(name: str) -> str | None:
    """The secret under `name`, or None where there is none or no keyring answers."""
    import keyring
    from keyring.errors import KeyringError

    try:
        found = keyring.get_password(SERVICE, name)
    except (KeyringError, RuntimeError, OSError):
        return None
    return found if isinstance(found, str) else None


def forget_in_keyring(name: str) -> None:
    """Remove the secret under `name`, if it is there."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.delete_password(SERVICE, name)
    except (KeyringError, RuntimeError, OSError):
        return


def write_private(file: Path, text: str, *, only_new: bool = False) -> bool:
    """Write a file of mode 0600, all at once; with `only_new` False comes back when it exists already."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")  # of mode 0600
    draft = Path(name)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    if not only_new:
        draft.replace(file)
        return True
    try:
        os.link(draft, file)  # fails when somebody else was first, and never shows a half-written file
        return True
    except FileExistsError:
        return False
    finally:
        draft.unlink()
