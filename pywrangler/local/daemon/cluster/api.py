"""What a node answers to other nodes: over TLS, at its advertised address.

A machine that is about to join has no certificate yet. It may ask for the authority, and show its token; all
else takes a certificate of the cluster.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields
from typing import Any

from aiohttp import web

from pywrangler.errors import PywranglerError
from pywrangler.local.cluster.bucket import BucketAddress
from pywrangler.local.cluster.identity import authority_certificate, server_context
from pywrangler.local.cluster.settings import ClusterSettings, ClusterSettingsError, joined
from pywrangler.local.cluster.tokens import JoinTokenError, JoinTokens
from pywrangler.local.daemon.cluster.peers import TUNNEL
from pywrangler.local.daemon.cluster.tunnels import OpenStream, relay
from pywrangler.local.rest.streaming import stream_lines
from pywrangler.sensitive import Sensitive

log = logging.getLogger(__name__)

Answer = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""Answers a call with a JSON body by JSON data. Raises `PywranglerError`."""
Stream = Callable[[Mapping[str, Any]], AsyncIterator[Mapping[str, Any]]]
"""Answers a call by lines of JSON, as long as the other node listens."""
OPEN_PATHS = frozenset({"/authority", "/join"})
SHUTDOWN_SECONDS = 2.0


class NodeApi:
    """`answers` are the calls of other nodes by path, `streams` those that are answered line by line."""

    def __init__(
        self,
        settings: ClusterSettings,
        tokens: JoinTokens,
        answers: Mapping[str, Answer],
        streams: Mapping[str, Stream] | None = None,
        open_stream: OpenStream | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._clock = clock
        self._streams = streams or {}
        self._open_stream = open_stream
        self._answers: dict[str, Answer] = {**answers, "/authority": self._authority, "/join": self._join}

    @asynccontextmanager
    async def serving(self, listening: socket.socket) -> AsyncIterator[None]:
        """Answer while the context is open."""
        app = web.Application()
        app.router.add_route("GET", TUNNEL, self._tunnel)
        app.router.add_route("POST", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        context = server_context(authority_certificate(self._settings.authority), self._settings.certificate)
        await web.SockSite(runner, listening, ssl_context=context).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _tunnel(self, request: web.Request) -> web.StreamResponse:
        if not _is_of_node(request) or self._open_stream is None:
            return _refusal(403, PywranglerError("Only nodes of the cluster may call this."))
        try:
            stream = await self._open_stream(dict(request.query))
        except (PywranglerError, OSError, ValueError) as error:
            known = error if isinstance(error, PywranglerError) else PywranglerError(str(error))
            return _refusal(424, known)
        tunnel = web.WebSocketResponse(max_msg_size=0)
        await tunnel.prepare(request)
        await relay(tunnel, stream)
        return tunnel

    async def _stream(self, request: web.Request, stream: Stream) -> web.StreamResponse:
        body = await request.json()
        return await stream_lines(request, stream(body if isinstance(body, dict) else {}), dict)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.path not in OPEN_PATHS and not _is_of_node(request):
            return _refusal(403, PywranglerError("Only nodes of the cluster may call this."))
        if (stream := self._streams.get(request.path)) is not None:
            return await self._stream(request, stream)
        if (answer := self._answers.get(request.path)) is None:
            return _refusal(404, PywranglerError(f"This node does not know the call `{request.path}`."))
        try:
            body = await request.json()
            return web.json_response({"result": await answer(body if isinstance(body, dict) else {})})
        except PywranglerError as error:
            return _refusal(424, error)
        except ValueError:
            return _refusal(400, PywranglerError("The call has no JSON."))

    async def _authority(self, _: Mapping[str, Any]) -> str:
        return authority_certificate(self._settings.authority)

    async def _join(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """What a new node must know. The token in the body is used up."""
        if not self._tokens.take(Sensitive(str(body.get("secret"))), self._clock()):
            raise JoinTokenError(
                "This token was used before, or is older than a day.",
                hint="Make another one with `pywrangler cluster token` on a node of the cluster.",
            )
        log.info("A machine uses a token to join the cluster.")
        settings = self._settings
        bucket = {each.name: getattr(settings.bucket, each.name) for each in fields(BucketAddress)}
        return {
            "bucket": {**bucket, "secret_access_key": settings.bucket.secret_access_key.reveal()},
            "key": settings.key.reveal(),
            "account_id": settings.account_id,
            "authority": settings.authority.reveal(),
        }


def _is_of_node(request: web.Request) -> bool:
    transport = request.transport
    # With CERT_OPTIONAL there is a certificate only if the authority has signed it.
    return transport is not None and bool(transport.get_extra_info("peercert"))


def listen_for_nodes(address: str, port: int) -> socket.socket:
    """A socket at the advertised address. Raises `ClusterSettingsError` if this machine does not have it."""
    where = joined(address, port)
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(found[0], socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(found[4])
            listening.listen()
        except BaseException:
            listening.close()
            raise
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ClusterSettingsError(
            f"This node cannot listen for other nodes at `{where}`: {reason}.",
            hint="Advertise an address that this machine has, with a port that is free: `ADDRESS:PORT`.",
        ) from error
    return listening


def _refusal(status: int, error: PywranglerError) -> web.Response:
    return web.json_response({"error": error.as_json()}, status=status)
