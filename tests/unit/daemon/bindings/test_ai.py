"""Calls of `ai` bindings, as `workerd`'s module makes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pywrangler.credentials.logins import store_login
from pywrangler.local.daemon.bindings.inference import ChatStream, InferenceError, plan_call
from pywrangler.sensitive import Sensitive
from tests.support.api import ACCOUNT, Call, Says, refusal, result, serve
from tests.support.servers.openai import USAGE, ModelServer, serve_models
from tests.unit.daemon.bindings.calls import serving

MODEL = {"cf-consn-model-id": "@cf/meta/llama"}
UNKNOWN = {"cf-consn-model-id": "other"}


def binding(url: str) -> dict[str, Any]:
    return {"type": "ai", "name": "AI", "server": {"url": f"{url}/v1", "models": [["@cf/*", "llama3.2"]]}}


async def test_a_model_server_is_asked_in_its_form(short_directory: Path) -> None:
    with serve_models(ModelServer(key="k")) as server:
        async with serving(short_directory, binding(server.url)) as caller:
            caller.secrets["AI"] = Sensitive("k")
            status, body = await caller.call("AI", "/run", {"inputs": {"prompt": "Hi"}}, headers=MODEL)
            assert (status, json.loads(body)) == (200, {"response": "You said: Hi", "usage": USAGE})
            _, body = await caller.call(
                "AI", "/run", {"inputs": {"prompt": "Hi", "stream": True}}, headers=MODEL
            )
            assert body.startswith(b'data: {"response": "You "}\n\ndata: {"response": "said: "}')
            assert body.endswith(b"data: [DONE]\n\n")
            embedder = {"cf-consn-model-id": "nomic-embed-text"}
            _, body = await caller.call("AI", "/run", {"inputs": {"text": ["ab"]}}, headers=embedder)
            assert json.loads(body) == {"shape": [1, 3], "data": [[2.0, 0.5, -1.0]]}
            status, body = await caller.call("AI", "/ai-api/models/search")
            assert [each["name"] for each in json.loads(body)["result"]] == ["llama3.2", "nomic-embed-text"]
            status, body = await caller.call("AI", "/run", {"inputs": {"prompt": "x"}}, headers=UNKNOWN)
            assert (status, json.loads(body)["internalCode"]) == (404, 5007)
            status, body = await caller.call("AI", "/run", b"audio", headers={"Content-Type": "audio/mpeg"})
            assert (status, json.loads(body)["internalCode"]) == (400, 5004)
            status, body = await caller.call("AI", "/to-everything/markdown/transformer", {"files": []})
            assert (status, b"has no conversion" in body) == (501, True)
            caller.secrets.clear()
            status, body = await caller.call("AI", "/ai-api/models/search")
            assert (status, b"PYWRANGLER_AI_KEY" in body) == (401, True)


async def test_without_models_the_reason_is_plain_text(short_directory: Path) -> None:
    async with serving(short_directory, {"type": "ai", "name": "AI"}) as caller:
        status, body = await caller.call("AI", "/run", {"inputs": {}})
        assert (status, body[:44]) == (501, b"The binding `AI` has no models to run. Deplo")
        status, body = await caller.call("AI", "/ai-api/models/search")
        assert "pywrangler login" in json.loads(body)["errors"][0]["message"]
        status, body = await caller.call("GONE", "/run")
        assert (status, b"was deleted" in body) == (404, True)


async def test_an_account_is_asked_with_the_login(short_directory: Path) -> None:
    def answer(call: Call) -> Says:
        if call.headers.get("authorization") != "Bearer t":
            return refusal(401, 10000, "Authentication error")
        match call.path:
            case "/ai/run/@cf/meta/llama":
                named = call.query.get("lang") or call.headers.get("cf-aig-gateway-id")
                return result({"response": named or call.body.decode()})
            case "/ai/models/search":
                return result([call.query])
            case "/ai/tomarkdown":
                return result([{"has": b"words" in call.body and b"cssSelector" in call.body}])
            case "/ai/tomarkdown/supported":
                return result([{"extension": ".txt"}])
        return refusal(404, 7003, "Could not route")

    with serve(answer) as api:
        bound = {"type": "ai", "name": "AI", "account": {"id": ACCOUNT, "api": api.url}}
        async with serving(short_directory, bound) as caller:
            status, body = await caller.call("AI", "/run", {"inputs": {}}, headers=MODEL)
            assert (status, b"no longer stored" in body) == (501, True)
            store_login(short_directory, "default", Sensitive("t"), ACCOUNT)
            call = {"inputs": {"prompt": "x"}}
            _, body = await caller.call("AI", "/run", call, headers=MODEL)
            assert json.loads(body) == {"response": '{"prompt": "x"}'}
            through = {**call, "options": {"gateway": {"id": "g", "cacheTtl": 9}}}
            _, body = await caller.call("AI", "/ai-gateway/run", through, headers=MODEL)
            assert json.loads(body) == {"response": "g"}
            query = "/run?version=3&userInputs=%7B%22lang%22:%22de%22%7D"
            _, body = await caller.call(
                "AI", query, b"sound", headers={**MODEL, "Content-Type": "audio/mpeg"}
            )
            assert json.loads(body) == {"response": "de"}
            _, body = await caller.call("AI", "/ai-api/models/search?task=x")
            assert json.loads(body)["result"] == [{"task": "x"}]
            files = [{"name": "a.txt", "mimeType": "text/plain", "data": "d29yZHM="}]
            options = {"conversionOptions": {"html": {"cssSelector": "p"}}}
            path = "/to-everything/markdown/transformer"
            _, body = await caller.call("AI", path, {"files": files, "options": options})
            assert json.loads(body)["result"] == [{"has": True}]
            _, body = await caller.call("AI", "/to-everything/markdown/supported")
            assert json.loads(body)["result"] == [{"extension": ".txt"}]
            status, body = await caller.call("AI", "/run", call, headers={"cf-consn-model-id": "@cf/none"})
            assert (status, json.loads(body)["errors"][0]["code"]) == (404, 7003)


@pytest.mark.parametrize(
    ("model", "inputs", "words"),
    [
        ("@cf/openai/whisper", {"audio": []}, "a model for speech recognition"),
        ("@cf/baai/bge-reranker-base", {"query": "x", "contexts": []}, "a model for reranking"),
        ("m", {"audio": []}, "called with `audio`"),
        ("m", {}, "called with no inputs"),
        ("m", {"text": [1]}, "neither a string nor a list"),
        ("m", {"messages": [1]}, "not a list of objects"),
        ("m", None, "not an object"),
    ],
)
def test_what_no_model_server_does_is_refused(model: str, inputs: Any, words: str) -> None:
    with pytest.raises(InferenceError) as caught:
        plan_call(model, model, inputs)
    assert words in caught.value.message
    assert caught.value.as_json()["internalCode"] == 5004


def test_a_stream_that_is_cut_short_still_ends() -> None:
    stream = ChatStream()
    assert stream.take('data: {"choices": [{"delta": {"content": "a"}}]}') == ['{"response": "a"}']
    assert stream.take(": a comment") == stream.take("data: nonsense") == []
    assert stream.finish() == ['{"response": ""}', "[DONE]"]
    assert stream.finish() == stream.take("data: [DONE]") == []
