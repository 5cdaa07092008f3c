"""Which process is a directory's platform, and what is left of one: with real processes, whatever its files
contain.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pywrangler.local import processes
from pywrangler.local.client.finding import find
from pywrangler.local.client.starting import find_or_start
from pywrangler.local.client.stopping import Stopped, stop
from pywrangler.local.protocol import Status
from pywrangler.local.workerd.leftovers import find_runtimes
from tests.local.daemon.uploads import Account
from tests.support.command import Cli
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.workerd,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="other systems show less of a process"),
]
HELLO = "export default { fetch: () => new Response('hi') };"
WITH_KV = (
    "export default { async fetch(r, env) { await env.KV.put('a', 'hi'); return new Response('hi'); } };"
)


def runtimes(home: Path) -> list[int]:
    """The processes of `workerd` that belong to a directory."""
    return [each.pid for each in find_runtimes(lambda file: processes.is_below(file, home))]


def deploy(account: Account) -> str:
    """A Worker that uses KV: two processes of `workerd`."""
    account.platform.start()
    account.platform.call(f"local/kv/namespaces/{'1' * 32}", method="PUT")
    url = account.deploy(
        "hello", WITH_KV, bindings=[{"type": "kv_namespace", "name": "KV", "namespace_id": "1" * 32}]
    )
    assert request(url).text == "hi"
    assert len(runtimes(account.platform.home)) == 2
    return url


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{",
        b"[" * 5000,
        b"\xff\xfe",
        b'{"pid": 1, "url": "x", "token": "x", "account_id": "x", "version": "x", "more": 1}',
        b'{"pid": "x", "url": 5, "token": null, "account_id": [], "version": {}}',
        b'{"pid": 1, "url": "http://127.0.0.1:1/client/v4", "token": "x", "account_id": "x", "version": "x"}',
    ],
    ids=["removed", "empty", "cut", "deep", "binary", "another-shape", "odd-types", "older"],
)
def test_a_status_file_that_says_nothing_is_written_again(platform: Platform, content: bytes | None) -> None:
    status = platform.start()
    file = Status.file(platform.home)
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    cli = Cli(platform.home)
    assert f"process {status.pid})" in cli.run("local", "status").check().stdout
    assert find_or_start(os.environ) == status
    assert Status.read(platform.home) == status
    assert "Traceback" not in (platform.home / "platform.log").read_text()


def test_a_start_while_the_platform_stops_waits_for_its_end(account: Account) -> None:
    deploy(account)
    before = account.platform.status
    os.kill(before.pid, signal.SIGTERM)
    eventually(lambda: find(os.environ) is None, what="the end of its API")
    after = find_or_start(os.environ)
    assert after.pid != before.pid
    assert not processes.is_alive(before.pid)


def test_a_worker_of_which_a_file_is_lost_says_so(account: Account) -> None:
    url = account.deploy("hello", HELLO)
    assert stop(os.environ)
    for file in account.platform.home.glob("workers/hello/versions/*/0000"):
        file.unlink()
    account.platform.start()
    worker = eventually(
        lambda: (w := account.platform.call("local/workers/hello"))["state"] == "failed" and w
    )
    assert "A file of the Worker `hello` cannot be read" in worker["error"]
    assert request(account.deploy("hello", HELLO)).text == "hi"
    assert account.platform.worker_url("hello") == url


def test_a_platform_without_its_status_is_stopped(platform: Platform) -> None:
    status = platform.start()
    Status.file(platform.home).unlink()
    (platform.home / "platform.lock").unlink()
    assert stop(os.environ) == Stopped(was_running=True)
    assert not processes.is_alive(status.pid)


def test_without_lock_and_status_there_is_still_one_platform(platform: Platform) -> None:
    status = platform.start()
    for name in ("platform.lock", "platform.json"):
        (platform.home / name).unlink()
    assert find_or_start(os.environ) == status
    started = [
        pid
        for pid in processes.platforms()
        if processes.variable(pid, "PYWRANGLER_HOME") == str(platform.home)
    ]
    assert started == [status.pid]


def test_a_copy_of_a_directory_is_another_platform(
    platform: Platform, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = platform.start()
    copy = short_directory / os.urandom(3).hex()
    shutil.copytree(platform.home, copy, ignore=shutil.ignore_patterns("run"))
    with monkeypatch.context() as copied:
        copied.setenv("PYWRANGLER_HOME", str(copy))
        assert find(os.environ) is None
        assert stop(os.environ) is None
        another = find_or_start(os.environ)
        assert another.pid != status.pid
        assert another.url != status.url
        assert stop(os.environ) == Stopped(was_running=True)
    assert find(os.environ) == status


def test_a_directory_has_one_platform_by_whichever_name(
    platform: Platform, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = platform.start()
    link = short_directory / os.urandom(3).hex()
    link.symlink_to(platform.home)
    monkeypatch.setenv("PYWRANGLER_HOME", str(link))
    assert find_or_start(os.environ) == status


def test_a_status_file_of_another_platform_ends_nothing(
    platform: Platform, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = platform.start()
    another = short_directory / os.urandom(3).hex()
    another.mkdir()
    text = Status.file(platform.home).read_text()
    older = {name: value for name, value in json.loads(text).items() if name not in ("begun", "folder")}
    with monkeypatch.context() as other:
        other.setenv("PYWRANGLER_HOME", str(another))
        for told in (text, text.replace(status.token, "stale"), json.dumps(older)):
            Status.file(another).write_text(told)
            assert find(os.environ) is None
            assert stop(os.environ) is None
    assert find(os.environ) == status


def test_what_a_killed_platform_left_is_ended(account: Account) -> None:
    url, home = deploy(account), account.platform.home
    status = account.platform.status
    account.platform.kill()
    # The kernel uses ids again: files name processes that are strangers by now.
    with subprocess.Popen(["sleep", "600"]) as stranger:
        Status(stranger.pid, status.url, status.token, status.account_id, status.version).write(home)
        for pid_file in home.glob("**/workerd.pid"):
            pid_file.write_text(str(stranger.pid))
        cli = Cli(home)
        assert "killed platform left behind: 2 processes." in cli.run("local", "stop").check().stderr
        assert stranger.poll() is None
        stranger.kill()
    assert runtimes(home) == []
    with pytest.raises(ConnectionRefusedError):
        request(url)
    assert "is not running" in cli.run("local", "stop").check().stderr


def test_a_start_after_a_kill_ends_what_was_left(account: Account) -> None:
    url, home = deploy(account), account.platform.home
    left = runtimes(home)
    account.platform.kill()
    for pid_file in home.glob("**/workerd.pid"):
        pid_file.unlink()
    account.platform.start()
    assert eventually(lambda: request(url).text == "hi")
    assert not any(processes.is_alive(pid) for pid in left)


def test_a_suspended_platform_is_stopped(account: Account) -> None:
    deploy(account)
    os.kill(account.platform.status.pid, signal.SIGSTOP)
    assert stop(os.environ) == Stopped(was_running=True)
    assert runtimes(account.platform.home) == []


def remove(home: Path) -> None:
    shutil.rmtree(home)


def empty(home: Path) -> None:
    for each in home.iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()


def replace(home: Path) -> None:
    shutil.rmtree(home)
    home.mkdir()


def move(home: Path) -> None:
    home.rename(home.with_name(f"{home.name}-moved"))


def lose_database(home: Path) -> None:
    (home / "platform.sqlite").unlink()


@pytest.mark.parametrize("lose", [remove, empty, replace, move, lose_database])
def test_a_platform_whose_directory_is_gone_ends_by_itself(
    account: Account, lose: Callable[[Path], None]
) -> None:
    deploy(account)
    home, status = account.platform.home, account.platform.status
    left = runtimes(home)
    lose(home)
    eventually(lambda: not processes.is_alive(status.pid), what="the end of the platform")
    assert not any(processes.is_alive(pid) for pid in left)
    assert not (home / "platform.json").exists()
    if lose in (remove, move):
        assert not home.exists()
    shutil.rmtree(home.with_name(f"{home.name}-moved"), ignore_errors=True)


def test_who_starts_afresh_gets_the_same_ports(account: Account) -> None:
    url, home = deploy(account), account.platform.home
    before = account.platform.status
    shutil.rmtree(home)
    after = account.platform.start()
    assert not processes.is_alive(before.pid)
    assert after.account_id != before.account_id
    account.migrated.clear()
    assert deploy(account) == url


def test_prune_ends_a_platform_whose_directory_is_gone(
    account: Account, short_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(account)
    home, status = account.platform.home, account.platform.status
    left = runtimes(home)
    os.kill(status.pid, signal.SIGSTOP)  # so that it does not see it itself
    shutil.rmtree(home)
    with monkeypatch.context() as another:
        another.setenv("PYWRANGLER_HOME", str(short_directory / os.urandom(3).hex()))
        cli = Cli(short_directory)
        try:
            found = cli.run("local", "prune", "--dry-run", "--json").check().json["processes"]
            assert str(status.pid) in {each["id"] for each in found}
            cli.run("local", "prune").check()
            assert not processes.is_alive(status.pid)
            cli.run("local", "prune").check()
            assert not any(processes.is_alive(pid) for pid in left)
        finally:
            stop(os.environ)


def test_a_platform_whose_program_was_replaced_says_so(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "installed"
    shutil.copytree(Path(processes.__file__).parents[1], installed / "pywrangler")
    with monkeypatch.context() as older:
        older.setenv("PYTHONPATH", str(installed))
        account.platform.start()
    assert request(account.deploy("hello", HELLO)).text == "hi"
    shutil.rmtree(installed)  # as an upgrade does, before it writes other files
    assert request(account.platform.worker_url("hello")).text == "hi", "what runs, runs on"
    answer = account.upload("another", HELLO)
    assert answer.status == 424, answer.text
    assert "The local platform runs pywrangler" in answer.text
    assert "Run `pywrangler local stop`" in answer.text
    assert stop(os.environ)
    account.platform.start()
    assert request(account.deploy("another", HELLO)).text == "hi"


def test_a_platform_of_another_version_is_named(platform: Platform) -> None:
    status = platform.start()
    cli, file = Cli(platform.home), Status.file(platform.home)
    os.kill(status.pid, signal.SIGSTOP)  # or it writes the file again
    file.write_text(file.read_text().replace('"version": "', '"version": "0.0.'))
    os.kill(status.pid, signal.SIGCONT)
    said = cli.run("local", "start").check().stderr
    assert "The local platform runs pywrangler 0.0." in said
    assert "Run `pywrangler local stop`" in said
