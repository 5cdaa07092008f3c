"""Encryption of secrets at rest: AES-256-GCM under the platform's key, bound to the place a value belongs to.

A sealed value is `nonce (12 bytes) + ciphertext + tag`. Because of the binding (`context`), a process that
can write the file but has no key cannot move a value to another row.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from pywrangler.errors import MissingError
from pywrangler.sensitive import Sensitive

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
LOST = "secret-lost"
"""The code of the error for a value whose key is gone."""


class Cipher:
    """Encrypts and decrypts values. Without a key it refuses both, and the rest of the platform works."""

    def __init__(self, key: bytes | None) -> None:
        self._key = key

    def seal(self, value: Sensitive[str], context: str) -> bytes:
        """The value, encrypted for `context`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead().encrypt(nonce, value.reveal().encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> Sensitive[str]:
        """The value that was sealed for `context`.

        Raises `MissingError` if it was sealed with another key.
        """
        from cryptography.exceptions import InvalidTag

        nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return Sensitive(self._aead().decrypt(nonce, ciphertext, context.encode()).decode())
        except InvalidTag as error:
            raise MissingError(
                f"The secret {context} cannot be decrypted: it was stored with another key of the platform.",
                hint="Put the secret again.",
                code=LOST,
            ) from error

    def fingerprint(self, value: Sensitive[str]) -> str:
        """A keyed hash that tells whether two values are the same and nothing else about them."""
        return hmac.new(self._require_key(), value.reveal().encode(), hashlib.sha256).hexdigest()

    def _aead(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self._require_key())

    def _require_key(self) -> bytes:
        if self._key is None:
            raise MissingError("The local platform has no key to encrypt secrets with.")
        return self._key
