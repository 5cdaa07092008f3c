"""The proxies that the environment names."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from pywrangler.cloudflare.wire.certificates import tls_context
from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

PROXY_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Proxy:
    """A proxy. `headers` are its login; `context` is there where it speaks TLS itself."""

    host: str
    port: int
    headers: Mapping[str, str]
    context: ssl.SSLContext | None


def proxy_for(url: str, environment: Mapping[str, str]) -> str | None:
    """The proxy that the standard variables name for `url`, lower-case names first; NO_PROXY is honoured."""
    parts = urlsplit(url)
    variable = proxy_variable(parts.scheme, environment)
    if variable is None:
        return None
    proxy = environment[variable]
    if _is_excepted(
        parts.hostname or "", parts.port, environment.get("no_proxy") or environment.get("NO_PROXY")
    ):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def proxy_variable(scheme: str, environment: Mapping[str, str]) -> str | None:
    """The name of the variable that has the proxy for addresses of this scheme."""
    names = (name for lower in (f"{scheme}_proxy", "all_proxy") for name in (lower, lower.upper()))
    return next((name for name in names if environment.get(name)), None)


def _is_excepted(host: str, port: int | None, exceptions: str | None) -> bool:
    """Whether NO_PROXY names the host: `*`, a name, or a domain that it ends in, with or without a port."""
    for entry in (exceptions or "").replace(" ", "").lower().split(","):
        name, _, only_port = entry.partition(":")
        if only_port and only_port != str(port):
            continue
        name = name.removeprefix("*").removeprefix(".")
        if entry == "*" or (name and (host == name or host.endswith(f".{name}"))):
            return True
    return False


def read_proxy(proxy: str, variable: str, environment: Mapping[str, str]) -> Proxy:
    """The proxy at an address. Raises `UsageError` if it is not the address of an http or https proxy."""
    try:
        parts = urlsplit(proxy)
        usual = PROXY_PORTS[parts.scheme]
        port = parts.port or usual
        if not parts.hostname:
            raise ValueError
    except (ValueError, KeyError) as error:
        scheme, _, rest = proxy.partition("://")
        shown = f"{scheme}://{rest.rpartition('@')[2]}"  # without a password
        raise UsageError(
            f"{variable} is `{shown}`, which is not the address of an http or https proxy.",
            hint=f"Write it like `http://proxy.example.com:3128`, or unset {variable}.",
        ) from error
    headers = {}
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    context = tls_context(environment) if parts.scheme == "https" else None
    return Proxy(parts.hostname, port, headers, context)
