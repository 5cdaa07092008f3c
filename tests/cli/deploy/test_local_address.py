"""`dev.port` and `dev.ip` on a real local platform."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from pywrangler.local.client.stopping import stop
from tests.support.cli import Outcome, run
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.ports import free_port

pytestmark = pytest.mark.workerd

CODE = """export default { fetch: ({ headers, cf }) =>
  Response.json([headers.get("CF-Connecting-IP"), cf.country]) };"""


def deploy(directory: Path, name: str, dev: Any, options: str = "--json") -> Outcome:
    configuration = {"name": name, "main": "index.js", "compatibility_date": "2026-06-01", "dev": dev}
    (directory / "wrangler.json").write_text(json.dumps(configuration))
    (directory / "index.js").write_text(CODE)
    outcome = run(f"deploy {options}", directory=directory)
    assert outcome.status == 0, outcome.stderr
    return outcome


def test_a_worker_listens_where_the_configuration_says(platform: Platform, tmp_path: Path) -> None:
    first, second = free_port(), free_port()
    assert f"~ listen on localhost:{first}" in deploy(tmp_path, "one", {"port": first}, "--dry-run").stdout
    made = deploy(tmp_path, "one", {"port": first}).json
    assert (made["url"], made["changed"]) == (f"http://localhost:{first}", True)
    assert request(made["url"]).json == ["127.0.0.1", "US"]
    assert not deploy(tmp_path, "one", {"port": first}).json["changed"]

    moved = deploy(tmp_path, "one", {"port": second}).json
    assert moved["version"] == made["version"]
    assert moved["url"] == f"http://localhost:{second}"
    assert request(moved["url"]).status == 200
    with pytest.raises(ConnectionRefusedError):
        request(made["url"])
    assert deploy(tmp_path, "one", {}).json["url"] == moved["url"]

    assert stop(os.environ)
    platform.start()
    assert request(moved["url"]).status == 200


def test_a_port_that_is_taken_is_reported_and_the_deploy_continues(
    platform: Platform, tmp_path: Path
) -> None:
    port = free_port()
    assert deploy(tmp_path, "one", {"port": port}).json["url"].endswith(f":{port}")
    second = deploy(tmp_path, "two", {"port": port})
    assert f"port {port} is that of the Worker `one`" in second.stderr
    assert request(second.json["url"]).status == 200

    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = taken.getsockname()[1]
        third = deploy(tmp_path, "two", {"port": busy})
        assert f"port {busy} is used by " in third.stderr
        assert third.json["url"] == second.json["url"]
        assert third.json["url"] in third.stderr
    assert deploy(tmp_path, "two", {"port": busy}).json["url"] == f"http://localhost:{busy}"


def test_other_addresses_only_while_the_configuration_says_so(platform: Platform, tmp_path: Path) -> None:
    port = free_port()
    assert "other machines" not in deploy(tmp_path, "one", {"port": port}).stderr
    everywhere = deploy(tmp_path, "one", {"port": port, "ip": "0.0.0.0"})
    assert "other machines that reach this one can call the Worker" in everywhere.stderr
    assert everywhere.json["url"] == f"http://localhost:{port}"
    assert request(f"http://127.0.0.2:{port}").json[1] == "US"
    platform.kill()
    platform.start()
    assert request(f"http://127.0.0.2:{port}").status == 200

    deploy(tmp_path, "one", {})
    assert request(f"http://127.0.0.1:{port}").status == 200
    with pytest.raises(ConnectionRefusedError):
        request(f"http://127.0.0.2:{port}")

    other = deploy(tmp_path, "one", {"ip": "127.0.0.2"}).json
    assert (other["url"], other["urls"]) == (f"http://127.0.0.2:{port}", [f"http://127.0.0.2:{port}"])
    absent = deploy(tmp_path, "one", {"ip": "192.0.2.77"})
    assert "this machine does not have the address `192.0.2.77`" in absent.stderr
    assert absent.json["url"] == f"http://localhost:{port}"


def test_what_the_platform_does_not_use_is_named(platform: Platform, tmp_path: Path) -> None:
    dev = {"local_protocol": "https", "host": "example.com", "inspector_port": 9229}
    said = deploy(tmp_path, "one", dev).stderr
    assert "does not use `dev.host`, `dev.inspector_port`, `dev.local_protocol`; it serves HTTP." in said
