"""The whole platform in its own process: Workers uploaded over HTTP response."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import urllib3

from pywrangler.local.client.finding import find
from pywrangler.local.client.starting import find_or_start
from pywrangler.local.client.stopping import stop
from pywrangler.local.protocol import Status
from tests.local.daemon.uploads import Account
from tests.support.hammer import Hammer
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.ports import free_port
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd


def answering(text: str) -> str:
    """A Worker that answers `text`."""
    return f'export default {{ fetch: () => new Response("{text}") }};'


def test_an_uploaded_worker_answers_on_its_address(account: Account) -> None:
    url = account.deploy("hello", answering("hi"))
    assert request(url).text == "hi"
    worker = account.platform.call("local/workers/hello")
    assert worker["state"] == "running"
    assert worker["error"] is None
    assert worker["hostname_url"] == f"http://hello.localhost:{worker['port']}"


def test_a_request_to_go_on_ends_before_the_worker(account: Account) -> None:
    url = account.deploy(
        "plain", "export default { fetch: ({ headers }) => Response.json([...headers.keys()]) };"
    )
    names = request(url, method="PUT", body=b"large", headers={"Expect": "100-continue", "X-Kept": "1"}).json
    assert "x-kept" in names
    assert "expect" not in names


def test_a_second_start_finds_the_first(platform: Platform) -> None:
    first = platform.start()
    assert find_or_start(os.environ) == first
    assert find(os.environ) == first


def test_it_comes_back_after_a_stop_with_the_same_addresses(account: Account) -> None:
    url = account.deploy("hello", answering("hi"))
    before = account.platform.status
    assert stop(os.environ)
    assert find(os.environ) is None
    assert not stop(os.environ)
    after = account.platform.start()
    assert (after.url, after.token, after.account_id) == (before.url, before.token, before.account_id)
    assert after.pid != before.pid
    assert eventually(lambda: request(url).text == "hi")
    assert account.platform.worker_url("hello") == url


def test_it_comes_back_after_a_kill(account: Account) -> None:
    url = account.deploy("hello", answering("hi"))
    account.platform.kill()
    account.platform.start()
    assert request(url).text == "hi"
    assert account.platform.worker_url("hello") == url


def test_a_worker_whose_port_was_taken_gets_another_and_says_so(account: Account) -> None:
    account.deploy("hello", answering("hi"))
    port = account.platform.call("local/workers/hello")["port"]
    stop(os.environ)
    with socket.create_server(("127.0.0.1", port)):
        account.platform.start()
        worker = eventually(
            lambda: (w := account.platform.call("local/workers/hello"))["state"] == "running" and w
        )
        assert worker["port"] != port
        assert f"Port {port} is used by another program, `" in worker["error"]
        assert request(worker["url"]).text == "hi"


def test_workers_side_by_side_have_ports_of_their_own(account: Account) -> None:
    urls = {name: account.deploy(name, answering(name)) for name in ("one", "two", "three")}
    assert len(set(urls.values())) == 3
    assert {name: request(url).text for name, url in urls.items()} == {name: name for name in urls}


def test_a_service_binding_calls_the_other_worker_by_fetch_and_by_rpc(account: Account) -> None:
    account.deploy(
        "adder",
        """import { WorkerEntrypoint } from "cloudflare:workers";
        export default class extends WorkerEntrypoint {
          fetch() { return new Response("fetched"); } add(a, b) { return a + b; } };""",
    )
    url = account.deploy(
        "caller",
        """export default { async fetch(r, env) {
          return new Response(await (await env.ADDER.fetch(r)).text() + await env.ADDER.add(1, 2)); } };""",
        bindings=[{"type": "service", "name": "ADDER", "service": "adder"}],
    )
    assert request(url).text == "fetched3"


def test_code_that_does_not_start_is_refused_and_the_version_before_continues(account: Account) -> None:
    url = account.deploy("hello", answering("good"))
    answer = account.upload("hello", 'throw new Error("at start");')
    assert answer.status == 400
    assert "Uncaught Error: at start" in answer.text
    assert request(url).text == "good"
    assert account.platform.call("local/workers/hello")["state"] == "running"


def test_a_first_version_that_does_not_start_leaves_nothing(account: Account) -> None:
    answer = account.upload("hello", "const x = ;")
    assert answer.status == 400
    assert account.platform.call("local/status")["workers"] == []
    assert request(account.deploy("hello", answering("fixed"))).text == "fixed"


def test_a_changed_worker_takes_effect_without_a_refused_connection(account: Account) -> None:
    url = account.deploy("hello", answering("0"))
    with Hammer(url, clients=3) as hammer:
        for number in range(1, 4):
            account.deploy("hello", answering(str(number)))
            eventually(lambda text=str(number): text in hammer.bodies())
    assert hammer.failures == []
    assert hammer.statuses() == {200}


def test_the_log_of_a_worker_can_be_read(account: Account) -> None:
    url = account.deploy(
        "hello", 'export default { fetch() { console.log("a\\nb"); return new Response(); } };'
    )
    request(url)
    status = account.platform.status
    answer = request(
        f"{status.url}/accounts/{status.account_id}/local/logs?worker=hello&tail=5",
        headers={"Authorization": f"Bearer {status.token}"},
    )
    assert [json.loads(line)["text"] for line in answer.text.splitlines()] == ["a\nb"]


def test_a_deleted_worker_no_longer_listens_and_leaves_no_files(account: Account) -> None:
    url = account.deploy("hello", answering("hi"))
    account.platform.call("workers/scripts/hello", method="DELETE")
    with pytest.raises(ConnectionRefusedError):
        request(url)
    assert list((account.platform.home / "durable-objects").iterdir()) == []
    assert not list((account.platform.home / "workers").glob("hello/*.*"))


def test_stale_files_do_not_stop_a_start(platform: Platform) -> None:
    platform.home.mkdir(parents=True)
    (platform.home / "platform.lock").touch()
    (platform.home / "api.json").write_text("{broken")
    Status(1, f"http://127.0.0.1:{free_port()}/client/v4", "t", "a", "0").write(platform.home)
    assert platform.start().pid != 1


def test_a_directory_that_cannot_be_written_is_a_clear_error(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pywrangler.errors import PywranglerError

    monkeypatch.setenv("PYWRANGLER_HOME", "/proc/pywrangler")
    with pytest.raises(PywranglerError) as caught:
        find_or_start(os.environ)
    assert "The local platform's directory `/proc/pywrangler` cannot be written" in caught.value.message
    assert caught.value.hint


def test_a_platform_that_cannot_start_says_why(platform: Platform) -> None:
    from pywrangler.errors import PywranglerError

    platform.home.mkdir(parents=True)
    (platform.home / "platform.sqlite").write_text("this is not a database, whatever its name says")
    with pytest.raises(PywranglerError) as caught:
        find_or_start(os.environ)
    assert caught.value.code == "state-damaged"
    assert "platform.sqlite" in caught.value.message


def test_starters_that_race_get_the_same_platform(platform: Platform) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(lambda _: find_or_start(os.environ), range(4)))
    assert len(found) == 1
    assert platform.status in found


def test_it_continues_when_its_terminal_closes(platform: Platform) -> None:
    status = platform.start()
    os.kill(status.pid, signal.SIGHUP)
    assert find(os.environ) == status
    assert os.getsid(status.pid) == status.pid


def test_a_home_with_a_long_path_works(
    account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / ("long" * 30)
    monkeypatch.setenv("PYWRANGLER_HOME", str(home))
    account.platform.home = home
    assert request(account.deploy("hello", answering("hi"))).text == "hi"


def test_cron_triggers_that_the_runtime_refuses_leave_the_worker_running(account: Account) -> None:
    url = account.deploy("hello", answering("hi"))
    status = account.platform.status
    answer = request(
        f"{status.url}/accounts/{status.account_id}/workers/scripts/hello/schedules",
        method="PUT",
        body=b'[{"cron": "99 99 * * *"}]',
        headers={"Authorization": f"Bearer {status.token}", "Content-Type": "application/json"},
    )
    assert answer.status == 400
    assert request(url).text == "hi"


def test_a_first_port_that_is_no_port_is_named(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    from pywrangler.errors import PywranglerError

    monkeypatch.setenv("PYWRANGLER_WORKER_PORT", "many")
    with pytest.raises(PywranglerError, match="PYWRANGLER_WORKER_PORT is many") as caught:
        find_or_start(os.environ)
    assert caught.value.code == "usage"


def test_bodies_are_not_decompressed(account: Account) -> None:
    status = account.platform.start()
    account.platform.call("local/r2/buckets/bucket", method="PUT")
    content = gzip.compress(b"{}" * 1000)
    headers = {"Authorization": f"Bearer {status.token}", "Content-Encoding": "gzip"}
    base = f"{status.url}/accounts/{status.account_id}"
    answer = request(f"{base}/storage/kv/namespaces", method="POST", body=content, headers=headers)
    assert (answer.status, "compressed" in answer.text) == (415, True)
    key = f"{base}/r2/buckets/bucket/objects/key"
    assert request(key, method="PUT", body=content, headers=headers).status == 200
    read = urllib3.request(
        "GET", key, headers={"Authorization": f"Bearer {status.token}"}, decode_content=False
    )
    assert (read.data, read.headers["Content-Encoding"]) == (content, "gzip")
