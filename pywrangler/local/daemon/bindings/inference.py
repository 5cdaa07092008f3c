"""Between the inputs and outputs of Workers AI and OpenAI's API: what a model server is asked, and what a
Worker gets. Pure.

Forms of Workers AI: its published schemas of models for text generation and embeddings (November 2026).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Any
NO_MODEL = 5007
INVALID_INPUT = 5004
"""Codes of Workers AI's errors."""
DEFAULT_MAX_TOKENS = 256
"""What Workers AI generates at most, if the Worker does not say."""
SAME_NAMES = ("temperature", "top_p", "seed", "frequency_penalty", "presence_penalty", "response_format")
"""Inputs that OpenAI's API has, too."""
SERVER_NAMES = ("top_k", "repetition_penalty")
"""Inputs that llama.cpp, vLLM and others take beside OpenAI's."""
OTHER_TASKS: Mapping[str, str] = {
    "@cf/black-forest-labs/*": "text to image",
    "@cf/bytedance/*": "text to image",
    "@cf/leonardo/*": "text to image",
    "@cf/lykon/*": "text to image",
    "@cf/runwayml/*": "text to image",
    "@cf/stabilityai/*": "text to image",
    "@cf/deepgram/*": "speech",
    "@cf/myshell-ai/*": "speech",
    "@cf/openai/whisper*": "speech recognition",
    "@cf/huggingface/distilbert*": "text classification",
    "@cf/meta/m2m100*": "translation",
    "@cf/ai4bharat/indictrans*": "translation",
    "@cf/facebook/bart*": "summarization",
    "@cf/baai/*rerank*": "reranking",
    "@cf/facebook/detr*": "object detection",
    "@cf/microsoft/resnet*": "image classification",
    "@cf/unum/*": "image to text",
    "@cf/llava-hf/*": "image to text",
}
"""Models that do neither chat nor embeddings, though their inputs may look so."""


class InferenceError(Exception):
    """A call that cannot be carried out, as Workers AI reports one."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def as_json(self) -> Json:
        """The body that `workerd`'s module of the binding (2026-11) makes its exception of."""
        return {
            "internalCode": self.code,
            "name": "AiError",
            "message": self.message,
            "description": self.message,
        }


@dataclass(frozen=True)
class ModelCall:
    """A request to a model server."""

    kind: Literal["chat", "embeddings"]
    body: Json

    @property
    def path(self) -> str:
        """The path below the server's address."""
        return "/chat/completions" if self.kind == "chat" else "/embeddings"

    @property
    def is_streamed(self) -> bool:
        """Whether the response comes in pieces."""
        return bool(self.body.get("stream"))


def model_name(models: Sequence[Sequence[str]], asked: str) -> str:
    """The server's name of a model: of the first pattern that fits, or the name itself."""
    return next((name for pattern, name in models if fnmatchcase(asked, pattern)), asked)


def plan_call(asked: str, model: str, inputs: Json) -> ModelCall:
    """The request that these inputs make. Raises `InferenceError` for what has no counterpart."""
    task = next((task for pattern, task in OTHER_TASKS.items() if fnmatchcase(asked, pattern)), None)
    if not isinstance(inputs, dict):
        raise InferenceError(400, INVALID_INPUT, "The inputs are not an object.")
    if task is None and ("messages" in inputs or "prompt" in inputs):
        return ModelCall("chat", _chat(model, inputs))
    if task is None and "text" in inputs:
        text = inputs["text"]
        texts = text if isinstance(text, list) else [text]
        if not texts or not all(isinstance(each, str) for each in texts):
            raise InferenceError(400, INVALID_INPUT, "`text` is neither a string nor a list of strings.")
        return ModelCall("embeddings", {"model": model, "input": texts, "encoding_format": "float"})
    given = ", ".join(f"`{name}`" for name in inputs) or "no inputs"
    what = f"a model for {task}" if task else f"called with {given}"
    raise InferenceError(
        400,
        INVALID_INPUT,
        f"`{asked}` is {what}. With a model server (PYWRANGLER_AI_URL) the local platform has chat"
        " (`messages`, `prompt`) and embeddings (`text`) only.",
    )


def _chat(model: str, inputs: Mapping[str, Json]) -> Json:
    messages = inputs.get("messages")
    if messages is None:
        messages = [{"role": "user", "content": inputs["prompt"]}]
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
        raise InferenceError(400, INVALID_INPUT, "`messages` is not a list of objects.")
    body: dict[str, Json] = {
        "model": model,
        "messages": [_message(each) for each in messages],
        "max_tokens": inputs.get("max_tokens") or DEFAULT_MAX_TOKENS,
    }
    for name in (*SAME_NAMES, *SERVER_NAMES):
        if inputs.get(name) is not None:
            body[name] = inputs[name]
    if (body.get("response_format") or {}).get("type") == "json_schema":
        body["response_format"] = _json_schema(body["response_format"])
    if inputs.get("tools"):
        body["tools"] = [_tool(each) for each in inputs["tools"]]
        if inputs.get("tool_choice") is not None:
            body["tool_choice"] = inputs["tool_choice"]
    if inputs.get("stream"):
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return body


def _message(message: Mapping[str, Json]) -> Json:
    """A message in OpenAI's form; Workers AI takes calls of tools without the object around them."""
    made = {name: value for name, value in message.items() if name in KNOWN_OF_MESSAGES}
    calls = message.get("tool_calls")
    if calls:
        made["tool_calls"] = [_earlier_call(each, number) for number, each in enumerate(calls)]
    return made


KNOWN_OF_MESSAGES = ("role", "content", "name", "tool_call_id")


def _earlier_call(call: Mapping[str, Json], number: int) -> Json:
    function = call.get("function") or call
    arguments = function.get("arguments")
    text = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    return {
        "id": call.get("id") or f"call_{number}",
        "type": "function",
        "function": {"name": function.get("name"), "arguments": text},
    }


def _tool(tool: Mapping[str, Json]) -> Json:
    if "function" in tool:
        return {"type": "function", "function": tool["function"]}
    kept = ("name", "description", "parameters")
    return {"type": "function", "function": {name: tool[name] for name in kept if name in tool}}


def _json_schema(wanted: Mapping[str, Json]) -> Json:
    """A schema in the object that OpenAI's API has around it; Workers AI takes it without."""
    schema = wanted.get("json_schema") or {}
    if "schema" not in schema:
        schema = {"name": "response", "schema": schema}
    return {"type": "json_schema", "json_schema": {"name": "response", **schema}}


def chat_output(completion: Json, *, is_json: bool) -> Json:
    """What a Worker gets for a chat; `is_json` says that it asked for JSON, which it gets as a value."""
    message = completion["choices"][0]["message"]
    response: Json = message.get("content")
    if is_json and isinstance(response, str):
        response = _parsed(response)
    output: dict[str, Json] = {"response": response}
    if message.get("tool_calls"):
        output["tool_calls"] = [_made_call(each) for each in message["tool_calls"]]
    return output | _usage(completion)


def embeddings_output(response: Json) -> Json:
    """What a Worker gets for embeddings."""
    data = [each["embedding"] for each in sorted(response["data"], key=lambda each: each.get("index", 0))]
    return {"shape": [len(data), len(data[0]) if data else 0], "data": data}


def models_output(response: Json) -> Json:
    """The server's models, as the binding's `models()` lists them."""
    return [
        {
            "id": each["id"],
            "source": 1,
            "name": each["id"],
            "description": "A model of the server that PYWRANGLER_AI_URL names.",
            "task": {"id": "", "name": "", "description": ""},
            "tags": [],
            "properties": [],
        }
        for each in response["data"]
    ]


def _usage(response: Json) -> dict[str, Json]:
    found = response.get("usage")
    return {"usage": found} if found else {}


def _made_call(call: Json) -> Json:
    function = call.get("function") or {}
    return {
        "id": call.get("id"),
        "name": function.get("name"),
        "arguments": _parsed(function.get("arguments") or "{}"),
    }


def _parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return text


@dataclass
class ChatStream:
    """Turns the events of a streamed chat into those of Workers AI, one by one."""

    is_over: bool = False
    _calls: dict[int, dict[str, Json]] = field(default_factory=dict)
    _usage: dict[str, Json] = field(default_factory=dict)

    def take(self, line: str) -> list[str]:
        """The data of events that a line of the server's response makes. Raises `InferenceError` for an
        error in the stream.
        """
        if self.is_over or not line.startswith("data:"):
            return []
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return self.finish()
        chunk = _parsed(data)
        if not isinstance(chunk, dict):
            return []
        if chunk.get("error"):
            raise InferenceError(502, 3043, f"The model server broke off: {error_text(chunk)}")
        self._usage |= _usage(chunk)
        events = []
        for choice in (chunk.get("choices") or [])[:1]:
            delta = choice.get("delta") or {}
            self._collect(delta.get("tool_calls") or [])
            if delta.get("content"):
                events.append(json.dumps({"response": delta["content"]}))
        return events

    def finish(self) -> list[str]:
        """The data of the last events."""
        if self.is_over:
            return []
        self.is_over = True
        last: dict[str, Json] = {"response": ""}
        if self._calls:
            last["tool_calls"] = [_made_call(self._calls[index]) for index in sorted(self._calls)]
        return [json.dumps(last | self._usage), "[DONE]"]

    def _collect(self, deltas: Sequence[Json]) -> None:
        for delta in deltas:
            call = self._calls.setdefault(delta.get("index", 0), {"function": {"name": "", "arguments": ""}})
            if delta.get("id"):
                call["id"] = delta["id"]
            for name in ("name", "arguments"):
                call["function"][name] += (delta.get("function") or {}).get(name) or ""


def error_text(body: Json) -> str:
    """What a server says in a body of an error, in whichever form."""
    error = body.get("error") if isinstance(body, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return str(message or (body.get("message") if isinstance(body, dict) else None) or body)
