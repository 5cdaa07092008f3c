"""A model server on loopback with the parts of OpenAI's API that the platform uses.

It refuses each request that does not have the form which OpenAI documents (November 2026), and
each model that it does not have, as Ollama does. It answers with what it was asked, so that a test sees it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

from tests.support.servers.serving import QuietHandler, serving

TEXT = {"type": "string"}
CALL = {
    "type": "object",
    "required": ["id", "type", "function"],
    "additionalProperties": False,
    "properties": {
        "id": TEXT,
        "type": {"const": "function"},
        "function": {
            "type": "object",
            "required": ["name", "arguments"],
            "additionalProperties": False,
            "properties": {"name": TEXT, "arguments": TEXT},
        },
    },
}
PART = {
    "oneOf": [
        {
            "type": "object",
            "required": ["type", "text"],
            "properties": {"type": {"const": "text"}, "text": TEXT},
            "additionalProperties": False,
        },
        {
            "type": "object",
            "required": ["type", "image_url"],
            "properties": {
                "type": {"const": "image_url"},
                "image_url": {"type": "object", "required": ["url"], "properties": {"url": TEXT}},
            },
            "additionalProperties": False,
        },
    ]
}
CONTENT = {"oneOf": [TEXT, {"type": "array", "items": PART, "minItems": 1}]}


def _message(role: str, required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["role", *required],
        "additionalProperties": False,
        "properties": {"role": {"const": role}, "name": TEXT, **properties},
    }


CHAT = {
    "type": "object",
    "required": ["model", "messages"],
    "additionalProperties": False,
    "properties": {
        "model": {"type": "string", "minLength": 1},
        "messages": {
            "type": "array",
            "minItems": 1,
            "items": {
                "oneOf": [
                    _message("system", ("content",), content=CONTENT),
                    _message("developer", ("content",), content=CONTENT),
                    _message("user", ("content",), content=CONTENT),
                    _message(
                        "assistant",
                        (),
                        content={"oneOf": [*CONTENT["oneOf"], {"type": "null"}]},
                        tool_calls={"type": "array", "items": CALL, "minItems": 1},
                    ),
                    _message("tool", ("content", "tool_call_id"), content=CONTENT, tool_call_id=TEXT),
                ]
            },
        },
        "max_tokens": {"type": ["integer", "null"], "minimum": 1},
        "temperature": {"type": ["number", "null"], "minimum": 0, "maximum": 2},
        "top_p": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "seed": {"type": ["integer", "null"]},
        "frequency_penalty": {"type": ["number", "null"], "minimum": -2, "maximum": 2},
        "presence_penalty": {"type": ["number", "null"], "minimum": -2, "maximum": 2},
        "stream": {"type": ["boolean", "null"]},
        "stream_options": {
            "type": ["object", "null"],
            "properties": {"include_usage": {"type": "boolean"}},
            "additionalProperties": False,
        },
        "tools": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "function"],
                "additionalProperties": False,
                "properties": {
                    "type": {"const": "function"},
                    "function": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {
                            "name": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                            "description": TEXT,
                            "parameters": {"type": "object"},
                            "strict": {"type": ["boolean", "null"]},
                        },
                        "additionalProperties": False,
                    },
                },
            },
        },
        "tool_choice": {"type": ["string", "object"]},
        "response_format": {
            "oneOf": [
                {"properties": {"type": {"enum": ["text", "json_object"]}}, "additionalProperties": False},
                {
                    "required": ["type", "json_schema"],
                    "additionalProperties": False,
                    "properties": {
                        "type": {"const": "json_schema"},
                        "json_schema": {
                            "type": "object",
                            "required": ["name"],
                            "additionalProperties": False,
                            "properties": {
                                "name": TEXT,
                                "description": TEXT,
                                "schema": {"type": "object"},
                                "strict": {"type": ["boolean", "null"]},
                            },
                        },
                    },
                },
            ]
        },
    },
}
EMBEDDINGS = {
    "type": "object",
    "required": ["model", "input"],
    "additionalProperties": False,
    "properties": {
        "model": TEXT,
        "input": {
            "oneOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "minItems": 1, "maxItems": 2048, "items": TEXT},
            ]
        },
        "encoding_format": {"enum": ["float", "base64"]},
        "dimensions": {"type": "integer", "minimum": 1},
        "user": TEXT,
    },
}
SCHEMAS = {"/v1/chat/completions": CHAT, "/v1/embeddings": EMBEDDINGS}
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


@dataclass
class ModelServer:
    """The server: where it is, what it was sent, and what it has."""

    url: str = ""
    key: str | None = None
    """The key that it wants."""
    models: tuple[str, ...] = ("llama3.2", "nomic-embed-text")
    bodies: list[Any] = field(default_factory=list)
    breaks_off: bool = False
    """Whether a stream ends with an error in place of its last words."""


@contextmanager
def serve_models(server: ModelServer) -> Iterator[ModelServer]:
    """Serve on a free port for as long as the context is open."""
    with serving(_Handler, models=server) as port:
        server.url = f"http://127.0.0.1:{port}"
        yield server


class _Handler(QuietHandler):
    models: ModelServer

    def do_GET(self) -> None:  # noqa: N802 - the name http.server asks for
        if self._is_let_in():
            data = [
                {"id": name, "object": "model", "created": 1, "owned_by": "x"} for name in self.models.models
            ]
            self._send(200, {"object": "list", "data": data})

    def do_POST(self) -> None:  # noqa: N802 - the name http.server asks for
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._is_let_in():
            return None
        schema = SCHEMAS.get(self.path)
        if schema is None:
            return self._fail(404, f"no such path: {self.path}")
        for problem in Draft202012Validator(schema).iter_errors(body):
            return self._fail(400, f"{problem.json_path}: {problem.message[:300]}")
        if body["model"] not in self.models.models:
            return self._fail(404, f'model "{body["model"]}" not found, try pulling it first')
        self.models.bodies.append(body)
        if self.path == "/v1/embeddings":
            return self._embed(body)
        return self._stream(body) if body.get("stream") else self._complete(body)

    def _is_let_in(self) -> bool:
        wanted = f"Bearer {self.models.key}" if self.models.key else None
        if self.headers.get("Authorization") == wanted:
            return True
        self._fail(401, "Incorrect API key provided.")
        return False

    def _embed(self, body: Any) -> None:
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        data = [
            {"object": "embedding", "index": index, "embedding": [float(len(text)), 0.5, -1.0]}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        # In no order: the index says which is which.
        self._send(200, {"object": "list", "data": data[::-1], "model": body["model"], "usage": usage})

    def _complete(self, body: Any) -> None:
        message: dict[str, Any] = {"role": "assistant", "content": _said(body)}
        reason = "stop"
        if body.get("tools"):
            message |= {"content": None, "tool_calls": [_called(body)]}
            reason = "tool_calls"
        choice = {"index": 0, "message": message, "finish_reason": reason}
        whole = {"id": "c1", "object": "chat.completion", "created": 1, "model": body["model"]}
        self._send(200, {**whole, "choices": [choice], "usage": USAGE})

    def _stream(self, body: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        if body.get("tools"):
            call = _called(body)
            name, arguments = call["function"]["name"], call["function"]["arguments"]
            deltas += [
                {"tool_calls": [{"index": 0, **call, "function": {"name": name, "arguments": ""}}]},
                {"tool_calls": [{"index": 0, "function": {"arguments": arguments[:4]}}]},
                {"tool_calls": [{"index": 0, "function": {"arguments": arguments[4:]}}]},
            ]
        else:
            deltas += [{"content": word + " "} for word in _said(body).split()]
        if self.models.breaks_off:
            deltas = deltas[:2]
        for delta in deltas:
            choice = {"index": 0, "delta": delta, "finish_reason": None}
            self._event({**chunk, "choices": [choice]})
        if self.models.breaks_off:
            self._event({"error": {"message": "out of memory", "type": "server_error"}})
            return
        self._event({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            self._event({**chunk, "choices": [], "usage": USAGE})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, value: Any) -> None:
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
        self.wfile.flush()

    def _fail(self, status: int, message: str) -> None:
        self._send(status, {"error": {"message": message, "type": "invalid_request_error", "code": None}})

    def _send(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _said(body: Any) -> str:
    if body.get("response_format", {}).get("type") in ("json_schema", "json_object"):
        return json.dumps({"asked": body["messages"][-1]["content"]})
    return f"You said: {body['messages'][-1]['content']}"


def _called(body: Any) -> dict[str, Any]:
    name = body["tools"][0]["function"]["name"]
    return {"id": "call_9", "type": "function", "function": {"name": name, "arguments": '{"city":"Rome"}'}}
