"""Calls to other nodes, over TLS with both sides checked."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.identity import (
    authority_certificate,
    authority_fingerprint,
    client_context,
)
from pywrangler.local.cluster.settings import ClusterSettings, joined
from pywrangler.local.cluster.tokens import JoinToken, JoinTokenError
from pywrangler.local.daemon.bindings.streams import reason_of
from pywrangler.local.daemon.cluster.members import MemberRecord

CALL_SECONDS = 10.0
CONNECT_SECONDS = 3.0
TUNNEL = "/node/tunnel"
"""Where a node opens tunnels."""


class PeerError(PywranglerError):
    """Another node did not answer, or refused."""

    code = "node-unreachable"


class NodeRefusalError(PeerError):
    """Another node answered that it cannot do what it was asked."""


class Peers:
    """Calls other nodes in the name of this one. Use it from one event loop, and close it."""

    def __init__(self, settings: ClusterSettings) -> None:
        authority = authority_certificate(settings.authority)
        self._context = client_context(authority, settings.certificate)
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, node: MemberRecord, path: str, body: Any = None, seconds: float = CALL_SECONDS
    ) -> Any:
        """The result of a node's answer. Raises `PeerError`."""
        where = joined(node.address, node.port)
        return await _post(self._connections(), f"https://{where}{path}", body, seconds)

    async def tunnel(self, node: MemberRecord, query: Mapping[str, str]) -> aiohttp.ClientWebSocketResponse:
        """A WebSocket through which bytes go to what `query` names on a node. Raises `PeerError`."""
        where = joined(node.address, node.port)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await self._connections().ws_connect(
                    f"https://{where}{TUNNEL}", params=query, max_msg_size=0
                )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise PeerError(f"The node at {where} opens no tunnel: {reason_of(error)}.") from error

    async def lines(self, node: MemberRecord, path: str, body: Any) -> AsyncIterator[Mapping[str, Any]]:
        """The lines of a node's answer, until it ends. Raises `PeerError`."""
        where = joined(node.address, node.port)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
        try:
            async with self._connections().post(
                f"https://{where}{path}", json=body, timeout=timeout
            ) as response:
                if response.status != 200:
                    raise _refusal(await response.json(content_type=None), where)
                async for line in response.content:
                    yield json.loads(line)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise PeerError(f"The node at {where} tells no more: {reason_of(error)}.") from error

    def _connections(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self._context, limit=0))
        return self._session

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


async def ask_to_join(token: JoinToken) -> Mapping[str, Any]:
    """What the node that made a token tells a new one. It uses the token up.

    The node is known by the fingerprint in the token; nothing is sent to another one. Raises `PeerError` and
    `JoinTokenError`.
    """
    base = f"https://{token.address}"
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=unchecked)) as session:
        authority = str(await _post(session, f"{base}/authority", None, CALL_SECONDS))
    if not is_authority(authority, token.authority):
        raise JoinTokenError(
            f"The node at {token.address} belongs to another cluster than the token.",
            hint="Make a token on a node of the cluster with `pywrangler cluster token`.",
        )
    context = client_context(authority, None)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        told = await _post(session, f"{base}/join", {"secret": token.secret.reveal()}, CALL_SECONDS)
    if not isinstance(told, dict):
        raise PeerError(f"The node at {token.address} gave an answer that cannot be read.")
    return told


def is_authority(certificate: str, expected: str) -> bool:
    """Whether a certificate (PEM) has this fingerprint."""
    try:
        return authority_fingerprint(certificate) == expected
    except ValueError:
        return False


async def _post(session: aiohttp.ClientSession, url: str, body: Any, seconds: float) -> Any:
    timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
    where = url.removeprefix("https://").partition("/")[0]
    hint = f"Check that the platform runs there, and that this machine reaches {where}."
    try:
        async with asyncio.timeout(seconds), session.post(url, json=body or {}, timeout=timeout) as response:
            answer = await response.json(content_type=None)
    except TimeoutError as error:
        raise PeerError(f"The node at {where} gave no answer in {seconds:g} s.", hint=hint) from error
    except aiohttp.ClientConnectorCertificateError as error:
        raise PeerError(
            f"The node at {where} has no certificate of this cluster.",
            hint="It belongs to another cluster, or another program listens there.",
        ) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise PeerError(f"The node at {where} cannot be reached: {reason_of(error)}.", hint=hint) from error
    if not isinstance(answer, dict) or "result" not in answer:
        raise _refusal(answer, where)
    return answer["result"]


def _refusal(answer: Any, where: str) -> PywranglerError:
    """The error that a node answered with, in its own words."""
    said = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(said, dict) or "message" not in said:
        return PeerError(f"The node at {where} gave an answer that cannot be read.")
    is_about_token = said.get("code") == JoinTokenError.code
    kind = JoinTokenError if is_about_token else NodeRefusalError
    return kind(str(said["message"]), hint=said.get("hint"), detail=said.get("detail"))
