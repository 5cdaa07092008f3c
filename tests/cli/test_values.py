"""Secrets of Workers, the Secrets Store and KV: what the commands send, show, and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pywrangler.commands.kv.choice import choose_id
from pywrangler.commands.shared.secrets_file import parse_secrets
from pywrangler.errors import ExitStatus, UsageError
from tests.support.api import Call, Handler, Says, in_turn, refusal, result, serve
from tests.support.cli import Outcome, run

NAMESPACE = "7" * 32
STORE = "5" * 32


def do(words: str, handler: Handler | None = None, **options: Any) -> tuple[Outcome, list[Call]]:
    """Run a command against an API that answers `handler`; returns the requests that change something too."""
    with serve(handler or in_turn(result({}))) as api:
        outcome = run(words, environment=api.environment, **options)
    return outcome, [call for call in api.calls if call.method != "GET"]


def test_a_secret_is_read_from_standard_input_without_its_last_new_line() -> None:
    outcome, (call,) = do("secret put API_KEY --name w", stdin=" planted \n\n")
    assert outcome.status == 0
    assert (call.method, call.path) == ("PUT", "/workers/scripts/w/secrets")
    assert call.json == {"name": "API_KEY", "text": " planted", "type": "secret_text"}
    assert "planted" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("v\u00a0\ufeff\u2028\n", "v"), ("v\x1c", "v\x1c"), ("v\x85\n", "v\x85"), ("v\u200b", "v\u200b")],
)
def test_white_space_at_the_end_of_a_secret_is_what_javascript_takes_for_it(typed: str, sent: str) -> None:
    _, (call,) = do("secret put K --name w", stdin=typed)
    assert call.json["text"] == sent


def test_a_secret_of_a_worker_may_be_empty() -> None:
    outcome, (call,) = do("secret put API_KEY --name w", stdin="\n")
    assert (outcome.status, call.json["text"]) == (ExitStatus.OK, "")


def test_a_secret_for_a_worker_that_does_not_exist_makes_an_empty_one_first() -> None:
    missing = refusal(404, 10007, "This Worker does not exist on your account.")
    outcome, calls = do("secret put K --name w", in_turn(missing, result({}), result({})), stdin="v")
    assert outcome.status == 0, outcome.stderr
    assert [(c.method, c.path) for c in calls] == [
        ("PUT", "/workers/scripts/w/secrets"),
        ("PUT", "/workers/scripts/w"),
        ("PUT", "/workers/scripts/w/secrets"),
    ]
    assert b"application/javascript+module" in calls[1].body


@pytest.mark.parametrize(
    ("files", "words", "worker"),
    [
        ({"name": "mine"}, "", "mine"),
        ({"name": "mine", "env": {"staging": {}}}, "--env staging", "mine-staging"),
        ({"name": "mine"}, "--name other --env staging", "other-staging"),
    ],
)
def test_the_worker_comes_from_the_configuration(
    tmp_path: Path, files: dict[str, Any], words: str, worker: str
) -> None:
    (tmp_path / "wrangler.json").write_text(json.dumps(files))
    outcome, (call,) = do(f"secret delete K {words}", directory=tmp_path)
    assert outcome.status == 0, outcome.stderr
    assert (call.path, call.query) == (f"/workers/scripts/{worker}/secrets/K", {"url_encoded": "true"})


def test_without_a_worker_the_user_is_asked_to_name_one(tmp_path: Path) -> None:
    outcome, _ = do("secret list", directory=tmp_path)
    assert outcome.status == ExitStatus.USAGE
    assert "No Worker is named." in outcome.stderr


def test_many_secrets_are_one_merge_patch(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"A": "1", "B": null}')
    _, (call,) = do("secret bulk s.json --name w", directory=tmp_path)
    assert (call.method, call.path) == ("PATCH", "/workers/scripts/w/secrets-bulk")
    assert call.headers["content-type"] == "application/merge-patch+json"
    assert call.json == {"secrets": {"A": {"name": "A", "text": "1", "type": "secret_text"}, "B": None}}


def test_no_secrets_at_all_are_no_change() -> None:
    outcome, (call,) = do("secret bulk --name w", stdin="{}")
    assert (outcome.status, call.json) == (ExitStatus.OK, {"secrets": {}})


def test_secrets_may_be_lines_of_an_env_file() -> None:
    found = parse_secrets('A=1\nB="two words"\n', source="x")
    assert {k: v.reveal() for k, v in found.items() if v} == {"A": "1", "B": "two words"}


@pytest.mark.parametrize("text", ["", "[]", "nonsense", '{"A": {"planted": 1}}', '{"A": 5}'])
def test_other_texts_are_no_secrets_and_are_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_secrets(text, source="the file")
    assert "planted" not in str(caught.value)


def test_a_secret_of_a_store_is_sent_as_a_list_of_one() -> None:
    made = {"id": "6" * 32, "name": "N", "scopes": ["workers"], "status": "pending"}
    words = f"secrets-store secret create {STORE} --name N --scopes workers,containers --comment c"
    outcome, (call,) = do(words, in_turn(result([made])), stdin="v")
    assert outcome.status == 0, outcome.stderr
    assert call.json == [{"name": "N", "value": "v", "scopes": ["workers", "containers"], "comment": "c"}]


@pytest.mark.parametrize(("name", "stdin"), [("not good", "v"), ("N", "v" * 65537), ("N", "")])
def test_a_secret_that_the_store_would_refuse_is_not_sent(name: str, stdin: str) -> None:
    words = ["secrets-store", "secret", "create", STORE, "--name", name, "--scopes", "workers"]
    with serve(in_turn(result({}))) as api:
        outcome = run(words, environment=api.environment, stdin=stdin)
    assert (outcome.status, api.calls) == (ExitStatus.USAGE, [])


def test_an_update_sends_what_was_given_only() -> None:
    changed = {"id": "6" * 32, "name": "N", "scopes": []}
    words = f"secrets-store secret update {STORE} --secret-id {'6' * 32} --comment new"
    outcome, (call,) = do(words, in_turn(result(changed)))
    assert outcome.status == 0, outcome.stderr
    assert (call.method, call.json) == ("PATCH", {"comment": "new"})


def test_a_value_goes_with_its_expiry_and_metadata() -> None:
    words = f"kv key put --namespace-id {NAMESPACE} a/b%20c value --ttl 60 --metadata '{{\"m\": 1}}'"
    outcome, (call,) = do(words)
    assert outcome.status == 0, outcome.stderr
    assert call.path == f"/storage/kv/namespaces/{NAMESPACE}/values/a/b%20c"
    assert call.query == {"expiration_ttl": "60"}
    assert b'name="metadata"\r\n\r\n{"m": 1}' in call.body


def test_a_value_may_be_any_file_and_comes_back_byte_for_byte(tmp_path: Path) -> None:
    content = bytes(range(256))
    (tmp_path / "blob").write_bytes(content)
    _, (call,) = do(f"kv key put --namespace-id {NAMESPACE} k --path blob", directory=tmp_path)
    assert call.body == content


@pytest.mark.parametrize(
    "words",
    [
        f"kv key put --namespace-id {NAMESPACE} k",
        f"kv key put --namespace-id {NAMESPACE} k v --path f",
        f"kv key put --namespace-id {NAMESPACE} k v --metadata [1]",
        f"kv key put --namespace-id {NAMESPACE} k v --metadata {{",
        f"kv key put --namespace-id {NAMESPACE} k v --metadata '{{\"a\": NaN}}'",
        f"kv key put --namespace-id {NAMESPACE} k ''",
        f"kv key put --namespace-id {NAMESPACE} k '' --path ''",
        f"kv key put --namespace-id {NAMESPACE} k v --remote --local",
        "kv namespace create ''",
        f"secrets-store secret create {STORE} --name N --value v --scopes ' ,'",
        f"secrets-store secret update {STORE} --secret-id 1 --scopes ,",
        f"secrets-store secret duplicate {STORE} --secret-id 1 --name N --scopes ''",
        f"kv key put --namespace-id {NAMESPACE} k --path /does/not/exist",
        "kv key put k v",
        f"kv key get k --binding A --namespace-id {NAMESPACE}",
        "kv namespace delete",
        f"kv namespace delete X --namespace-id {NAMESPACE}",
        "kv namespace rename X",
    ],
)
def test_commands_that_do_not_fit_send_nothing(words: str) -> None:
    outcome, calls = do(words)
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("k v --path ''", b"v"),
        ("--value v k", b"v"),
        ("k '' --path f", b"of a file"),
        ("k -5", b"-5"),
        ("-5 v", b"v"),
    ],
)
def test_an_empty_word_is_no_value_and_a_negative_number_is_no_option(
    tmp_path: Path, words: str, body: bytes
) -> None:
    (tmp_path / "f").write_text("of a file")
    _, (call,) = do(f"kv key put --namespace-id {NAMESPACE} {words}", directory=tmp_path)
    assert call.body == body


def test_a_file_with_metadata_is_sent_as_bytes(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\xff")
    _, (call,) = do(f"kv key put --namespace-id {NAMESPACE} k --path f --metadata {{}}", directory=tmp_path)
    assert b"Content-Type: application/octet-stream\r\n\r\n\xff\r\n" in call.body


def test_a_jurisdiction_is_never_left_away() -> None:
    made = in_turn(result({"id": NAMESPACE, "title": "X"}))
    _, (call,) = do("kv namespace create X --jurisdiction ''", made)
    assert call.json == {"title": "X", "jurisdiction": ""}


@pytest.mark.parametrize(
    "words",
    [
        "delete X --namespace-id ''",
        "delete '' --namespace-id 1",
        "delete X --binding ''",
        "rename '' --namespace-id 1 --new-name Y",
        "rename --old-name X --new-name Y",
        "delete --namespace X",
    ],
)
def test_a_namespace_is_named_in_one_of_its_ways(words: str) -> None:
    def handler(call: Call) -> Says:
        return result([{"id": "1", "title": "X"}] if call.method == "GET" else {})

    outcome, (call,) = do(f"kv namespace {words}", handler)
    assert (outcome.status, call.path) == (ExitStatus.OK, "/storage/kv/namespaces/1")


def test_all_pages_of_keys_are_listed() -> None:
    pages = in_turn(result([{"name": "a"}], cursor="next"), result([{"name": "b"}], cursor=""))
    outcome, _ = do(f"kv key list --namespace-id {NAMESPACE}", pages)
    assert outcome.json == [{"name": "a"}, {"name": "b"}]


def test_a_key_that_is_not_there_is_an_error() -> None:
    outcome, _ = do(
        f"kv key get k --namespace-id {NAMESPACE}", in_turn(refusal(404, 10009, "get: 'key not found'"))
    )
    assert outcome.status == ExitStatus.FAILURE
    assert outcome.stdout == ""


def test_a_binding_leads_to_the_namespace_of_the_environment(tmp_path: Path) -> None:
    bindings = [{"binding": "CACHE", "id": "1" * 32}]
    staging = {"kv_namespaces": [{"binding": "CACHE", "id": "2" * 32}]}
    configuration = {"name": "w", "kv_namespaces": bindings, "env": {"staging": staging}}
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    _, (call,) = do("kv key delete k --binding CACHE --env staging", directory=tmp_path)
    assert call.path == f"/storage/kv/namespaces/{'2' * 32}/values/k"


@pytest.mark.parametrize(
    ("own", "for_preview", "preview", "expected"),
    [("a", None, None, "a"), (None, "b", None, "b"), ("a", "b", True, "b"), ("a", "b", False, "a")],
)
def test_one_of_two_ids_is_chosen(own: str, for_preview: str, preview: bool | None, expected: str) -> None:
    assert choose_id("B", own, for_preview, preview) == expected


@pytest.mark.parametrize(
    ("own", "for_preview", "preview"),
    [("a", "b", None), (None, None, None), ("a", None, True), (None, "b", False)],
)
def test_an_id_that_is_not_clear_is_asked_for(own: str, for_preview: str, preview: bool | None) -> None:
    with pytest.raises(UsageError):
        choose_id("B", own, for_preview, preview)


def test_many_pairs_are_written_in_batches(tmp_path: Path) -> None:
    (tmp_path / "pairs.json").write_text(json.dumps([{"key": str(n), "value": "v"} for n in range(2500)]))
    outcome, calls = do(f"kv bulk put pairs.json --namespace-id {NAMESPACE}", directory=tmp_path)
    assert outcome.status == 0, outcome.stderr
    assert [(c.method, len(c.json)) for c in calls] == [("PUT", 1000), ("PUT", 1000), ("PUT", 500)]


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "[1]",
        '[{"key": "a"}]',
        '[{"key": "a", "value": 1}]',
        '[{"key": "a", "value": "", "base64": 1}]',
        '[{"key": "a", "value": "", "expiration": true}]',
        "nonsense",
    ],
)
def test_pairs_that_are_none_are_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "pairs.json").write_text(content)
    outcome, calls = do(f"kv bulk put pairs.json --namespace-id {NAMESPACE}", directory=tmp_path)
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])


def test_keys_to_delete_may_come_from_a_listing(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text('["a", {"name": "b"}]')
    _, (call,) = do(f"kv bulk delete keys.json --namespace-id {NAMESPACE}", directory=tmp_path)
    assert (call.method, call.json) == ("DELETE", ["a", "b"])


def test_a_namespace_that_exists_is_explained() -> None:
    outcome, _ = do("kv namespace create X --json", in_turn(refusal(400, 10014, "exists")))
    assert outcome.error["code"] == "exists"


def test_a_namespace_is_found_by_its_title_on_any_page() -> None:
    def handler(call: Call) -> Says:
        page = int(call.query.get("page", 1))
        title = {"title": f"title-{page}", "id": str(page) * 32}
        return result([title], page=page, per_page=1, total_count=3) if call.method == "GET" else result(None)

    _, (call,) = do("kv namespace delete title-3", handler)
    assert call.path == f"/storage/kv/namespaces/{'3' * 32}"


def test_one_page_of_a_store_is_listed_when_asked_for_and_all_otherwise() -> None:
    def handler(call: Call) -> Says:
        page = int(call.query.get("page", 1))
        entry = {"id": str(page) * 32, "name": f"s{page}"}
        return result([entry], page=page, per_page=1, total_count=2)

    words = f"secrets-store secret list {STORE} --json"
    assert [s["name"] for s in do(words, handler)[0].json] == ["s1", "s2"]
    assert [s["name"] for s in do(f"{words} --page 2 --per-page 1", handler)[0].json] == ["s2"]


def test_what_to_add_to_the_configuration_names_the_binding() -> None:
    made = in_turn(result({"id": NAMESPACE, "title": "my cache"}))
    outcome, _ = do("kv namespace create 'my cache' --binding CACHE --preview", made)
    assert json.loads(outcome.stdout) == {"binding": "CACHE", "preview_id": NAMESPACE}
    outcome, _ = do("kv namespace create 'my cache'", made)
    assert json.loads(outcome.stdout) == {"binding": "my_cache", "id": NAMESPACE}
    outcome, _ = do("kv namespace create 2nd.cache --use-remote", made)
    assert json.loads(outcome.stdout) == {"binding": "_2ndcache", "id": NAMESPACE, "remote": True}


def test_a_new_namespace_is_written_into_the_configuration_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "wrangler.jsonc"
    file.write_text('{\n  "name": "shop", // a comment\n}\n')
    made = in_turn(result({"id": NAMESPACE, "title": "CACHE"}), result({"id": STORE, "title": "p"}))
    outcome, _ = do("kv namespace create CACHE --update-config", made, directory=tmp_path)
    assert outcome.status == 0, outcome.stderr
    assert outcome.stdout == ""
    assert '"kv_namespaces"' in file.read_text()
    assert NAMESPACE in file.read_text()
    assert "// a comment" in file.read_text()

    again, _ = do("kv namespace create CACHE --update-config", made, directory=tmp_path)
    assert again.status == 0
    assert "was not changed" in again.stderr
    assert STORE in again.stdout, "then it is shown instead"


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"name": "p", "pages_build_output_dir": "dist"}, "secret put K"),
        ({"name": "w"}, "secret put K --name ''"),
    ],
)
def test_a_worker_that_cannot_be_meant_is_not_made(
    tmp_path: Path, configuration: dict[str, Any], words: str
) -> None:
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    outcome, calls = do(words, stdin="v", directory=tmp_path)
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])


def test_an_environment_variable_adds_no_suffix_to_a_name_that_is_given() -> None:
    with serve(in_turn(result({}))) as api:
        environment = api.environment | {"CLOUDFLARE_ENV": "staging"}
        assert run("secret put K --name w", stdin="v", environment=environment).status == 0
    assert api.calls[0].path == "/workers/scripts/w/secrets"


def test_a_piped_value_updates_a_secret_of_a_store() -> None:
    made = result({"id": "6" * 32, "name": "K"})
    words = f"secrets-store secret update {STORE} --secret-id {'6' * 32} --persist-to x"
    _, (call,) = do(words, in_turn(made), stdin="planted\n")
    assert call.json == {"value": "planted"}
    outcome, calls = do(words, in_turn(made), stdin="")
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])


def test_a_namespace_can_have_a_mode() -> None:
    _, (call,) = do(
        "kv namespace create X --x-mode instant", in_turn(result({"id": NAMESPACE, "title": "X"}))
    )
    assert call.json == {"title": "X", "mode": "instant"}


@pytest.mark.parametrize("words", ["store list", f"secret list {STORE}", f"secret list {STORE} --page 9"])
def test_a_table_that_lists_nothing_is_an_error_and_an_empty_array_is_none(words: str) -> None:
    outcome, _ = do(f"secrets-store {words}", in_turn(result([])))
    assert (outcome.status, outcome.stdout) == (ExitStatus.FAILURE, "")
    assert do(f"secrets-store {words} --json", in_turn(result([])))[0].json == []


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        ({"name": "w", "env": {"staging": {}}}, 'no environment "nowhere"'),
        ({"name": "w", "workers_dev": "yes"}, '"workers_dev" must be true or false'),
    ],
)
@pytest.mark.parametrize(
    "words",
    [
        "containers list",
        "containers delete 11111111-1111-4111-8111-111111111111 -y",
        "containers build . -t x",
        "secret put K --name w",
        f"kv key put K v --namespace-id {NAMESPACE} --remote",
        "kv namespace create X",
        f"secrets-store secret delete {STORE} --secret-id {'6' * 32} --remote -y",
    ],
)
def test_no_command_continues_with_a_wrong_configuration(
    tmp_path: Path, configuration: dict[str, Any], reason: str, words: str
) -> None:
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    outcome, calls = do(f"{words} --env nowhere", stdin="v", directory=tmp_path)
    assert (outcome.status, calls) == (ExitStatus.FAILURE, [])
    assert reason in outcome.stderr


def test_metadata_that_is_no_json_stops_writing_pairs(tmp_path: Path) -> None:
    (tmp_path / "pairs.json").write_text('[{"key": "a", "value": "1"}]')
    words = f"kv bulk put pairs.json --namespace-id {NAMESPACE} --metadata"
    outcome, calls = do(f"{words} [", directory=tmp_path)
    assert (outcome.status, calls) == (ExitStatus.USAGE, [])
    assert len(do(f"{words} {{}}", directory=tmp_path)[1]) == 1


def test_the_secrets_of_a_deploy_may_refer_to_each_other_and_to_the_environment() -> None:
    text = "A=1\nB=${A}2\nC=$OUTSIDE\nOUTSIDE=here\n"
    found = parse_secrets(text, source="x", expanded_by={"OUTSIDE": "there"})
    values = {key: value.reveal() if value else None for key, value in found.items()}
    assert values == {"A": "1", "B": "12", "C": "there", "OUTSIDE": "there"}
