"""Logins for Amazon ECR, made from the key pairs in the Secrets Store and kept in memory while they are
valid.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pywrangler.credentials.ecr import KeyPair, RegistryToken, authorize
from pywrangler.sensitive import Sensitive

RENEW_SECONDS = 3600.0
"""A token that expires sooner is replaced, so that a long pull does not outlive it. Tokens are valid for
twelve hours.
"""


@dataclass
class EcrTokens:
    """Implements `pywrangler.local.rest.registry_tokens.RegistryTokens`."""

    environment: Mapping[str, str]
    clock: Callable[[], float] = time.time
    _tokens: dict[tuple[str, str, str], RegistryToken] = field(default_factory=dict, repr=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def exchange(
        self, domain: str, public_credential: str, secret: Sensitive[str]
    ) -> tuple[str, Sensitive[str]]:
        async with self._lock:
            key = (domain, public_credential, secret.reveal())
            token = self._tokens.get(key)
            if token is None or token.expires_at - self.clock() < RENEW_SECONDS:
                pair = KeyPair(public_credential, secret)
                token = await asyncio.to_thread(authorize, domain, pair, self.environment)
                self._tokens[key] = token
        return token.username, token.password
