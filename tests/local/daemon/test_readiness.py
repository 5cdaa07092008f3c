"""Whoever needs a runtime waits until it is ready, for a limited time."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from pywrangler.local.client.stopping import stop
from pywrangler.local.daemon.workers.control import Control, ControlError
from pywrangler.local.daemon.workers.readiness import RuntimeNotReadyError, call_when_ready
from pywrangler.local.workerd import process
from pywrangler.local.workerd.failures import WorkerdStartError
from pywrangler.local.workerd.logs import LogBook
from pywrangler.local.workerd.supervisor import RuntimeSupervisor
from pywrangler.toolchain import Toolchain
from tests.local.daemon.runtime import Bench
from tests.local.daemon.test_workerd import no_gateway
from tests.local.daemon.uploads import Account
from tests.support.command import Cli
from tests.support.waiting import eventually

CRON = "export default { fetch: () => new Response('hi'), scheduled() {} };"
NAMESPACE = "ab" * 16


async def at_once() -> None:
    """A runtime that is ready."""


async def never() -> None:
    """A runtime that starts for ever."""
    await asyncio.Event().wait()


async def failed() -> None:
    """A runtime that did not start."""
    raise WorkerdStartError("it did not start")


def refused(times: int) -> Callable[[], asyncio.Future[str]]:
    """A call whose first connections are refused."""
    left = [times]

    async def call() -> str:
        left[0] -= 1
        if left[0] >= 0:
            key = aiohttp.client_reqrep.ConnectionKey("control", 80, False, True, None, None, None)
            raise aiohttp.ClientConnectorError(key, ConnectionRefusedError(111, "Connection refused"))
        return "answer"

    return call  # type: ignore[return-value]


@pytest.mark.parametrize("times", [0, 1, 5])
def test_a_refused_connection_is_made_again(times: int) -> None:
    assert asyncio.run(call_when_ready("it", at_once, refused(times), 5.0)) == "answer"


@pytest.mark.parametrize(
    ("ready", "reason"), [(never, "it is still starting"), (at_once, "Connection refused")]
)
def test_what_never_comes_is_said_in_time(ready: Callable[[], None], reason: str) -> None:
    begin = time.monotonic()
    with pytest.raises(RuntimeNotReadyError, match=f"it was not ready after 0 s: {reason}"):
        asyncio.run(call_when_ready("it", ready, refused(1000), 0.3))  # type: ignore[arg-type]
    assert time.monotonic() - begin < 30


def test_what_failed_is_not_waited_for() -> None:
    with pytest.raises(WorkerdStartError, match="it did not start"):
        asyncio.run(call_when_ready("it", failed, refused(0), 60.0))


def test_a_control_socket_that_nothing_serves_is_an_error_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pywrangler.local.daemon.workers.readiness.call_when_ready.__defaults__", (0.2,))
    with pytest.raises(ControlError, match=r"the Worker's runtime was not ready after 0 s: No such file"):
        asyncio.run(Control(tmp_path / "absent", at_once).durable_object_id("Box", "one"))


@pytest.mark.workerd
def test_a_runtime_that_is_never_ready_ends_the_wait(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "READY_TIMEOUT_SECONDS", 0.5)
    bench.binary = script(tmp_path / "workerd", "exec sleep 600")

    async def scenario() -> str:
        supervisor = RuntimeSupervisor(LogBook(bench.directory / "worker.log"))
        waiting = asyncio.create_task(supervisor.ready())
        with pytest.raises(WorkerdStartError):
            await supervisor.replace(bench.launch(CRON), no_gateway)
        with pytest.raises(WorkerdStartError) as caught:
            await waiting
        return caught.value.message

    assert "was not ready after" in asyncio.run(scenario())


def script(file: Path, text: str) -> Path:
    """A program of the shell."""
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return file


@pytest.fixture
def slow_workerd(toolchain: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workerd that takes a second and a half to start."""
    slow = f'case "$1" in serve) sleep 1.5;; esac; exec "{toolchain.workerd}" "$@"'
    monkeypatch.setenv("PYWRANGLER_WORKERD", str(script(tmp_path / "slow-workerd", slow)))


@pytest.mark.workerd
def test_commands_right_after_a_start_wait_for_a_slow_runtime(
    account: Account, slow_workerd: None, tmp_path: Path
) -> None:
    cli = Cli(tmp_path)
    account.platform.start()
    account.platform.call(f"local/kv/namespaces/{NAMESPACE}", method="PUT")
    bindings = [{"type": "kv_namespace", "name": "KV", "namespace_id": NAMESPACE}]
    account.deploy("slow", CRON, bindings=bindings)
    stop(os.environ)
    account.platform.start()
    commands = [
        cli.start("local", "trigger-cron", "slow", "--cron", "* * * * *"),
        cli.start("kv", "key", "put", "--namespace-id", NAMESPACE, "a", "b", "--local"),
    ]
    following = cli.start("tail", "slow")
    for command in commands:
        command.wait().check()
    eventually(lambda: "Following" in following.said(), what="the command to begin")
    stop(os.environ)
    following.wait().check()


@pytest.mark.workerd
def test_a_command_right_after_a_crash_waits_for_the_next_runtime(account: Account, tmp_path: Path) -> None:
    account.deploy("crashed", CRON)
    cli, pid_file = Cli(tmp_path), account.platform.home / "workers" / "crashed" / "workerd.pid"
    for _ in range(3):
        os.kill(int(pid_file.read_text()), signal.SIGKILL)
        cli.run("local", "trigger-cron", "crashed", "--cron", "* * * * *").check()
