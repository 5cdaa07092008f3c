"""What `ai` bindings ask for: answered by a model server, by Workers AI in an account, or with a reason.

The paths are those of `workerd`'s module of the binding (2026-11).
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web

from pywrangler.local.daemon.bindings.account import AccountError, CloudflareAccount
from pywrangler.local.daemon.bindings.inference import INVALID_INPUT, InferenceError
from pywrangler.local.daemon.bindings.model_server import ModelServer
from pywrangler.local.daemon.bindings.streams import pass_on

MODEL_HEADER = "cf-consn-model-id"
RUN_PATHS = ("/run", "/ai-gateway/run")
"""The second one is that of calls through a gateway. A model server has none, and the call is the same."""
REST_PATHS = (
    *RUN_PATHS,
    "/ai-api/models/search",
    "/to-everything/markdown/supported",
    "/to-everything/markdown/transformer",
)
JSON = {"Content-Type": "application/json"}
"""The type without a charset, by which the module knows that it has to read JSON."""


async def answer_from_server(
    request: web.Request, server: ModelServer, session: aiohttp.ClientSession
) -> web.StreamResponse:
    """The response of a model server, in the form of Workers AI."""
    try:
        if request.path in RUN_PATHS:
            asked, inputs = await _read_run(request)
            output = await server.run(session, asked, inputs)
            if isinstance(output, AsyncIterator):
                return await _stream(request, output)
            return web.Response(body=json.dumps(output).encode(), headers=JSON | _request_id())
        if request.path == "/ai-api/models/search":
            return web.json_response({"result": await server.list_models(session)})
    except InferenceError as refused:
        body = refused.as_json() | {"errors": [{"code": refused.code, "message": refused.message}]}
        return web.Response(status=refused.status, body=json.dumps(body).encode(), headers=JSON)
    what = "gateways" if "gateway" in request.path else "conversion to Markdown"
    return failed(f"A model server (PYWRANGLER_AI_URL) has no {what}: only Workers AI in an account has.")


def has_rest_path(request: web.Request) -> bool:
    """Whether the account's REST API has what a call of the binding asks for."""
    return request.path in REST_PATHS and not request.headers.get("Upgrade")


async def answer_from_account(
    request: web.Request, account: CloudflareAccount, session: aiohttp.ClientSession
) -> web.StreamResponse:
    """The response of Workers AI in the account to a call that `has_rest_path`."""
    try:
        if request.path in RUN_PATHS:
            return await _run_in_account(request, account, session)
        if request.path == "/ai-api/models/search":
            found = await account.send(session, "GET", "/ai/models/search", query=request.query)
        elif request.path == "/to-everything/markdown/supported":
            found = await account.send(session, "GET", "/ai/tomarkdown/supported")
        else:
            form = _documents(await request.json())
            found = await account.send(session, "POST", "/ai/tomarkdown", body=form)
    except AccountError as failure:
        return failed(failure.message)
    return await pass_on(request, found)


def failed(message: str, status: int = 501) -> web.Response:
    """A response that the module turns into an exception with this message."""
    return web.json_response({"errors": [{"code": status, "message": message}]}, status=status)


async def _read_run(request: web.Request) -> tuple[str, Any]:
    """The model and its inputs. Raises `InferenceError` for what only Workers AI takes."""
    asked = request.headers.get(MODEL_HEADER, "")
    if request.headers.get("Upgrade") or request.content_type != "application/json":
        text = f"Inputs of `{asked}` that are streams or WebSockets do not go to a model server."
        raise InferenceError(400, INVALID_INPUT, text)
    return asked, (await request.json()).get("inputs")


async def _run_in_account(
    request: web.Request, account: CloudflareAccount, session: aiohttp.ClientSession
) -> web.StreamResponse:
    asked = request.headers.get(MODEL_HEADER, "")
    headers, query = {"Content-Type": request.headers["Content-Type"]}, {}
    body: Any
    if request.content_type == "application/json":
        call = await request.json()
        body = json.dumps(call.get("inputs"))
        gateway = (call.get("options") or {}).get("gateway")
        if gateway:
            headers |= _gateway_headers(gateway)
    else:  # a stream, with the other inputs beside it
        inputs = json.loads(request.query.get("userInputs", "{}"))
        query = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in inputs.items()
        }
        body = request.content.iter_any()
    found = await account.send(session, "POST", f"/ai/run/{asked}", body=body, headers=headers, query=query)
    if found.status != 200 or found.content_type != "application/json":
        return await pass_on(request, found)
    async with found:
        envelope = json.loads(await found.read())
    output = envelope.get("result") if isinstance(envelope, dict) and "result" in envelope else envelope
    return web.Response(body=json.dumps(output).encode(), headers=JSON | _request_id())


def _gateway_headers(gateway: Any) -> dict[str, str]:
    """The options of a gateway as headers of the API, which AI Gateway documents (since May 2026)."""
    names = {
        "id": "cf-aig-gateway-id",
        "skipCache": "cf-aig-skip-cache",
        "cacheTtl": "cf-aig-cache-ttl",
        "cacheKey": "cf-aig-cache-key",
        "metadata": "cf-aig-metadata",
        "collectLog": "cf-aig-collect-log",
    }
    return {
        header: value if isinstance(value, str) else json.dumps(value)
        for name, header in names.items()
        if (value := gateway.get(name)) is not None
    }


def _documents(call: Any) -> aiohttp.FormData:
    """Documents to convert, as the form that the API takes."""
    form = aiohttp.FormData()
    for file in call["files"]:
        content = base64.b64decode(file["data"])
        form.add_field(
            "files", content, filename=file["name"], content_type=file.get("mimeType") or "text/plain"
        )
    if options := (call.get("options") or {}).get("conversionOptions"):
        form.add_field("conversionOptions", json.dumps(options))
    return form


async def _stream(request: web.Request, events: AsyncIterator[str]) -> web.StreamResponse:
    """The events as they come. The first one decides whether there is a response or an error."""
    first = await anext(events, None)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"} | _request_id())
    await response.prepare(request)
    if first is not None:
        await response.write(_event(first))
    try:
        async for event in events:
            await response.write(_event(event))
    except InferenceError as refused:  # too late for a status
        await response.write(
            _event(json.dumps({"errors": [{"code": refused.code, "message": refused.message}]}))
        )
    await response.write_eof()
    return response


def _event(data: str) -> bytes:
    return f"data: {data}\n\n".encode()


def _request_id() -> dict[str, str]:
    return {"cf-ai-req-id": str(uuid.uuid4())}
