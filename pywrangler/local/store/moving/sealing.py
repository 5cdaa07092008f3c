"""The platform's key, sealed with a passphrase."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from typing import Any

from pywrangler.errors import PywranglerError
from pywrangler.sensitive import Sensitive

SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
WORK = 2**15
"""scrypt's cost, as OWASP recommends it: 32 MiB of memory for each attempt."""
LARGEST_WORK = 2**20
PURPOSE = b"pywrangler export"


def seal(key: bytes, passphrase: Sensitive[str]) -> dict[str, Any]:
    """The key, encrypted, as JSON has it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    sealed = AESGCM(_derived(passphrase, salt, WORK)).encrypt(nonce, key, PURPOSE)
    return {"work": WORK, "salt": _text(salt), "nonce": _text(nonce), "sealed": _text(sealed)}


def unseal(sealed: Mapping[str, Any], passphrase: Sensitive[str]) -> bytes:
    """The key. Raises `PywranglerError` for another passphrase, and `ValueError` for what `seal` never
    returns.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        salt, nonce, content = (
            base64.b64decode(sealed[name], validate=True) for name in ("salt", "nonce", "sealed")
        )
        work = sealed["work"]
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError("The sealed key is damaged.") from error
    if type(work) is not int or not 1 < work <= LARGEST_WORK or work & (work - 1):
        raise ValueError("The sealed key has an impossible cost.")
    try:
        key = AESGCM(_derived(passphrase, salt, work)).decrypt(nonce, content, PURPOSE)
    except InvalidTag:
        raise PywranglerError(
            "The passphrase does not open the secrets in the file.",
            hint="Repeat the command with the passphrase of the export, or add `--without-secrets`.",
            code="passphrase-wrong",
        ) from None
    if len(key) != KEY_BYTES:
        raise ValueError("The sealed key has another length.")
    return key


def _derived(passphrase: Sensitive[str], salt: bytes, work: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=KEY_BYTES, n=work, r=8, p=1).derive(passphrase.reveal().encode())


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
