"""The shell around every command: finding it, its global options, errors as text or JSON, and exit
statuses.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pywrangler.commands.context.invocation import Invocation
from pywrangler.commands.running.resolve import resolve
from pywrangler.commands.tree import COMMANDS, GROUPS
from pywrangler.errors import ExitStatus, UsageError
from pywrangler.version import VERSION
from tests.support.api import in_turn, refusal, result, serve
from tests.support.cli import run

HEAVY = {"docker", "boto3", "keyring", "aiohttp", "rich", "tomlkit", "json5", "pydantic", "cryptography"}


@pytest.mark.parametrize("words", ["--version", "-v", "containers --version", "containers list -v"])
def test_the_version_is_shown_wherever_it_is_asked_for(words: str) -> None:
    outcome = run(words)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, f"{VERSION}\n", "")


@pytest.mark.parametrize("words", ["", "--help", "-h"])
def test_the_root_lists_the_commands(words: str) -> None:
    outcome = run(words)
    assert outcome.status == 0
    assert {path[0] for path in (*GROUPS, *(c.path for c in COMMANDS))} <= set(outcome.stdout.split())


def test_an_unknown_command_is_refused_with_the_nearest_one() -> None:
    outcome = run("containers lst")
    assert outcome.status == ExitStatus.USAGE
    assert "`pywrangler containers` has no command `lst`" in outcome.stderr
    assert "Did you mean `pywrangler containers list`" in outcome.stderr
    assert outcome.stdout == ""


@pytest.mark.parametrize(
    "words", ["containers list --bogus", "containers info", "containers list --per-page many"]
)
def test_options_that_do_not_fit_are_usage_errors(words: str) -> None:
    outcome = run(words)
    assert outcome.status == ExitStatus.USAGE
    assert outcome.stderr.startswith("Error: ")
    assert "Traceback" not in outcome.stderr


def test_global_options_may_stand_before_and_after_the_command(tmp_path: Path) -> None:
    with serve(in_turn(result([]))) as api:
        for words in (f"--cwd {tmp_path} containers list --json", f"containers list --json --cwd {tmp_path}"):
            assert run(words, environment=api.environment).json == []


def test_words_after_a_global_option_are_its_value() -> None:
    found = resolve(["--env", "containers", "-c", "x", "containers", "list", "--json"])
    assert found.path == ("containers", "list")
    assert found.arguments == ("--env", "containers", "-c", "x", "--json")


def test_a_group_alone_is_no_command() -> None:
    assert resolve(["containers"]).command is None
    with pytest.raises(UsageError, match="no command `nonsense`"):
        resolve(["nonsense"])


def test_with_json_an_error_is_json_on_standard_error_and_output_stays_empty() -> None:
    with serve(in_turn(refusal(403, 10000, "Authentication error"))) as api:
        outcome = run("containers list --json", environment=api.environment)
    assert outcome.status == ExitStatus.FAILURE
    assert outcome.stdout == ""
    assert outcome.error["status"] == 403
    assert outcome.error["api_code"] == 10000
    assert "Workers Paid" in outcome.error["hint"]


def test_a_bug_is_reported_as_one_without_what_the_error_quotes(monkeypatch: pytest.MonkeyPatch) -> None:
    def whoami(run: Invocation) -> None:
        raise RuntimeError(f"cannot understand s3cret in {run.directory}")

    monkeypatch.setattr("pywrangler.commands.whoami.whoami", whoami)
    brief, long = run("whoami"), run("whoami --log-level debug")
    for outcome in (brief, long):
        assert outcome.status == ExitStatus.FAILURE
        assert "This is a bug in pywrangler: RuntimeError at whoami, line" in outcome.stderr
        assert "s3cret" not in outcome.stderr.replace("cannot understand s3cret in {", "")
    assert 'File "' not in brief.stderr
    assert "in whoami\n" in long.stderr


def test_an_unknown_log_level_is_refused() -> None:
    outcome = run("containers list --log-level loud")
    assert outcome.status == ExitStatus.USAGE
    assert "`loud` is not a log level" in outcome.stderr


def test_an_odd_log_level_in_the_environment_is_a_warning() -> None:
    with serve(in_turn(result([]))) as api:
        outcome = run("containers list --json", environment=api.environment | {"WRANGLER_LOG": "loud"})
    assert (outcome.status, outcome.json) == (ExitStatus.OK, [])
    assert "WRANGLER_LOG is ignored: `loud`" in outcome.stderr


def test_a_token_in_the_environment_wins_over_a_profile() -> None:
    with serve(in_turn(result([]))) as api:
        outcome = run("containers list --json --profile nowhere", environment=api.environment)
    assert (outcome.status, outcome.json) == (ExitStatus.OK, [])
    assert "--profile is ignored" in outcome.stderr


def test_messages_can_be_turned_off_and_results_stay() -> None:
    with serve(in_turn(result({"id": "7" * 32, "title": "X"}))) as api:
        environment = api.environment
        outcome = run("kv namespace create X --log-level none", environment=environment)
    assert outcome.stderr == ""
    assert "7" * 32 in outcome.stdout


def test_a_directory_that_does_not_exist_is_named() -> None:
    outcome = run("containers list --cwd /does/not/exist")
    assert outcome.status == ExitStatus.USAGE
    assert "/does/not/exist" in outcome.stderr


def test_environment_files_give_variables_that_the_process_does_not_have(tmp_path: Path) -> None:
    with serve(in_turn(result([]))) as api:
        (tmp_path / ".env").write_text("".join(f"{k}={v}\n" for k, v in api.environment.items()))
        (tmp_path / "other.env").write_text("CLOUDFLARE_API_TOKEN=other\n")
        assert run("containers list --json", directory=tmp_path).status == 0
        address = {name: value for name, value in api.environment.items() if "TOKEN" not in name}
        assert (
            run("containers list --json --env-file other.env", directory=tmp_path, environment=address).status
            == 0
        )
    tokens = [call.headers["authorization"] for call in api.calls]
    assert tokens == ["Bearer token-of-the-test", "Bearer other"]


def test_a_closed_pipe_is_quiet() -> None:
    script = "from pywrangler_containers.__main__ import main; import sys; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.close()
    _, stderr = process.communicate(timeout=30)
    assert stderr == ""


@pytest.mark.parametrize(("handling", "status"), [("default_int_handler", -signal.SIGINT), ("SIG_IGN", 0)])
def test_ctrl_c_during_the_imports_is_quiet_and_may_be_ignored(handling: str, status: int) -> None:
    script = f"""
import signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == "pywrangler.commands.running.app":
            signal.raise_signal(signal.SIGINT)
signal.signal(signal.SIGINT, signal.{handling})
sys.meta_path.insert(0, Interrupting())
from pywrangler_containers.__main__ import main
sys.exit(main())
"""
    words = [sys.executable, "-c", script, "--help"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (status, "")


@pytest.mark.parametrize("words", [["containers", "list", "--json"], ["--version"]])
def test_a_command_imports_only_what_it_needs(words: list[str]) -> None:
    script = (
        "import sys; from pywrangler_containers.__main__ import main; main();"
        f"print({HEAVY} & sys.modules.keys(), file=sys.stderr)"
    )
    with serve(in_turn(result([]))) as api:
        done = subprocess.run(
            [sys.executable, "-c", script, *words],
            env={**os.environ, **api.environment},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.stderr.splitlines()[-1] == "set()", done.stderr


def test_the_package_of_our_name_is_warned_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site-packages" / "workers_py-1.16.7.dist-info").mkdir(parents=True)
    with serve(in_turn(result([]))) as api:
        assert run("containers list --json", environment=api.environment).stderr == ""
        monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
        outcome = run("containers list --json", environment=api.environment)
    assert "workers-py" in outcome.stderr
    assert outcome.json == []
