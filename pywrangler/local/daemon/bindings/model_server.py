"""Calls of a server with OpenAI's API, such as Ollama, llama.cpp or vLLM."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from pywrangler.local.daemon.bindings.inference import (
    NO_MODEL,
    ChatStream,
    InferenceError,
    ModelCall,
    chat_output,
    embeddings_output,
    error_text,
    model_name,
    models_output,
    plan_call,
)
from pywrangler.local.daemon.bindings.streams import reason_of
from pywrangler.sensitive import Sensitive

LIMITS = aiohttp.ClientTimeout(total=None, connect=10, sock_read=600)
"""A model that is loaded first, or computed without a GPU, may take minutes to say its first word."""
UPSTREAM = 3043
TOO_MANY = 3040
MAX_SHOWN_MODELS = 10
MAX_SHOWN_CHARACTERS = 500


@dataclass(frozen=True)
class ModelServer:
    """A server, as the binding of a Worker names it."""

    url: str
    """With the version in its path: `http://127.0.0.1:11434/v1`."""
    models: tuple[tuple[str, str], ...]
    key: Sensitive[str] | None

    @classmethod
    def of_binding(cls, binding: Mapping[str, Any], key: Sensitive[str] | None) -> ModelServer | None:
        """The server that a binding leads to, if it leads to one."""
        written = binding.get("server")
        if not isinstance(written, dict):
            return None
        models = tuple((str(pattern), str(name)) for pattern, name in written.get("models") or ())
        return cls(str(written["url"]), models, key)

    async def run(self, session: aiohttp.ClientSession, asked: str, inputs: Any) -> Any:
        """The output of a model: a value, or an `AsyncIterator` of events' data if the Worker asked for one.

        Raises `InferenceError`.
        """
        model = model_name(self.models, asked)
        call = plan_call(asked, model, inputs)
        response = await self._send(session, "POST", call.path, call.body)
        if response.status != 200:
            async with response:
                raise await self._refusal(session, response, asked, model)
        if call.is_streamed:
            return self._events(response)
        async with response:
            return _output(call, await _json(response, self.url))

    async def list_models(self, session: aiohttp.ClientSession) -> Any:
        """The models that the server has."""
        async with await self._send(session, "GET", "/models", None) as response:
            if response.status != 200:
                raise _refused(response.status, await self._said(response))
            return models_output(await _json(response, self.url))

    async def _send(
        self, session: aiohttp.ClientSession, method: str, path: str, body: Any
    ) -> aiohttp.ClientResponse:
        headers = {"Authorization": f"Bearer {self.key.reveal()}"} if self.key else {}
        try:
            return await session.request(
                method, self.url + path, json=body, headers=headers, timeout=LIMITS, allow_redirects=False
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise InferenceError(
                502,
                UPSTREAM,
                f"The model server {self.url} (PYWRANGLER_AI_URL) cannot be reached: {reason_of(error)}."
                " Start it, or set the variable to its address and deploy again.",
            ) from None

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncIterator[str]:
        stream = ChatStream()
        async with response:
            try:
                async for line in response.content:
                    for event in stream.take(line.decode(errors="replace")):
                        yield event
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                text = f"The model server {self.url} broke off: {reason_of(error)}."
                raise InferenceError(502, UPSTREAM, text) from None
            for event in stream.finish():
                yield event

    async def _refusal(
        self, session: aiohttp.ClientSession, response: aiohttp.ClientResponse, asked: str, model: str
    ) -> InferenceError:
        said = await self._said(response)
        if response.status == 404:
            return InferenceError(404, NO_MODEL, said + await self._advice(session, asked, model))
        return _refused(response.status, said)

    async def _said(self, response: aiohttp.ClientResponse) -> str:
        text = await response.text(errors="replace")
        try:
            text = error_text(json.loads(text))
        except ValueError:
            text = text.strip()
        shown = text[:MAX_SHOWN_CHARACTERS].rstrip(".") or "no reason"
        return f"The model server {self.url} refused the request with status {response.status}: {shown}."

    async def _advice(self, session: aiohttp.ClientSession, asked: str, model: str) -> str:
        """What to do about a model that the server does not have."""
        try:
            names = [each["name"] for each in await self.list_models(session)]
        except InferenceError:
            return ""
        if not names or model in names:
            return ""
        shown = ", ".join(f"`{name}`" for name in names[:MAX_SHOWN_MODELS])
        return (
            f" It has {shown}. Name the one to use for `{asked}`: PYWRANGLER_AI_MODELS='{asked}={names[0]}',"
            " and deploy again."
        )


def _refused(status: int, said: str) -> InferenceError:
    if status in (401, 403):
        return InferenceError(status, UPSTREAM, f"{said} Set PYWRANGLER_AI_KEY to its key, and deploy again.")
    if status == 429:
        return InferenceError(429, TOO_MANY, said)
    return InferenceError(status if 400 <= status < 500 else 502, UPSTREAM, said)


def _output(call: ModelCall, body: Any) -> Any:
    try:
        if call.kind == "embeddings":
            return embeddings_output(body)
        return chat_output(body, is_json="response_format" in call.body)
    except (KeyError, IndexError, TypeError, AttributeError):
        raise InferenceError(502, UPSTREAM, "The model server's response is not in OpenAI's form.") from None


async def _json(response: aiohttp.ClientResponse, url: str) -> Any:
    try:
        return json.loads(await response.read())
    except (ValueError, aiohttp.ClientError) as error:
        text = f"The response of the model server {url} cannot be read: {error}."
        raise InferenceError(502, UPSTREAM, text) from None
