"""Dispatch namespaces and client certificates on a real local platform: commands, and what Workers see."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Outcome, run
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.servers.serving import QuietHandler, serving
from tests.support.servers.tls import self_signed, server_context

DISPATCHER = """export default { async fetch(request, env) {
  const { pathname } = new URL(request.url);
  const [, name, method] = pathname.split("/");
  try {
    const worker = env.CUSTOMERS.get(name);
    return method ? new Response(await worker[method]("Ada")) : await worker.fetch(request);
  } catch (error) { return new Response(error.message, { status: 500 }); }
} };"""
CUSTOMER = """import { WorkerEntrypoint } from "cloudflare:workers";
export default class extends WorkerEntrypoint {
  greet(name) { return `hello ${name}, ${this.env.VERSION}`; }
  async fetch(request) {
    const own = [...request.headers.keys()].filter((name) => name.startsWith("x-pywrangler"));
    return Response.json([request.method, new URL(request.url).pathname, await request.text(), own]);
  }
}"""
CALLER = """export default { async fetch(request, env) {
  try { return await env.CERT.fetch(new URL(request.url).searchParams.get("to")); }
  catch (error) { return new Response(error.message, { status: 500 }); }
} };"""


def deploy(directory: Path, name: str, code: str, words: str = "", **fields: Any) -> Outcome:
    content = {"name": name, "main": "index.js", "compatibility_date": "2026-06-01", **fields}
    (directory / "wrangler.json").write_text(json.dumps(content))
    (directory / "index.js").write_text(code)
    return run(f"deploy --json {words}", directory=directory)


@pytest.mark.workerd
def test_a_dispatched_worker_is_reached_by_its_name(platform: Platform, tmp_path: Path) -> None:
    bound = [{"binding": "CUSTOMERS", "namespace": "customers"}]
    url = deploy(tmp_path, "dispatcher", DISPATCHER, dispatch_namespaces=bound).json["url"]
    # As under `wrangler dev` 4.164, as long as there is no namespace.
    assert request(f"{url}/shop").text == "Binding CUSTOMERS needs to be run remotely"
    refused = deploy(tmp_path, "shop", CUSTOMER, "--dispatch-namespace customers")
    assert (refused.status, refused.error["api_code"]) == (1, 100119)

    assert run("dispatch-namespace create customers").status == 0
    assert request(f"{url}/shop").text == "Worker not found."
    made = deploy(tmp_path, "shop", CUSTOMER, "--dispatch-namespace customers", vars={"VERSION": "1"}).json
    assert (made["dispatch_namespace"], made["urls"]) == ("customers", [])
    answer = request(f"{url}/shop?a=1", method="POST", body=b"an order")
    assert answer.json == ["POST", "/shop", "an order", []]
    assert request(f"{url}/shop/greet").text == "hello Ada, 1"
    deploy(tmp_path, "shop", CUSTOMER, "--dispatch-namespace customers", vars={"VERSION": "2"})
    assert request(f"{url}/shop/greet").text == "hello Ada, 2"

    (tmp_path / "public").mkdir()
    (tmp_path / "public/index.html").write_text("a site")
    site = {"name": "site", "compatibility_date": "2026-06-01", "assets": {"directory": "public"}}
    (tmp_path / "wrangler.json").write_text(json.dumps(site))
    assert run("deploy --dispatch-namespace customers", directory=tmp_path).status == 0
    assert request(f"{url}/site").status == 404  # of the assets: they have `/` only

    (listed,) = run("dispatch-namespace list --json").json
    assert (listed["namespace_name"], listed["script_count"]) == ("customers", 2)
    scripts = [entry["name"] for entry in run("local status --json").json["workers"]]
    assert scripts == ["dispatcher", "shop@customers", "site@customers"]
    assert [entry["id"] for entry in platform.call("workers/scripts")] == ["dispatcher"]

    assert "has Workers: `shop`, `site`" in run("dispatch-namespace delete customers").stderr
    for name in ("shop", "site"):
        assert run(f"delete {name} --dispatch-namespace customers --force").status == 0
    assert request(f"{url}/shop").text == "Worker not found."
    assert run("dispatch-namespace rename customers shops").status == 0
    assert run("dispatch-namespace get shops --json").json["namespace_id"] == listed["namespace_id"]
    assert run("dispatch-namespace delete shops").status == 0
    assert request(f"{url}/shop").text == "Binding CUSTOMERS needs to be run remotely"


@pytest.fixture
def asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A server that takes clients with one certificate only, and the file of that certificate and its key."""
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(certificate))
    context = server_context(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificate)

    class Serving(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name http.server asks for
            subject = json.dumps(self.connection.getpeercert()["subject"]).encode()  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Length", str(len(subject)))
            self.end_headers()
            self.wfile.write(subject)

    with serving(Serving, tls=context) as port:
        yield f"https://127.0.0.1:{port}/", certificate


@pytest.mark.workerd
def test_a_worker_presents_the_certificate_of_its_binding(
    asking: tuple[str, Path], platform: Platform, tmp_path: Path
) -> None:
    address, file = asking
    bound = [{"binding": "CERT", "certificate_id": "of-the-account"}]
    url = deploy(tmp_path, "caller", CALLER, mtls_certificates=bound).json["url"] + f"?to={address}"
    # As under `wrangler dev` 4.164, as long as there is no certificate.
    assert request(url).text == "Binding CERT needs to be run remotely"

    upload = f"mtls-certificate upload --cert {file} --key {file} --name shop"
    made = run(f"{upload} --id of-the-account --json").json
    assert (made["id"], made["issuer"]) == ("of-the-account", "CN=127.0.0.1")
    assert request(url).text == '[[["commonName", "127.0.0.1"]]]'
    key = "".join(file.read_text().partition("-----BEGIN PRIVATE KEY-----")[2].split())[:40]
    assert key not in json.dumps(made)
    assert key.encode() not in (platform.home / "platform.sqlite").read_bytes()

    other = self_signed_elsewhere(tmp_path)
    wrong = run(f"mtls-certificate upload --cert {file} --key {other} --json").error["message"]
    assert "The private key does not belong to the certificate" in wrong
    (listed,) = run("mtls-certificate list --json").json
    assert listed["name"] == "shop"
    assert "is used by the Worker caller" in run("mtls-certificate delete --name shop").stderr
    assert run("delete caller --force").status == 0
    assert run("mtls-certificate delete --name shop").status == 0
    assert run("mtls-certificate list --json").json == []


def self_signed_elsewhere(directory: Path) -> Path:
    elsewhere = directory / "elsewhere"
    elsewhere.mkdir()
    return self_signed(elsewhere)


@pytest.mark.parametrize("words", ["", "--id a --name b"])
def test_a_certificate_to_delete_is_named_in_one_way(words: str) -> None:
    outcome = run(f"mtls-certificate delete {words}")
    assert (outcome.status, "Give either `--id` or `--name`." in outcome.stderr) == (2, True)
