"""The key that the local platform encrypts its secrets with.

A small file in the platform's directory says where the key is kept, so that a later start under other
surroundings (no session bus, another keyring) finds the same key or says that it cannot, and never makes up
a second one.
"""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path

from pywrangler.credentials.vault import Vault, own_vault
from pywrangler.errors import MissingError
from pywrangler.private_files import create_private

FILE_NAME = "platform-key.json"
KEY_BYTES = 32


def load_or_create(home: Path, vault: Vault | None = None) -> bytes:
    """The key of the platform in `home`: 32 bytes, made on first use.

    It is kept in the keyring, or in a file of mode 0600 where no keyring keeps it. Raises `MissingError`
    when the keyring that holds it does not answer, or the file is damaged. `vault` reaches the keyring, by
    default in this process.
    """
    vault = vault or own_vault()
    file = home / FILE_NAME
    for _ in range(2):
        try:
            return _load(file, vault)
        except FileNotFoundError:
            store_key(file, secrets.token_bytes(KEY_BYTES), vault)
    return _load(file, vault)


def store_key(file: Path, key: bytes, vault: Vault | None = None) -> None:
    """Keep a key in the keyring or, without a keyring, in the file, unless the file exists."""
    encoded = base64.b64encode(key).decode()
    name = f"platform-{secrets.token_hex(8)}"
    kept = {"keyring": name} if (vault or own_vault()).keep(name, encoded) else {"key": encoded}
    create_private(file, json.dumps(kept))


def _load(file: Path, vault: Vault) -> bytes:
    text = file.read_text()
    try:
        kept = json.loads(text)
        encoded = kept.get("key") or vault.read(kept["keyring"])
        key = base64.b64decode(encoded, validate=True) if encoded else None
    except (ValueError, KeyError, TypeError, AttributeError):
        key = b""
    if key is None:
        raise MissingError(
            f"The key of the local platform is in this user's keyring, which does not answer (see {file}).",
            hint="Unlock the keyring and repeat. If you remove that file, the platform's secrets are lost.",
        )
    if len(key) != KEY_BYTES:
        raise MissingError(
            f"The key of the local platform in {file} is damaged.",
            hint="Restore the file, or remove it and set the Workers' secrets again.",
        )
    return key
