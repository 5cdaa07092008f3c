"""`ai` bindings: with a model server, with an account's Workers AI, and with neither."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pywrangler.credentials.logins import forget_login, store_login
from pywrangler.sensitive import Sensitive
from tests.local.daemon.uploads import Account
from tests.support.api import ACCOUNT, Call, Says, refusal, result, serve
from tests.support.cli import Outcome, run
from tests.support.http import Answer, request
from tests.support.servers.openai import USAGE, ModelServer, serve_models

pytestmark = pytest.mark.workerd

WORKER = """
export default { async fetch(request, { AI }) {
  const { method = "run", args } = await request.json();
  try {
    if (method === "toMarkdown") args[0].blob = new Blob([args[0].text], { type: "text/plain" });
    const found = await AI[method](...args);
    if (found instanceof ReadableStream) return new Response(found);
    if (found instanceof Response) return found;
    return Response.json({ found, id: typeof AI.lastRequestId });
  } catch (error) { return Response.json({ name: error.name, message: error.message }, { status: 500 }); }
} };
"""
CHAT = "@cf/meta/llama-3.1-8b-instruct"
EMBEDDER = "@cf/baai/bge-base-en-v1.5"
KEY = "sk-not-in-any-log"
MAP = f"@cf/baai/*=nomic-embed-text, {CHAT}=llama3.2"


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    """A model server that wants a key."""
    with serve_models(ModelServer(key=KEY)) as running:
        yield running


@pytest.fixture
def url(account: Account, server: ModelServer, made: dict[str, str], tmp_path: Path) -> str:
    """The address of a Worker whose binding leads to the server."""
    if "url" not in made:
        variables = {"PYWRANGLER_AI_URL": server.url, "PYWRANGLER_AI_KEY": KEY, "PYWRANGLER_AI_MODELS": MAP}
        made["url"] = address(deploy(tmp_path, "models", variables), f"uses the model server {server.url}/v1")
    return made["url"]


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The address of the Worker, once it is deployed."""
    return {}


def deploy(directory: Path, name: str, variables: dict[str, str], ai: Any = None) -> Outcome:
    """Deploy the Worker from the command line."""
    configuration = {
        "name": name,
        "main": "index.js",
        "compatibility_date": "2026-06-01",
        "ai": {"binding": "AI", **(ai or {})},
    }
    (directory / "wrangler.json").write_text(json.dumps(configuration))
    (directory / "index.js").write_text(WORKER)
    return run("deploy --local --json", directory=directory, environment=variables)


def address(outcome: Outcome, said: str) -> str:
    """The address of what was deployed, which said this."""
    assert outcome.status == 0, outcome.stderr
    assert said in " ".join(outcome.stderr.split()), outcome.stderr
    return str(outcome.json["url"])


def call(url: str, *args: Any, method: str = "run") -> Answer:
    """Have the Worker call its binding."""
    return request(url, method="POST", body=json.dumps({"method": method, "args": args}).encode())


def test_a_chat_is_translated(url: str, server: ModelServer) -> None:
    inputs = {
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}],
        "temperature": 0.2,
        "top_p": 0.9,
        "seed": 7,
    }
    answer = call(url, CHAT, inputs)
    assert answer.json == {"found": {"response": "You said: Hi", "usage": USAGE}, "id": "string"}
    assert server.bodies[-1] == {**inputs, "model": "llama3.2", "max_tokens": 256}
    assert (
        call(url, CHAT, {"prompt": "Hello", "max_tokens": 9}).json["found"]["response"] == "You said: Hello"
    )
    assert server.bodies[-1]["max_tokens"] == 9


def test_json_comes_as_a_value(url: str) -> None:
    wanted = {"type": "json_schema", "json_schema": {"type": "object", "properties": {"asked": {}}}}
    answer = call(url, CHAT, {"prompt": "x", "response_format": wanted})
    assert answer.json["found"]["response"] == {"asked": "x"}


def test_tools_are_called(url: str) -> None:
    tool = {"name": "weather", "description": "Of a city", "parameters": {"type": "object", "properties": {}}}
    first = call(url, CHAT, {"prompt": "Rome?", "tools": [tool]}).json["found"]
    assert first["tool_calls"] == [{"id": "call_9", "name": "weather", "arguments": {"city": "Rome"}}]
    messages = [
        {"role": "user", "content": "Rome?"},
        {"role": "assistant", "content": None, "tool_calls": first["tool_calls"]},
        {"role": "tool", "content": "sunny", "tool_call_id": "call_9", "name": "weather"},
    ]
    whole = {"type": "function", "function": tool}
    assert call(url, CHAT, {"messages": messages, "tools": [whole]}).status == 200


def events(answer: Answer) -> list[Any]:
    """The data of the events of a stream."""
    found = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    return [each if each == "[DONE]" else json.loads(each) for each in found]


def test_a_stream_has_the_events_of_workers_ai(url: str) -> None:
    answer = call(url, CHAT, {"prompt": "Hi", "stream": True})
    words = [{"response": "You "}, {"response": "said: "}, {"response": "Hi "}]
    assert events(answer) == [*words, {"response": "", "usage": USAGE}, "[DONE]"], answer.text
    tool = {"name": "weather", "parameters": {"type": "object"}}
    called = events(call(url, CHAT, {"prompt": "Rome?", "stream": True, "tools": [tool]}))
    assert called[-2]["tool_calls"] == [{"id": "call_9", "name": "weather", "arguments": {"city": "Rome"}}]


def test_a_stream_that_breaks_off_says_so(url: str, server: ModelServer) -> None:
    server.breaks_off = True
    try:
        found = events(call(url, CHAT, {"prompt": "Hi", "stream": True}))
    finally:
        server.breaks_off = False
    assert "out of memory" in found[-1]["errors"][0]["message"], found


def test_embeddings_have_a_shape(url: str) -> None:
    answer = call(url, EMBEDDER, {"text": ["a", "bcd"]})
    assert answer.json["found"] == {"shape": [2, 3], "data": [[1.0, 0.5, -1.0], [3.0, 0.5, -1.0]]}
    assert call(url, EMBEDDER, {"text": "four"}).json["found"]["data"] == [[4.0, 0.5, -1.0]]


def test_the_servers_models_are_listed(url: str) -> None:
    found = call(url, method="models").json["found"]
    assert [each["name"] for each in found] == ["llama3.2", "nomic-embed-text"]


def test_the_raw_response_is_there(url: str) -> None:
    answer = call(url, CHAT, {"prompt": "Hi"}, {"returnRawResponse": True})
    assert answer.json["response"] == "You said: Hi"
    assert call(url, CHAT, {"prompt": "Hi"}, {"gateway": {"id": "g"}}).json["found"]["usage"] == USAGE


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (
            ["@cf/qwen/other", {"prompt": "x"}],
            ["5007", "`llama3.2`", "PYWRANGLER_AI_MODELS='@cf/qwen/other="],
        ),
        (["@cf/black-forest-labs/flux-1-schnell", {"prompt": "a cat"}], ["5004", "text to image"]),
        ([CHAT, {"image": [1, 2]}], ["5004", "`image`"]),
        ([CHAT, {"messages": [{"role": "user"}]}], ["status 400", "messages[0]"]),
        ([CHAT, {"messages": "Hi"}], ["5004", "`messages`"]),
    ],
)
def test_what_cannot_be_is_said(url: str, args: list[Any], words: list[str]) -> None:
    answer = call(url, *args)
    assert answer.status == 500
    assert [word for word in words if word not in answer.json["message"]] == [], answer.text


def test_what_a_server_has_not_is_said(url: str) -> None:
    message = call(url, {"name": "a.txt", "text": "x"}, method="toMarkdown").json["message"]
    assert "has no conversion to Markdown" in message
    supported = call(url, CHAT, {"prompt": "x"}, {"websocket": True})
    assert supported.status == 400, supported.text


def test_a_wrong_key_and_no_server_are_said_and_the_key_is_nowhere(
    account: Account, server: ModelServer, url: str, tmp_path: Path
) -> None:
    wrong = deploy(tmp_path, "models", {"PYWRANGLER_AI_URL": server.url, "PYWRANGLER_AI_KEY": "other"})
    message = call(address(wrong, "model server"), "llama3.2", {"prompt": "x"}).json["message"]
    assert "status 401" in message
    assert "PYWRANGLER_AI_KEY" in message
    none = deploy(tmp_path, "models", {"PYWRANGLER_AI_URL": "http://127.0.0.1:9"})
    message = call(address(none, "model server"), "llama3.2", {"prompt": "x"}).json["message"]
    assert "http://127.0.0.1:9/v1 (PYWRANGLER_AI_URL) cannot be reached: Connection refused." in message
    home = account.platform.home
    files = [file for file in home.rglob("*") if file.is_file() and not file.is_socket()]
    assert [file for file in files if KEY.encode() in file.read_bytes()] == []


def test_without_a_server_and_a_login_each_call_says_both_ways(account: Account, tmp_path: Path) -> None:
    url = address(deploy(tmp_path, "modelless", {}), "The binding `AI` has no models: its calls fail.")
    for answer in (call(url, CHAT, {"prompt": "x"}), call(url, method="models")):
        message = answer.json["message"]
        assert (answer.status, "PYWRANGLER_AI_URL" in message, "pywrangler login" in message) == (
            500,
            True,
            True,
        )


def account_answers(call: Call) -> Says:
    """Workers AI of an account, for what the test asks of it."""
    if call.headers.get("authorization") != "Bearer token-of-the-login":
        return refusal(401, 10000, "Authentication error")
    if call.path == "/ai/run/@cf/gone/model":
        return refusal(400, 5007, "No such model @cf/gone/model or task")
    if call.path == "/ai/run/@cf/picture/model":
        return Says(body=b"\x89PNG", content_type="image/png")
    if call.path.startswith("/ai/run/@cf/"):
        if call.json.get("stream"):
            text = b'data: {"response":"remote"}\n\ndata: [DONE]\n\n'
            return Says(body=text, content_type="text/event-stream")
        return result({"response": f"remote: {call.json['prompt']}"})
    if call.path == "/ai/models/search":
        return result([{"name": CHAT, "search": call.query.get("search")}])
    if call.path == "/ai/tomarkdown":
        return result([{"name": "a.txt", "data": "text" if b"some text" in call.body else "nothing"}])
    return refusal(404, 7003, "Could not route")


def test_with_a_login_calls_go_to_the_account(account: Account, tmp_path: Path) -> None:
    store_login(account.platform.home, "default", Sensitive("token-of-the-login"), ACCOUNT)
    try:
        with serve(account_answers) as api:
            variables = {"CLOUDFLARE_API_BASE_URL": api.url}
            url = address(
                deploy(tmp_path, "remote", variables), f"lead to the account {ACCOUNT} at Cloudflare"
            )
            assert call(url, CHAT, {"prompt": "x"}).json["found"] == {"response": "remote: x"}
            streamed = call(url, CHAT, {"prompt": "x", "stream": True}).text
            assert streamed == 'data: {"response":"remote"}\n\ndata: [DONE]\n\n'
            assert call(url, "@cf/picture/model", {"prompt": "x"}).body == b"\x89PNG"
            missing = call(url, "@cf/gone/model", {"prompt": "x"}).json
            assert missing["message"] == "5007: No such model @cf/gone/model or task"
            found = call(url, {"search": "llama"}, method="models").json["found"]
            assert found == [{"name": CHAT, "search": "llama"}]
            document = call(url, {"name": "a.txt", "text": "some text"}, method="toMarkdown").json
            assert document["found"] == {"name": "a.txt", "data": "text"}
            gateway = {"gateway": {"id": "g", "skipCache": True}}
            assert call(url, CHAT, {"prompt": "x"}, gateway).json["found"] == {"response": "remote: x"}
            headers = api.calls[-1].headers
            assert (headers["cf-aig-gateway-id"], headers["cf-aig-skip-cache"]) == ("g", "true")
    finally:
        forget_login(account.platform.home, "default")
    message = call(url, CHAT, {"prompt": "x"}).json["message"]
    assert "no longer stored. Run `pywrangler login`" in message
