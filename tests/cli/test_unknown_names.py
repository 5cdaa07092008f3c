"""A name that nothing has: one status, one sentence, the nearest name, and no request of the API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pywrangler.errors import ExitStatus
from tests.support.api import Call, Says, refusal, result, serve
from tests.support.cli import Outcome, run

ID = "c" * 32
OTHER = "f" * 32
APPLICATION = "11111111-1111-4111-8111-111111111111"


LISTS = {
    "/storage/kv/namespaces": [{"id": ID, "title": "shop"}],
    "/secrets_store/stores": [{"id": ID, "name": "shop"}],
    f"/secrets_store/stores/{ID}/secrets": [{"id": OTHER, "name": "TOKEN", "scopes": []}],
    "/containers/registries": [{"domain": "docker.io"}],
    "/workers/scripts": [{"id": "shop"}],
    "/workers/scripts/shop/secrets": [{"name": "TOKEN", "type": "secret_text"}],
    "/accounts": [{"id": ID, "name": "shop"}],
}
"""What an account has: one of each thing."""
REFUSALS = {
    f"/storage/kv/namespaces/{ID}/values": (10009, "get: 'key not found'"),
    "/storage/kv/namespaces": (10013, "namespace not found"),
    "/containers/registries": (1000, "IMAGE_REGISTRY_NOT_FOUND"),
    "/containers": (1000, "APPLICATION_NOT_FOUND"),
    "/workers/scripts/shop/secrets": (10056, "secret not found"),
    "": (10007, "This Worker does not exist on your account."),
}
"""What it says of anything else, by the beginning of the path."""


def account(call: Call) -> Says:
    """Answer for the account."""
    if call.method == "GET" and call.path in LISTS:
        return result(LISTS[call.path])
    if call.path.startswith("/user"):
        return result({"status": "active"})
    begin = next(path for path in REFUSALS if call.path.startswith(path))
    return refusal(404, *REFUSALS[begin])


TOLD = {
    "kv namespace delete shpo -y": ("There is no KV namespace `shpo`.", "Did you mean `shop`?"),
    f"kv namespace delete --namespace-id {OTHER} -y": (
        f"There is no KV namespace with the id `{OTHER}`.",
        "`pywrangler kv namespace list` shows the namespaces.",
    ),
    "kv namespace rename --namespace-id shop --new-name a": (
        "There is no KV namespace with the id `shop`.",
        f"`shop` is the name of a namespace. Give its id: `{ID}`.",
    ),
    f"kv key get nokey --namespace-id {ID} --remote": (
        "The namespace has no key `nokey`.",
        f"`pywrangler kv key list --namespace-id {ID} --remote` shows its keys.",
    ),
    f"kv key put k v --namespace-id {OTHER} --remote": (
        f"There is no KV namespace with the id `{OTHER}`.",
        "`pywrangler kv namespace list --remote` shows the namespaces.",
    ),
    f"kv key list --namespace-id {OTHER} --remote": (f"There is no KV namespace with the id `{OTHER}`.", ""),
    f"kv key delete k --namespace-id {OTHER} --remote": (
        f"There is no KV namespace with the id `{OTHER}`.",
        "",
    ),
    "kv key list --binding CACH --remote": (
        "has no KV namespace with the binding `CACH`.",
        "Did you mean `CACHE`?",
    ),
    "secrets-store store delete Shop --remote -y": (
        "There is no store with the id or the name `Shop`.",
        "Did you mean `shop`? `pywrangler secrets-store store list --remote` shows the stores.",
    ),
    "secrets-store secret get shop --secret-id token --remote": (
        "The store has no secret with the id or the name `token`.",
        f"Did you mean `TOKEN`? `pywrangler secrets-store secret list {ID} --remote` shows the secrets.",
    ),
    "containers registries delete docker.oi -y": (
        "The registry `docker.oi` is not configured.",
        "`docker.io`",
    ),
    f"containers info {APPLICATION}": (f"There is no application `{APPLICATION}`.", ""),
    f"containers delete {APPLICATION} -y": (f"There is no application `{APPLICATION}`.", ""),
    "secret delete TOKN --name shop -y": ("The Worker `shop` has no secret `TOKN`.", "Did you mean `TOKEN`?"),
    "secret list --name shpo": ("There is no Worker `shpo`.", "Did you mean `shop`?"),
    "delete shpo --force": ("There is no Worker `shpo`.", "Did you mean `shop`?"),
    "whoami --account shpo": (
        "The credentials do not have access to an account with the id or name `shpo`.",
        "Did you mean `shop`?",
    ),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a KV namespace."""
    configuration = {"name": "web", "kv_namespaces": [{"binding": "CACHE", "id": ID}]}
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    return tmp_path


def ask(command: str, directory: Path, **environment: str) -> Outcome:
    """Run the command against the account."""
    with serve(account) as api:
        return run(command, directory=directory, environment=api.environment | environment)


@pytest.mark.parametrize(("command", "told"), TOLD.items(), ids=TOLD)
def test_an_unknown_name_is_reported_plainly(command: str, told: tuple[str, str], project: Path) -> None:
    outcome = ask(command, project)
    message, hint = told
    assert outcome.status == ExitStatus.FAILURE, outcome.stderr
    assert message in outcome.stderr
    assert hint in outcome.stderr
    assert "HTTP" not in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize("command", ["whoami", "containers list", "logout", "secret list --name a"])
def test_a_profile_that_is_not_stored_is_no_reason_to_act_elsewhere(command: str, project: Path) -> None:
    outcome = run(f"{command} --profile nobody", directory=project)
    assert outcome.status == ExitStatus.FAILURE
    assert "No login is stored for the profile `nobody`." in outcome.stderr
    assert "Store one: `pywrangler login --profile nobody`." in outcome.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["kv", "key", "get", "a\udcff", "--namespace-id", ID, "--remote"],
        ["kv", "key", "list", "--prefix", "a\udcff", "--namespace-id", ID, "--remote"],
        ["kv", "namespace", "create", "a\udcff"],
        ["secret", "put", "a\udcff", "--name", "shop"],
        ["secret", "delete", "TOKEN", "--name", "a\udcff"],
        ["delete", "a\udcff"],
        ["containers", "registries", "delete", "a\udcff", "-y"],
        ["secrets-store", "store", "create", "a\udcff", "--remote"],
    ],
)
def test_a_name_that_is_not_utf_8_is_refused(command: list[str], project: Path) -> None:
    with serve(account) as api:
        outcome = run(command, directory=project, environment=api.environment, stdin="planted")
    assert outcome.status == ExitStatus.USAGE, outcome.stderr
    assert "is not text in UTF-8." in outcome.stderr
    assert "planted" not in outcome.stderr


@pytest.mark.parametrize(
    ("command", "operand"),
    [
        ("kv key put '' v", "KEY"),
        ("kv namespace create ''", "NAME"),
        ("containers info ''", "ID"),
        ("containers registries delete ''", "DOMAIN"),
        ("secret delete '' --name w", "KEY"),
        ("secrets-store store create ''", "NAME"),
        ("tail ''", "WORKER"),
        ("delete ''", "WORKER"),
        ("local logs ''", "WORKER"),
        ("init ''", "DIRECTORY"),
    ],
)
def test_an_empty_operand_is_distinguished_from_an_omitted_one(
    command: str, operand: str, tmp_path: Path
) -> None:
    outcome = run(command, directory=tmp_path)
    assert outcome.status == ExitStatus.USAGE
    assert outcome.stderr.startswith(f"Error: `{operand}` is empty.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (
            {"CLOUDFLARE_API_BASE_URL": "nonsense"},
            "CLOUDFLARE_API_BASE_URL is `nonsense`, which is not an http",
        ),
        ({"CLOUDFLARE_API_BASE_URL": "http://"}, "CLOUDFLARE_API_BASE_URL is `http://`, which is not"),
        ({"CLOUDFLARE_API_BASE_URL": "http://a:99999999"}, "CLOUDFLARE_API_BASE_URL is `http://a:99999999`"),
        ({"CLOUDFLARE_API_BASE_URL": "http://[a"}, "CLOUDFLARE_API_BASE_URL is `http://[a`"),
        ({"HTTP_PROXY": "http://["}, "HTTP_PROXY is `http://[`, which is not the address of an http"),
        ({"http_proxy": "socks5://u:planted@a:1"}, "http_proxy is `socks5://a:1`, which is not"),
        ({"ALL_PROXY": "http://a:99999"}, "ALL_PROXY is `http://a:99999`, which is not"),
        ({"CLOUDFLARE_ACCOUNT_ID": "../a"}, "`../a` is not the id of an account."),
        ({"CLOUDFLARE_API_TOKEN": "planted x"}, "CLOUDFLARE_API_TOKEN has a character at position 8"),
        ({"CLOUDFLARE_API_TOKEN": "plantedé"}, "position 8 that is not allowed: it is not ASCII."),
        ({"CLOUDFLARE_API_TOKEN": "planted\n"}, "position 8 that is not allowed: a line break."),
    ],
)
def test_a_variable_that_cannot_be_is_named(variables: dict[str, str], told: str, tmp_path: Path) -> None:
    outcome = ask("kv namespace list", tmp_path, **variables)
    assert outcome.status == ExitStatus.USAGE, outcome.stderr
    assert told in outcome.stderr
    assert "planted" not in outcome.stderr


@pytest.mark.parametrize("host", ["https://a/b", "a:99999999", "a b", "a:port", "a:70000"])
def test_a_registry_that_cannot_be_is_named(host: str, tmp_path: Path) -> None:
    outcome = ask("containers images list", tmp_path, CLOUDFLARE_CONTAINER_REGISTRY=host)
    assert outcome.status == ExitStatus.USAGE
    assert outcome.stderr.startswith(
        f"Error: CLOUDFLARE_CONTAINER_REGISTRY is `{host}`, which is not a host.\n"
    )


@pytest.mark.slow
def test_a_refused_connection_is_not_called_slow(tmp_path: Path) -> None:
    outcome = ask("kv namespace list", tmp_path, CLOUDFLARE_API_BASE_URL="http://127.0.0.1:1/x")
    assert outcome.status == ExitStatus.FAILURE
    assert "could not be reached at http://127.0.0.1:1/x: Connection refused" in outcome.stderr


REFUSED = [
    (
        refusal(429, 971, "Too many requests"),
        "Cloudflare refused the request: Too many requests.",
        "Wait for some",
    ),
    (refusal(500, 10001, "broken", cf_ray="r-1"), "refused the request: broken.", "cloudflarestatus.com"),
    (
        refusal(404, 7003, "Could not route?"),
        "refused the request: Could not route?\n",
        "CLOUDFLARE_ACCOUNT_ID",
    ),
    (Says(404), "Cloudflare refused the request and gave no reason.", "CLOUDFLARE_ACCOUNT_ID"),
    (
        Says(302, headers={"Location": "http://p/in"}),
        "was redirected to `http://p/in` (HTTP 302).",
        "HTTPS_PROXY",
    ),
]


@pytest.mark.parametrize(("says", "told", "advice"), REFUSED)
def test_a_refusal_says_the_reason_first_and_what_to_do(
    says: Says, told: str, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pywrangler.cloudflare.client.time.sleep", lambda _: None)
    with serve(lambda _: says) as api:
        outcome = run("kv namespace list", directory=tmp_path, environment=api.environment)
    first = outcome.stderr.partition("\n")[0] + "\n"
    assert told in first
    assert advice in outcome.stderr
    assert "code" not in first


@pytest.mark.parametrize(
    "command",
    [
        "secret delete A --name ..",
        "secret list --name .",
        "delete ..",
        "kv namespace delete --namespace-id . -y",
        "kv key list --namespace-id .. --remote",
        "containers registries delete ..",
    ],
)
def test_a_name_that_would_be_another_path_is_refused(command: str, tmp_path: Path) -> None:
    outcome = ask(command, tmp_path)
    assert outcome.status == ExitStatus.USAGE, outcome.stderr
    assert "cannot be a name or an id." in outcome.stderr


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("tail web --local --ip nonsense", "`--ip` is `nonsense`, which is not an IP address."),
        ("tail web --local --header :", "`--header` is `:`, which does not name a field."),
        ("containers logs web --since 5x", "`--since` is `5x`, which is not a duration."),
        ("kv namespace create x --binding '1 2'", "`1 2` cannot be the name of a binding."),
    ],
)
def test_an_impossible_value_is_reported(command: str, told: str, tmp_path: Path) -> None:
    outcome = run(command, directory=tmp_path)
    assert outcome.status == ExitStatus.USAGE
    assert outcome.stderr.startswith(f"Error: {told}\n")
