"""A raw byte stream to the engine, for code that implements HTTP/1.1 or a hijacked connection itself."""

from __future__ import annotations

import asyncio
import ssl

from pywrangler.engine.address import EngineAddress, TlsFiles
from pywrangler.engine.failures import explain_connection_failure

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


def tls_context(files: TlsFiles) -> ssl.SSLContext:
    """A client context for an engine behind TLS. Raises OSError when a file cannot be read."""
    context = ssl.create_default_context(cafile=files.ca)
    if not files.is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if files.certificate and files.key:
        context.load_cert_chain(files.certificate, files.key)
    return context
