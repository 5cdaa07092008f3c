"""`pywrangler local status | start | stop | logs`, as users type them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.local.daemon.uploads import Account
from tests.support.command import Cli
from tests.support.http import request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command, in an empty directory."""
    return Cli(tmp_path)


def test_status_of_a_platform_that_does_not_run(cli: Cli, account: Account) -> None:
    assert cli.run("local", "status", "--json").check().json == {
        "running": False,
        "home": str(account.platform.home),
    }
    assert "not running" in cli.run("local", "status").check().stdout
    assert not account.platform.home.exists()


def test_start_status_and_stop(cli: Cli, account: Account) -> None:
    assert "is running (process" in cli.run("local", "start").check().stderr
    assert "already running" in cli.run("local", "start").check().stderr
    url = account.deploy("hello", "export default { fetch: () => new Response('hi') };")
    status = cli.run("local", "status", "--json").check().json
    assert (status["running"], status["pid"]) == (True, account.platform.status.pid)
    [worker] = status["workers"]
    assert (worker["name"], worker["state"], worker["url"]) == ("hello", "running", url)
    assert url in cli.run("local", "status").check().stdout
    assert "is stopped" in cli.run("local", "stop").check().stderr
    assert "is not running" in cli.run("local", "stop").check().stderr


def test_logs_of_a_worker_and_of_the_platform(cli: Cli, account: Account) -> None:
    url = account.deploy(
        "hello", "export default { fetch() { console.log('one\\ntwo'); return new Response(); } };"
    )
    request(url)
    assert cli.run("local", "logs", "hello").check().stdout.splitlines()[1].strip() == "two"
    assert json.loads(cli.run("local", "logs", "hello", "--json").check().stdout)["text"] == "one\ntwo"
    assert "serves http://127.0.0.1" in cli.run("local", "logs").check().stdout


def test_who_follows_sees_the_end_of_the_platform(cli: Cli, account: Account) -> None:
    account.deploy("hello", "export default { fetch: () => new Response('hi') };")
    logs, tail = cli.start("local", "logs", "-f", "hello"), cli.start("tail", "hello")
    eventually(lambda: "Following" in tail.said(), what="the command to begin")
    cli.run("local", "stop").check()
    assert [following.wait().status for following in (logs, tail)] == [0, 0]


def test_logs_name_what_is_missing(cli: Cli, account: Account) -> None:
    stopped = cli.run("local", "logs")
    assert stopped.status == 1
    assert "not running" in stopped.stderr
    account.platform.start()
    unknown = cli.run("local", "logs", "nobody")
    assert unknown.status == 1
    assert "nobody" in unknown.stderr
