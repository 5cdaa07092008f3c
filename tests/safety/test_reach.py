"""What code of a Worker reaches of this machine and of the platform, and who reaches their sockets."""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from pywrangler.local.workerd.leftovers import runtimes_below
from tests.local.daemon.uploads import Account
from tests.support.http import request
from tests.support.platform import Platform

pytestmark = pytest.mark.workerd
WORKER = """
import { connect } from "cloudflare:sockets";
import { readFileSync } from "node:fs";
const attempts = {
  fetch: async (url) => { const found = await fetch(url); return `${found.status} ${await found.text()}`; },
  connect: async (address) => { await connect(address).opened; return "connected"; },
  read: async (file) => readFileSync(file, "utf8"),
};
const tried = async ([way, target]) => {
  try { return await attempts[way](target); } catch { return "refused"; }
};
export default { async fetch(request, env) {
  if (request.method === "GET") return new Response("of the Worker");
  return Response.json({
    tried: await Promise.all((await request.json()).map(tried)),
    variables: process.env, bindings: Object.keys(env),
  });
} };
"""
SETTINGS = {
    "compatibility_flags": ["nodejs_compat"],
    "bindings": [{"type": "secret_text", "name": "OWN", "text": "of the Worker alone"}],
}
OWN_ADDRESSES = ("127.0.0.1", "localhost", "0.0.0.0", "172.17.0.1")
"""Names and addresses of this machine; the last one is the host's on Docker's own network."""
STORING = """
import { DurableObject } from "cloudflare:workers";
export class Notes extends DurableObject {
  store(name) { this.ctx.storage.kv.put(name, "x"); return this.ctx.storage.kv.get(name); }
  run(sql) { return this.ctx.storage.sql.exec(sql).toArray().length; }
}
const outcome = async (work) => { try { await work(); return "done"; } catch { return "refused"; } };
export default { async fetch(request, { NOTES, KV, R2, D1 }) {
  const { names, statements } = await request.json(), found = [];
  for (const name of names) {
    await NOTES.getByName(name).store(name);
    await KV.put(name, "x");
    await R2.put(name, "x");
    found.push(await KV.get(name) + await (await R2.get(name)).text());
  }
  for (const sql of statements) {
    found.push(await outcome(() => D1.prepare(sql).all()));
    found.push(await outcome(() => NOTES.getByName("sql").run(sql)));
  }
  return Response.json(found);
} };
"""
UPWARDS = ("../../../../escaped", "/tmp/escaped", "..\\..\\escaped", "a/../../../../../escaped", ".escaped")
LOOPBACK = {"0100007F", "0" * 24 + "01000000"}
"""As the kernel writes the addresses of sockets."""


@pytest.fixture
def account(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Account:
    """The account of this test's platform, in whose environment is a token of the user."""
    monkeypatch.setenv("A_TOKEN_OF_THE_USER", "planted-token")
    platform.start()
    return Account(platform)


@contextmanager
def counting_server() -> Iterator[tuple[int, list[str]]]:
    """A port on all addresses of this machine, and the address of each connection to it."""
    seen: list[str] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, (address, *_) = server.accept()
                seen.append(address)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                connection.close()

    with socket.create_server(("0.0.0.0", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], seen
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def outcome(url: str, *attempts: tuple[str, str]) -> dict[str, Any]:
    """What the Worker says of its attempts."""
    answer = request(url, method="POST", body=json.dumps(attempts).encode())
    assert answer.status == 200, answer.text
    return dict(answer.json)


def test_code_of_a_worker_reaches_no_port_of_this_machine(account: Account) -> None:
    url, other = (account.deploy(name, WORKER, **SETTINGS) for name in ("one", "two"))
    assert request(other).text == "of the Worker"
    status, port_of_other = account.platform.status, other.rpartition(":")[2]
    with counting_server() as (port, seen):
        with socket.create_connection(("127.0.0.1", port)):
            pass
        places = [f"{address}:{port}" for address in OWN_ADDRESSES]
        places += [f"{host}:{port_of_other}" for host in ("127.0.0.1", "[::1]", "localhost")]
        places += [status.url.split("/")[2]]
        attempts = [(way, place) for place in places for way in ("fetch", "connect")]
        attempts = [(way, f"http://{place}/" if way == "fetch" else place) for way, place in attempts]
        found = outcome(url, *attempts)["tried"]
    reached = [
        (attempt, said)
        for attempt, said in zip(attempts, found, strict=True)
        if said == "connected" or said.startswith("200 ")
    ]
    assert reached == []
    assert len(seen) == 1, "only the connection of this test"


def test_code_of_a_worker_reaches_no_file_and_no_socket_of_the_platform(account: Account) -> None:
    url, home = account.deploy("one", WORKER, **SETTINGS), account.platform.home
    sockets = [file for file in home.rglob("*") if file.is_socket()]
    assert sockets
    attempts = [
        ("read", str(file)) for file in (home / "api.json", home / "platform.json", Path("/etc/passwd"))
    ]
    for each in sockets:
        attempts += [("connect", f"unix:{each}"), ("connect", str(each)), ("fetch", f"unix:{each}")]
        attempts += [("fetch", f"http+unix://{str(each).replace('/', '%2F')}/")]
    # The services of the runtime's own configuration have these names.
    attempts += [("fetch", f"http://{name}/bring-up") for name in ("control", "storage", "platform", "kv")]
    found = outcome(url, *attempts)["tried"]
    assert {said for said in found if said != "refused" and not re.match("[45][0-9]{2} ", said)} == set()


def test_no_name_and_no_statement_of_a_worker_leads_to_a_file(account: Account, tmp_path: Path) -> None:
    home = account.platform.home
    account.platform.call("local/kv/namespaces/" + "1" * 32, method="PUT")
    account.platform.call("local/r2/buckets/bucket", method="PUT")
    account.platform.call("local/d1/databases/base", method="PUT", body={"name": "base"})
    url = account.deploy(
        "one",
        STORING,
        bindings=[
            {"type": "durable_object_namespace", "name": "NOTES", "class_name": "Notes"},
            {"type": "kv_namespace", "name": "KV", "namespace_id": "1" * 32},
            {"type": "r2_bucket", "name": "R2", "bucket_name": "bucket"},
            {"type": "d1", "name": "D1", "id": "base"},
        ],
        migrations={"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Notes"]}]},
    )
    target, database = tmp_path / "escaped", home / "platform.sqlite"
    statements = [f"ATTACH DATABASE '{database}' AS p", f"ATTACH DATABASE '{target}' AS n"]
    statements += [f"VACUUM INTO '{target}'", f"SELECT readfile('{database}')", "SELECT load_extension('x')"]
    asked = json.dumps({"names": UPWARDS, "statements": statements}).encode()
    found = request(url, method="POST", body=asked).json
    assert found == ["xx"] * len(UPWARDS) + ["refused"] * 2 * len(statements)
    made = (file for place in (home, home.parent, tmp_path) for file in place.rglob("*escaped*"))
    assert [*made, *Path("/tmp").glob("escaped*")] == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the environments of processes")
def test_the_environment_of_the_platform_is_not_that_of_workers(account: Account) -> None:
    found = outcome(account.deploy("one", WORKER, **SETTINGS))
    assert (found["bindings"], found["variables"]) == (["OWN"], {"OWN": "of the Worker alone"})
    processes = [Path(f"/proc/{each.pid}/environ") for each in runtimes_below(account.platform.home)]
    assert processes
    for file in processes:
        lines = file.read_bytes().split(b"\0")
        assert not [line for line in lines if b"planted-token" in line or b"HOME=" in line], file
    own = Path(f"/proc/{account.platform.status.pid}/environ").read_bytes()
    assert b"planted-token" not in own, "the platform gets what it needs, and no credentials"
    assert b"HOME=" in own


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows whose a socket is")
def test_every_socket_is_on_loopback_or_for_this_user(account: Account) -> None:
    account.deploy("one", WORKER, **SETTINGS)
    home = account.platform.home
    sockets = [file for file in home.rglob("*") if file.is_socket()]
    assert {"platform", ".peers"} <= {file.suffix or file.name for file in sockets}
    assert [file for file in sockets if stat.S_IMODE(file.stat().st_mode) & 0o077] == []
    processes = [account.platform.status.pid, *(each.pid for each in runtimes_below(home))]
    ports = [each for pid in processes for each in listeners_of(pid)]
    assert len(ports) >= len(("the API", "the registry", "the Worker's port"))
    assert [each for each in ports if each.partition(":")[0] not in LOOPBACK] == []


def listeners_of(pid: int) -> list[str]:
    """The addresses on which a process listens for TCP, as the kernel writes them."""
    numbers = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            if found := re.fullmatch(r"socket:\[([0-9]+)\]", os.readlink(descriptor)):
                numbers.add(found[1])
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    return [line[1] for line in lines if line[3] == "0A" and line[9] in numbers]
