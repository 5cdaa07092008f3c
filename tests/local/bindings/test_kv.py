"""KV: Workers and the command line see the same values, at once and after every restart."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.local.daemon.uploads import Account
from tests.support.cli import Outcome, run
from tests.support.command import COMMAND
from tests.support.http import request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

READER = """
export default { async fetch(request, { CACHE }) {
  const url = new URL(request.url);
  const [key, options] = [url.searchParams.get("key"), JSON.parse(url.searchParams.get("options") ?? "{}")];
  switch (url.pathname) {
    case "/get": return Response.json(await CACHE.getWithMetadata(key));
    case "/put": await CACHE.put(key, await request.text(), options); return new Response();
    case "/delete": await CACHE.delete(key); return new Response();
    case "/list": return Response.json(await CACHE.list(options));
  }
} };
"""


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """Namespaces that were made, and Workers that were deployed: id or address by name."""
    return {}


@pytest.fixture
def namespace(account: Account, made: dict[str, str]) -> str:
    """A namespace that two Workers are bound to."""
    if "cache" not in made:
        created = kv("namespace create cache --json")
        made["cache"] = created.json["id"]
        bindings = [{"type": "kv_namespace", "name": "CACHE", "namespace_id": made["cache"]}]
        for name in ("reader", "writer"):
            made[name] = account.deploy(name, READER, bindings=bindings)
    return made["cache"]


def kv(command: str, **options: object) -> Outcome:
    """A `kv` command on the local platform, which has to succeed."""
    outcome = run(f"kv {command} --local", **options)  # type: ignore[arg-type]
    assert outcome.status == 0, outcome.stderr
    return outcome


def test_what_the_command_line_writes_is_what_workers_read_at_once(
    namespace: str, made: dict[str, str]
) -> None:
    metadata = '{"by": "Ada"}'
    kv(f"key put greeting héllo --namespace-id {namespace} --metadata '{metadata}' --ttl 600")
    for worker in ("reader", "writer"):
        found = request(f"{made[worker]}/get?key=greeting").json
        assert (found["value"], found["metadata"]) == ("héllo", {"by": "Ada"})
    kv(f"key put greeting other --namespace-id {namespace}")
    found = request(f"{made['reader']}/get?key=greeting").json
    assert (found["value"], found["metadata"]) == ("other", None)
    kv(f"key delete greeting --namespace-id {namespace}")
    assert request(f"{made['reader']}/get?key=greeting").json["value"] is None


def test_what_a_worker_writes_is_what_all_read_at_once(namespace: str, made: dict[str, str]) -> None:
    key = "a%2Fb%20c%3F"
    request(f"{made['writer']}/put?key={key}", method="PUT", body=b"from the worker")
    assert request(f"{made['reader']}/get?key={key}").json["value"] == "from the worker"
    assert kv(f"key get 'a/b c?' --namespace-id {namespace} --text").stdout == "from the worker\n"
    request(f"{made['writer']}/delete?key={key}")
    missing = run(f"kv key get 'a/b c?' --namespace-id {namespace} --local")
    assert (missing.status, missing.stdout) == (0, "Value not found\n")  # as with Wrangler (4.164)


def test_bytes_come_back_as_they_were(namespace: str, tmp_path: Path) -> None:
    content = os.urandom(3 * 1024 * 1024)
    (tmp_path / "blob").write_bytes(content)
    kv(f"key put blob --path blob --namespace-id {namespace}", directory=tmp_path)
    command = [*COMMAND, "kv", "key", "get", "blob", "--namespace-id", namespace]
    assert subprocess.run(command, capture_output=True, check=True).stdout == content
    kv(f"key delete blob --namespace-id {namespace}")


def test_keys_are_listed_page_by_page_with_what_is_known_of_them(
    namespace: str, made: dict[str, str], tmp_path: Path
) -> None:
    pairs = [{"key": f"many:{number:04d}", "value": str(number)} for number in range(1003)]
    pairs[0] |= {"expiration_ttl": 900, "metadata": {"first": True}}
    (tmp_path / "pairs.json").write_text(json.dumps(pairs))
    kv(f"bulk put pairs.json --namespace-id {namespace}", directory=tmp_path)
    listed = kv(f"key list --namespace-id {namespace} --prefix many:").json
    assert [entry["name"] for entry in listed] == [pair["key"] for pair in pairs]
    assert listed[0]["metadata"] == {"first": True}
    assert listed[0]["expiration"] > 0
    assert "expiration" not in listed[1]
    options = quote('{"prefix": "many:", "limit": 2}')
    page = request(f"{made['reader']}/list?options={options}").json
    assert [entry["name"] for entry in page["keys"]] == ["many:0000", "many:0001"]
    lenient = quote('{"prefix": "many:", "cursor": "!!!", "limit": 1}')  # under Wrangler (4.164), too
    (first,) = request(f"{made['reader']}/list?options={lenient}").json["keys"]
    assert first["name"] == "many:0000"
    (tmp_path / "keys.json").write_text(json.dumps(["many:0001", "many:0002", "none"]))
    read = kv(f"bulk get keys.json --namespace-id {namespace}", directory=tmp_path).json
    assert read == {"many:0001": {"value": "1"}, "many:0002": {"value": "2"}, "none": {"value": None}}
    (tmp_path / "keys.json").write_text(json.dumps([pair["key"] for pair in pairs]))
    kv(f"bulk delete keys.json --namespace-id {namespace} --force", directory=tmp_path)
    assert kv(f"key list --namespace-id {namespace} --prefix many:").json == []


def test_a_refusal_keeps_the_runtimes_reason(account: Account, namespace: str) -> None:
    path = f"storage/kv/namespaces/{namespace}/values/k?expiration_ttl=59"
    refused = account.platform.send(path, method="PUT", body="v")
    assert refused.status == 424
    assert "Expiration TTL must be at least 60" in refused.text


def test_a_namespace_is_found_by_the_binding_of_the_configuration(
    namespace: str, tmp_path: Path, made: dict[str, str]
) -> None:
    for entry, value in (({"id": namespace}, "by its id"), ({}, "by the Worker that is deployed")):
        configuration = {"name": "reader", "kv_namespaces": [{"binding": "CACHE", **entry}]}
        (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
        kv(f"key put --binding CACHE bound '{value}'", directory=tmp_path)
        assert request(f"{made['reader']}/get?key=bound").json["value"] == value


def test_a_namespace_of_any_id_is_empty_until_the_first_write_makes_it(
    account: Account, tmp_path: Path
) -> None:
    configuration = {"name": "later", "kv_namespaces": [{"binding": "CACHE", "id": "of/production"}]}
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    (tmp_path / "keys.json").write_text('["k"]')
    (tmp_path / "pairs.json").write_text('[{"key": "j", "value": "2"}]')
    for named in ("--binding CACHE", "--namespace-id of/production"):
        assert kv(f"key list {named}", directory=tmp_path).json == []
        assert kv(f"bulk get keys.json {named}", directory=tmp_path).json == {"k": {"value": None}}
        assert kv(f"key get k {named}", directory=tmp_path).stdout == "Value not found\n"
        kv(f"key delete k {named}", directory=tmp_path)
        kv(f"bulk delete keys.json {named}", directory=tmp_path)
    assert "of/production" not in {entry["id"] for entry in kv("namespace list").json}
    kv("key put k 1 --binding CACHE", directory=tmp_path)
    kv("bulk put pairs.json --namespace-id of/production", directory=tmp_path)
    assert [entry["name"] for entry in kv("key list --binding CACHE", directory=tmp_path).json] == ["j", "k"]
    bindings = [{"type": "kv_namespace", "name": "CACHE", "namespace_id": "of/production"}]
    address = account.deploy("later", READER, bindings=bindings)
    assert request(f"{address}/get?key=k").json["value"] == "1"


def test_a_binding_without_an_id_means_the_namespace_that_a_deploy_looks_for(
    account: Account, tmp_path: Path
) -> None:
    configuration = {"name": "absent", "kv_namespaces": [{"binding": "MY_CACHE"}]}
    (tmp_path / "wrangler.json").write_text(json.dumps(configuration))
    assert kv("key list --binding MY_CACHE", directory=tmp_path).json == []
    for value in ("1", "2"):
        kv(f"key put k {value} --binding MY_CACHE", directory=tmp_path)
    assert run("kv key get k --binding MY_CACHE --local", directory=tmp_path).stdout == "2"
    assert "absent-my-cache" in {entry["title"] for entry in kv("namespace list").json}


def test_the_title_of_another_namespace_is_no_id(account: Account) -> None:
    kv("namespace create titled")
    refused = run("kv key put k v --namespace-id titled --local")
    assert (refused.status, "already exists: titled" in refused.stderr) == (1, True)


def test_values_survive_the_end_of_every_process(
    namespace: str, account: Account, made: dict[str, str]
) -> None:
    kv(f"key put lasting value --namespace-id {namespace}")
    pid_file = account.platform.home / "key-values" / "workerd.pid"
    os.kill(int(pid_file.read_text()), signal.SIGKILL)
    assert request(f"{made['reader']}/get?key=lasting").json["value"] == "value"
    account.platform.kill()
    account.platform.start()
    assert kv(f"key get lasting --namespace-id {namespace} --text").stdout == "value\n"
    assert eventually(lambda: request(f"{made['reader']}/get?key=lasting").json["value"]) == "value"


def test_a_deleted_namespace_leaves_nothing_to_the_next(account: Account) -> None:
    created = kv("namespace create short --json").json["id"]
    kv(f"key put k v --namespace-id {created}")
    kv("namespace rename short --new-name shorter")
    assert "shorter" in {entry["title"] for entry in kv("namespace list").json}
    kv(f"namespace delete --namespace-id {created} -y")
    assert kv(f"key get k --namespace-id {created}").stdout == "Value not found\n"
    assert created not in {entry["id"] for entry in kv("namespace list").json}
