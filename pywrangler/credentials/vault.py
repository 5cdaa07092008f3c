"""Stores secrets: in the system's keyring, otherwise a file that only its owner can read.

The only module that imports keyring, and late, because that is slow. A keyring can be missing, locked or a
sham (`keyring.backends.null`); so a secret counts as stored only when it can be read back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

SERVICE = "pywrangler"


class Vault(NamedTuple):
    """A way to the keyring; see `keep_in_keyring` and `read_from_keyring`."""

    keep: Callable[[str, str], bool]
    read: Callable[[str], str | None]


def own_vault() -> Vault:
    """The keyring, opened by this process."""
    return Vault(keep_in_keyring, read_from_keyring)


def keep_in_keyring(name: str, secret: str) -> bool:
    """Store `secret` under `name` in the keyring; False if there is no keyring that keeps it."""
    import keyring
    from keyring.errors import KeyringError

    try:
        keyring.set_password(SERVICE, name, secret)
        return bool(keyring.get_password(SERVICE, name) == secret)
    except (KeyringError, RuntimeError, OSError):
        return False


def read_from_keyring(name: str) -> str | None:
    """The secret under `name`, or None if it does not exist or no keyring responds."""
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
