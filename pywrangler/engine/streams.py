"""A raw byte stream to the engine, for code that implements HTTP/1.1 or a hijacked connection itself."""

from __future__ import annotations

import asyncio

from pywrangler.engine.address import EngineAddress
from pywrangler.engine.failures import explain_connection_failure
from pywrangler.engine.tls_channel import tls_context

READ_LIMIT_BYTES = 256 * 1024


async def open_connection(address: EngineAddress) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A new connection to the engine; the caller closes the writer. Raises MissingError."""
    try:
        if address.socket_path is not None:
            return await asyncio.open_unix_connection(address.socket_path, limit=READ_LIMIT_BYTES)
        host, port = address.host_and_port
        context = tls_context(address.tls) if address.tls else None
        return await asyncio.open_connection(host, port, ssl=context, limit=READ_LIMIT_BYTES)
    except OSError as error:
        raise explain_connection_failure(address, error) from error
