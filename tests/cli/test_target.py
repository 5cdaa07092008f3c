"""Which cloud and which account a command acts on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pywrangler.commands.context.target import Target, choose_target
from pywrangler.commands.tree import COMMANDS
from pywrangler.errors import ExitStatus, UsageError
from tests.support.api import Call, Handler, Says, in_turn, refusal, result, serve
from tests.support.cli import run
from tests.support.platform import Platform

TOKEN = {"CLOUDFLARE_API_TOKEN": "t"}
KEY = {"CLOUDFLARE_API_KEY": "k", "CLOUDFLARE_EMAIL": "e"}


@pytest.mark.parametrize(
    ("remote", "environment", "is_logged_in", "expected"),
    [
        (None, {}, False, "local"),
        (None, {}, True, "cloudflare"),
        (None, TOKEN, False, "cloudflare"),
        (None, KEY, False, "cloudflare"),
        (None, {"CLOUDFLARE_API_KEY": "k"}, False, "local"),
        (None, {"CLOUDFLARE_ACCOUNT_ID": "a"}, False, "local"),
        (None, TOKEN | {"PYWRANGLER_TARGET": "local"}, True, "local"),
        (None, {"PYWRANGLER_TARGET": "Cloudflare"}, False, "cloudflare"),
        (True, {"PYWRANGLER_TARGET": "local"}, False, "cloudflare"),
        (False, TOKEN, True, "local"),
    ],
)
def test_the_target_is_chosen(
    remote: bool | None, environment: dict[str, str], is_logged_in: bool, expected: str
) -> None:
    assert choose_target(remote, environment, is_logged_in=is_logged_in) is Target(expected)


@pytest.mark.parametrize(
    ("remote", "environment", "expected"),
    [
        (None, {}, "local"),
        (None, TOKEN, "local"),
        (None, {"CLOUDFLARE_API_TOKEN": ""}, "local"),
        (None, {"PYWRANGLER_TARGET": "cloudflare"}, "cloudflare"),
        (True, {}, "cloudflare"),
        (False, {"PYWRANGLER_TARGET": "cloudflare"}, "local"),
    ],
)
def test_credentials_do_not_take_a_command_that_is_local_by_default_to_cloudflare(
    remote: bool | None, environment: dict[str, str], expected: str
) -> None:
    chosen = choose_target(remote, environment, is_logged_in=True, is_local_by_default=True)
    assert chosen is Target(expected)


def test_the_commands_that_are_local_by_default_are_wranglers() -> None:
    found = {" ".join(command.path[:2]) for command in COMMANDS if command.is_local_by_default}
    assert found == {
        "kv key",
        "kv bulk",
        "d1 execute",
        "d1 export",
        "d1 migrations",
        "r2 object",
        "r2 s3-credentials",
        "secrets-store store",
        "secrets-store secret",
    }


@pytest.mark.workerd
def test_a_script_that_leaves_remote_away_does_not_reach_cloudflare(platform: Platform) -> None:
    with serve(in_turn(result({}))) as api:
        environment = api.environment | {"PYWRANGLER_TARGET": ""}
        for words in (
            "kv key put k v --namespace-id production",
            "kv key list --namespace-id production",
            "secrets-store store create shop",
            "secrets-store secret create production --name N --scopes workers --value v",
        ):
            outcome = run(words, environment=environment)
            assert outcome.status == 0, outcome.stderr
            url = platform.start().url
            first = f"Target: the local platform ({url}). For Cloudflare add --remote."
            assert outcome.stderr.splitlines()[0] == first
            assert outcome.stderr.count("Target: ") == 1
            assert run(words).stderr.count("--remote") == 0, "there is no other place to suggest"
    assert api.calls == []


def test_a_token_that_is_set_and_empty_means_cloudflare() -> None:
    outcome = run("containers list --json", environment={"CLOUDFLARE_API_TOKEN": ""})
    assert outcome.status == ExitStatus.FAILURE
    assert outcome.error["code"] == "not-logged-in"
    assert choose_target(False, {"CLOUDFLARE_API_TOKEN": ""}, is_logged_in=False) is Target.LOCAL


def test_another_word_for_the_target_is_refused() -> None:
    with pytest.raises(UsageError, match="PYWRANGLER_TARGET is `moon`"):
        choose_target(None, {"PYWRANGLER_TARGET": "moon"}, is_logged_in=False)


def test_a_command_that_changes_something_names_its_target_first() -> None:
    with serve(in_turn(result({"id": "7" * 32, "title": "X"}))) as api:
        outcome = run("kv namespace create X", environment=api.environment)
    account = api.environment["CLOUDFLARE_ACCOUNT_ID"]
    assert outcome.stderr.splitlines()[0] == f"Target: Cloudflare, account {account}"


def test_without_credentials_a_command_for_cloudflare_says_what_to_do() -> None:
    outcome = run("containers list --remote")
    assert outcome.status == ExitStatus.FAILURE
    assert "CLOUDFLARE_API_TOKEN" in outcome.stderr


def accounts(*ids: str) -> dict[str, Says]:
    return {"/accounts": result([{"id": i, "name": f"Account {i}"} for i in ids])}


def answers(table: dict[str, Says]) -> Handler:
    def handler(call: Call) -> Says:
        return next((says for path, says in table.items() if call.path == path), result([]))

    return handler


def test_the_only_account_is_taken() -> None:
    with serve(answers(accounts("a1"))) as api:
        environment = api.environment | {"CLOUDFLARE_ACCOUNT_ID": ""}
        assert run("containers list --json", environment=environment).status == 0
    assert api.calls[-1].path == "/accounts/a1/containers/dash/applications"


def test_several_accounts_are_listed_without_a_terminal() -> None:
    with serve(answers(accounts("a1", "a2"))) as api:
        outcome = run("containers list", environment=api.environment | {"CLOUDFLARE_ACCOUNT_ID": ""})
    assert outcome.status == ExitStatus.USAGE
    assert "Account a1 (a1)" in outcome.stderr
    assert "Account a2 (a2)" in outcome.stderr


def test_several_accounts_are_offered_on_a_terminal() -> None:
    with serve(answers(accounts("a1", "a2"))) as api:
        environment = api.environment | {"CLOUDFLARE_ACCOUNT_ID": ""}
        outcome = run("containers list --json", environment=environment, stdin="9\n2\n", on_terminal=True)
    assert outcome.status == 0
    assert api.calls[-1].path == "/accounts/a2/containers/dash/applications"


@pytest.mark.parametrize(("environment", "account"), [(None, "top"), ("staging", "stage"), ("other", "top")])
def test_the_account_of_the_configuration_comes_first(
    tmp_path: Path, environment: str | None, account: str
) -> None:
    configuration = {"account_id": "top", "env": {"staging": {"account_id": "stage"}, "other": {}}}
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    with serve(in_turn(result([]))) as api:
        words = "containers list --json" + (f" --env {environment}" if environment else "")
        assert run(words, directory=tmp_path, environment=api.environment).status == 0
    assert api.calls[-1].path == f"/accounts/{account}/containers/dash/applications"


def test_a_login_is_verified_stored_used_and_forgotten(home: Path) -> None:
    table = accounts("a1") | {
        "/user/tokens/verify": result({"status": "active"}),
        "/user": refusal(403, 9109, "no"),
    }
    with serve(answers(table)) as api:
        base = {"CLOUDFLARE_API_BASE_URL": api.url}
        nobody = run("whoami --remote --json", environment=base)
        assert (nobody.status, nobody.json) == (ExitStatus.FAILURE, {"loggedIn": False})
        assert "Not logged in" in run("whoami --remote", environment=base).stderr
        outcome = run("login", environment=base, stdin="planted-token\n")
        assert outcome.status == 0, outcome.stderr
        assert "planted-token" not in outcome.stdout + outcome.stderr
        assert run("whoami --json", environment=base).json == {
            "loggedIn": True,
            "authType": "User API Token",
            "accounts": [{"name": "Account a1", "id": "a1"}],
        }
        everything = run("whoami --json --account a2", environment=base).json["accounts"]
        assert [account["id"] for account in everything] == ["a1"]
        assert "Account a1" in run("whoami --account A1", environment=base).stdout
        assert "Account a1" in run("whoami --account 'account a1'", environment=base).stdout
        assert "Account a1" not in run("whoami --account a2", environment=base).stdout
        assert run("containers list --json", environment=base).status == 0
        assert api.calls[-1].headers["authorization"] == "Bearer planted-token"
        assert run("logout", environment=base).status == 0
        again = run("logout", environment=base)
        assert (again.status, "No login is stored" in again.stderr) == (0, True)
    stored = home / "logins.json"
    assert stored.stat().st_mode & 0o077 == 0
    assert "planted-token" not in stored.read_text()


def test_a_token_of_an_account_is_distinguished_from_a_users(home: Path) -> None:
    table = accounts("a1") | {
        "/user/tokens/verify": refusal(401, 1000, "no"),
        "/user": refusal(403, 9109, "no"),
    }
    with serve(answers(table)) as api:
        token = {"CLOUDFLARE_API_BASE_URL": api.url, "CLOUDFLARE_API_TOKEN": "t"}
        assert run("whoami --json", environment=token).json["authType"] == "Account API Token"


def test_profiles_keep_logins_apart(home: Path) -> None:
    table = accounts("a1") | {"/user/tokens/verify": result({"status": "active"})}
    with serve(answers(table)) as api:
        base = {"CLOUDFLARE_API_BASE_URL": api.url}
        for profile in ("work", "play"):
            assert run(f"login --profile {profile}", environment=base, stdin=f"token-{profile}").status == 0
        assert run("containers list --json --profile play", environment=base).status == 0
        assert api.calls[-1].headers["authorization"] == "Bearer token-play"
        assert run("containers list --remote", environment=base).status == ExitStatus.FAILURE  # no default


def test_a_token_that_cloudflare_does_not_know_is_not_stored(home: Path) -> None:
    with serve(in_turn(refusal(401, 1000, "Invalid API Token"))) as api:
        outcome = run("login", environment={"CLOUDFLARE_API_BASE_URL": api.url}, stdin="wrong")
    assert outcome.status == ExitStatus.FAILURE
    assert not (home / "logins.json").exists()


def test_credentials_in_the_environment_leave_nothing_to_log_in_to_or_out_of(home: Path) -> None:
    table = accounts("a1") | {"/user/tokens/verify": result({"status": "active"})}
    with serve(answers(table)) as api:
        base = {"CLOUDFLARE_API_BASE_URL": api.url}
        assert run("login", environment=base, stdin="kept").status == 0
        for command in ("login", "logout"):
            outcome = run(command, environment=base | {"CLOUDFLARE_API_TOKEN": "t"}, stdin="another")
            assert outcome.status == 0
            assert "CLOUDFLARE_API_TOKEN of the environment" in outcome.stderr
        assert [call.headers["authorization"] for call in api.calls] == ["Bearer kept"] * len(api.calls)
        assert json.loads((home / "logins.json").read_text()) == {}  # logging out forgot it all the same


def test_a_profile_is_logged_in_to_whatever_the_environment_says(home: Path) -> None:
    table = accounts("a1") | {"/user/tokens/verify": result({"status": "active"})}
    with serve(answers(table)) as api:
        environment = {"CLOUDFLARE_API_BASE_URL": api.url, "CLOUDFLARE_API_TOKEN": "t"}
        assert run("login --profile work", environment=environment, stdin="kept").status == 0
    assert "work" in json.loads((home / "logins.json").read_text())


def test_options_of_a_login_through_a_browser_mean_nothing(home: Path) -> None:
    words = (
        "login --no-browser --scopes account:read user:read --callback-host 0.0.0.0 --callbackPort=9000"
        " --use-keyring --device"
    )
    table = accounts("a1") | {"/user/tokens/verify": result({"status": "active"})}
    with serve(answers(table)) as api:
        outcome = run(words, environment={"CLOUDFLARE_API_BASE_URL": api.url}, stdin="token")
        assert outcome.status == 0, outcome.stderr
        names = "--browser, --scopes, --callback-host, --callback-port, --use-keyring, --device"
        assert f"{names} have no effect" in outcome.stderr
    assert (home / "logins.json").exists()


def test_the_scopes_of_a_login_are_those_of_the_token() -> None:
    outcome = run("login --scopes-list")
    assert (outcome.status, "chosen when it is created" in outcome.stderr) == (0, True)
