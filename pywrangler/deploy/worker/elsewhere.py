"""Where bindings of the local platform lead to when that is elsewhere: a model server, or an account at
Cloudflare. Pure.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import urlsplit

from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

URL_VARIABLE = "PYWRANGLER_AI_URL"
KEY_VARIABLE = "PYWRANGLER_AI_KEY"
MODELS_VARIABLE = "PYWRANGLER_AI_MODELS"
FIRST_VERSION = "/v1"


REMOTE_KINDS: Mapping[str, str | None] = {
    "agent_memory": "namespace",
    "ai": None,
    "ai_search": "instance_name",
    "ai_search_namespaces": "namespace",
    "artifacts": "namespace",
    "browser": None,
    "d1_databases": "database_id",
    "dispatch_namespaces": "namespace",
    "flagship": "app_id",
    "images": None,
    "kv_namespaces": "id",
    "media": None,
    "mtls_certificates": "certificate_id",
    "pipelines": None,
    "queues": "queue",
    "r2_buckets": "bucket_name",
    "send_email": None,
    "services": "service",
    "stream": None,
    "vectorize": "index_name",
    "vpc_services": "service_id",
}
"""Fields whose bindings can lead to the account, with what each must name there."""


@dataclass(frozen=True)
class ModelServerSettings:
    """A server with OpenAI's API."""

    url: str
    """With the version in its path, without a slash at the end."""
    models: tuple[tuple[str, str], ...] = ()
    """Names of models at the server, by patterns of those that Workers name; the first that fits counts."""
    key: Sensitive[str] | None = None


@dataclass(frozen=True)
class RemoteAccount:
    """An account at Cloudflare, which the platform reaches with a stored login."""

    id: str
    api: str
    """The address of Cloudflare's API."""
    profile: str | None = None
    """The profile of the login; None for the default one."""

    def as_json(self) -> dict[str, Any]:
        """As a binding names it to the platform."""
        made = {"id": self.id, "api": self.api, "profile": self.profile}
        return {name: value for name, value in made.items() if value is not None}


@dataclass(frozen=True)
class Elsewhere:
    """What bindings may lead to."""

    server: ModelServerSettings | None = None
    account: RemoteAccount | None = None
    remote: frozenset[str] = field(default_factory=frozenset)
    """Bindings that lead to the account."""


def model_server(environment: Mapping[str, str]) -> ModelServerSettings | None:
    """The model server that variables name, if they name one. Raises `UsageError` for what cannot be one."""
    text = environment.get(URL_VARIABLE)
    if not text:
        return None
    key = environment.get(KEY_VARIABLE)
    models = _models(environment.get(MODELS_VARIABLE) or "")
    return ModelServerSettings(_url(text), models, Sensitive(key) if key else None)


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_sound = False
    if not is_sound:
        raise UsageError(
            f"{URL_VARIABLE} is `{text}`, which is not an address.",
            hint="Write it with `http://` or `https://`, such as http://127.0.0.1:11434 for Ollama.",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UsageError(
            f"{URL_VARIABLE} has a user, a password, a query or a fragment in it.",
            hint=f"Write the address alone, and a key in {KEY_VARIABLE}.",
        )
    path = parts.path.rstrip("/").removesuffix("/chat/completions")
    return f"{parts.scheme}://{parts.netloc}{path or FIRST_VERSION}"


def _models(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [pair.strip() for pair in text.split(",") if pair.strip()]
    found = []
    for pair in pairs:
        pattern, sign, name = (part.strip() for part in pair.rpartition("="))
        if not sign or not pattern or not name:
            raise UsageError(
                f"{MODELS_VARIABLE} has the part `{pair}`, which is not a pair of names.",
                hint=f"Write {MODELS_VARIABLE}={shlex.quote('@cf/baai/*=nomic-embed-text,*=llama3.2')}.",
            )
        found.append((pattern, name))
    return tuple(found)


def lead_elsewhere(bindings: Iterable[Mapping[str, Any]], elsewhere: Elsewhere) -> list[dict[str, Any]]:
    """The bindings, with where they lead to."""
    return [{**binding, **_target(binding, elsewhere)} for binding in bindings]


def _target(binding: Mapping[str, Any], elsewhere: Elsewhere) -> dict[str, Any]:
    server, account = elsewhere.server, elsewhere.account
    if server is not None and binding["type"] == "ai":
        written = {"url": server.url, "models": [list(pair) for pair in server.models]}
        return {"server": written} | ({"key": server.key.reveal()} if server.key else {})
    if account is not None and binding["name"] in elsewhere.remote:
        return {"account": account.as_json()}
    return {}
