"""Where bindings lead to beside the local platform, by value."""

from __future__ import annotations

import pytest

from pywrangler.deploy.worker.elsewhere import (
    Elsewhere,
    ModelServerSettings,
    RemoteAccount,
    lead_elsewhere,
    model_server,
)
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

BINDINGS = [{"name": "AI", "type": "ai"}, {"name": "KV", "type": "kv_namespace"}]


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("http://localhost:8080/", "http://localhost:8080/v1"),
        ("https://models.example/openai/v1/", "https://models.example/openai/v1"),
        ("http://[::1]:1/v1/chat/completions", "http://[::1]:1/v1"),
    ],
)
def test_an_address_gets_its_version(given: str, url: str) -> None:
    assert model_server({"PYWRANGLER_AI_URL": given}) == ModelServerSettings(url)


def test_models_and_a_key_are_read() -> None:
    found = model_server(
        {
            "PYWRANGLER_AI_URL": "http://a",
            "PYWRANGLER_AI_KEY": "k",
            "PYWRANGLER_AI_MODELS": "@cf/baai/*=nomic, *=llama3.2:1b,",
        }
    )
    models = (("@cf/baai/*", "nomic"), ("*", "llama3.2:1b"))
    assert found == ModelServerSettings("http://a/v1", models, Sensitive("k"))
    assert model_server({"PYWRANGLER_AI_KEY": "k", "PYWRANGLER_AI_URL": ""}) is None


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PYWRANGLER_AI_URL": "localhost:11434"}, "`localhost:11434`, which is not an address"),
        ({"PYWRANGLER_AI_URL": "http://a:99999"}, "`http://a:99999`, which is not an address"),
        ({"PYWRANGLER_AI_URL": "http://me:pass@a"}, "a password"),
        ({"PYWRANGLER_AI_URL": "http://a", "PYWRANGLER_AI_MODELS": "x=y,llama"}, "`llama`"),
    ],
)
def test_what_cannot_be_is_named(variables: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        model_server(variables)
    assert words in caught.value.message
    assert "pass@" not in str(caught.value)


def test_bindings_say_where_they_lead() -> None:
    server = ModelServerSettings("http://a/v1", (("*", "m"),), Sensitive("k"))
    ai, kv = lead_elsewhere(BINDINGS, Elsewhere(server))
    assert ai == {**BINDINGS[0], "server": {"url": "http://a/v1", "models": [["*", "m"]]}, "key": "k"}
    assert kv == BINDINGS[1]
    account = RemoteAccount("1", "https://api")
    ai, kv = lead_elsewhere(BINDINGS, Elsewhere(account=account, remote=frozenset({"KV"})))
    assert (ai, kv) == (BINDINGS[0], {**BINDINGS[1], "account": {"id": "1", "api": "https://api"}})
