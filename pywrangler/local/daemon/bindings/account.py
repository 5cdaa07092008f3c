"""The account at Cloudflare that a binding leads to, with the login that `pywrangler login` stored."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from pywrangler.errors import PywranglerError
from pywrangler.local.daemon.bindings.streams import reason_of

LIMITS = aiohttp.ClientTimeout(total=None, connect=15, sock_read=300)


class AccountError(Exception):
    """A call that did not reach the account."""

    def __init__(self, message: str, codes: Collection[int] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.codes = codes
        """Of the API's errors."""


@dataclass(frozen=True)
class CloudflareAccount:
    """An account, as a deploy wrote it into a binding."""

    id: str
    api: str
    """The address of Cloudflare's API."""
    profile: str | None
    """The profile of the login; None for the default one."""
    home: Path
    """Where the login is stored."""

    @classmethod
    def of_binding(cls, binding: Mapping[str, Any], home: Path) -> CloudflareAccount | None:
        """The account that a binding leads to, if it leads to one."""
        written = binding.get("account")
        if not isinstance(written, dict):
            return None
        return cls(str(written["id"]), str(written["api"]), written.get("profile"), home)

    async def send(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> aiohttp.ClientResponse:
        """The response to a call of the API below the account's path. Raises `AccountError`."""
        try:
            return await session.request(
                method,
                f"{self.api}/accounts/{self.id}{path}",
                data=body,
                params=query or {},
                headers={**(headers or {}), **await self.authorization()},
                timeout=LIMITS,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AccountError(f"Cloudflare ({self.api}) cannot be reached: {reason_of(error)}.") from None

    async def call(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The result of a call of the API. Raises `AccountError`, with what the API says."""
        response = await self.send(session, method, path, body=body, headers=headers)
        async with response:
            try:
                envelope = json.loads(await response.read())
            except (ValueError, aiohttp.ClientError):
                envelope = {}
        if response.status == 200 and isinstance(envelope, dict) and envelope.get("success"):
            return envelope["result"]
        errors = envelope.get("errors") if isinstance(envelope, dict) else None
        errors = errors if isinstance(errors, list) else []
        said = "; ".join(f"{each.get('message')} (code {each.get('code')})" for each in errors) or "no reason"
        raise AccountError(
            f"Cloudflare refused {method} {path} with status {response.status}: {said}.",
            [each.get("code") for each in errors],
        )

    async def authorization(self) -> dict[str, str]:
        """The header that carries the login. Raises `AccountError` if there is no login any more."""
        from pywrangler.credentials.logins import DEFAULT_PROFILE, stored_login

        profile = self.profile or DEFAULT_PROFILE
        try:
            login = await asyncio.to_thread(stored_login, self.home, profile)
        except PywranglerError as error:
            raise AccountError(error.message) from None
        if login is None:
            is_default = profile == DEFAULT_PROFILE
            again = "`pywrangler login`" if is_default else f"`pywrangler login --profile {profile}`"
            raise AccountError(f"The login of profile `{profile}` is no longer stored. Run {again}.")
        return {"Authorization": f"Bearer {login.secret.reveal()}"}
