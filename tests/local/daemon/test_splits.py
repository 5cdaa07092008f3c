"""Two versions of a Worker share its requests, with the whole platform and real `workerd`."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from pywrangler.local.client.stopping import stop
from tests.local.daemon.uploads import BOX_METADATA, Account, Bundler
from tests.support.hammer import Hammer
from tests.support.http import request

pytestmark = pytest.mark.workerd

CODE = """
import { DurableObject } from "cloudflare:workers";
const NAME = "CODE";
export class Box extends DurableObject {
  async fetch() {
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return new Response(`${NAME} ${count}`);
  }
  who() { return NAME; }
}
export default { async fetch(request, env) {
  const box = () => env.BOX.get(env.BOX.idFromName("one"));
  switch (new URL(request.url).pathname) {
    case "/box": return box().fetch(request);
    case "/rpc": return new Response(await box().who());
    case "/facts": return Response.json([request.cf.colo, request.headers.get("CF-Connecting-IP")]);
    case "/body": return new Response(request.body);
    case "/cache": {
      const key = "http://cache/";
      if (request.method === "PUT") {
        const headers = { "Cache-Control": "max-age=60" };
        await caches.default.put(key, new Response(NAME, { headers }));
      }
      return (await caches.default.match(key)) ?? new Response("empty");
    }
  }
  return new Response(NAME);
} };
"""
BOX = {
    "bindings": [{"type": "durable_object_namespace", "name": "BOX", "class_name": "Box"}],
    "migrations": {"new_tag": "v1", "steps": [{"new_sqlite_classes": ["Box"]}]},
}


@pytest.fixture
def versions(account: Account) -> dict[str, str]:
    """A Worker `web` whose code says `one` or `two`; the ids of its versions, of which `two` serves."""
    for name in ("one", "two"):
        account.deploy("web", CODE.replace("CODE", name), **BOX)
    newest, oldest = account.platform.call("workers/scripts/web/versions")["items"]
    return {"one": oldest["id"], "two": newest["id"]}


def share(account: Account, ids: dict[str, str], **shares: float) -> str:
    """Let versions share the requests; the Worker's address."""
    body = {
        "strategy": "percentage",
        "versions": [{"version_id": ids[name], "percentage": share} for name, share in shares.items()],
    }
    account.platform.call("workers/scripts/web/deployments", method="POST", body=body)
    return account.platform.worker_url("web")


def chosen(version: str) -> dict[str, str]:
    return {"Cloudflare-Workers-Version-Overrides": f'other="x", web="{version}"'}


def test_requests_are_spread_by_percentages(account: Account, versions: dict[str, str]) -> None:
    url = share(account, versions, one=60, two=40)
    found = Counter(request(url).text for _ in range(300))
    assert found.keys() == {"one", "two"}
    assert 130 < found["one"] < 230  # six standard deviations around 180


def test_a_key_keeps_its_version_while_the_newer_one_grows(
    account: Account, versions: dict[str, str]
) -> None:
    keys = [{"Cloudflare-Workers-Version-Key": f"user-{number}"} for number in range(40)]
    with_new = []
    for percentage in (20, 70):
        url = share(account, versions, one=100 - percentage, two=percentage)
        found = [request(url, headers=key).text for key in keys]
        assert found == [request(url, headers=key).text for key in keys]
        with_new.append({index for index, text in enumerate(found) if text == "two"})
    assert with_new[0] < with_new[1]


def test_a_header_names_the_version_even_one_without_a_share(
    account: Account, versions: dict[str, str]
) -> None:
    url = share(account, versions, one=100, two=0)
    assert {request(url).text for _ in range(10)} == {"one"}
    assert request(url, headers=chosen(versions["two"])).text == "two"
    assert request(url, headers=chosen("unknown")).text == "one"


def test_both_versions_get_requests_as_they_were_sent(account: Account, versions: dict[str, str]) -> None:
    url = share(account, versions, one=50, two=50)
    for version in versions.values():
        assert request(f"{url}/facts", headers=chosen(version)).json == ["DFW", "127.0.0.1"]
        body = b"x" * 300_000
        sent = request(f"{url}/body", method="POST", body=body, headers=chosen(version))
        assert sent.text.encode() == body


def test_caches_of_the_versions_do_not_meet(account: Account, versions: dict[str, str]) -> None:
    url = share(account, versions, one=50, two=50)
    put = request(f"{url}/cache", method="PUT", body=b"", headers=chosen(versions["one"]))
    assert put.text in ("one", "empty")  # empty: the Workers of miniflare's are not here
    assert request(f"{url}/cache", headers=chosen(versions["two"])).text == "empty"


def test_objects_run_the_version_with_the_larger_share(account: Account, versions: dict[str, str]) -> None:
    url = share(account, versions, one=60, two=40)
    told = [request(f"{url}/box", headers=chosen(each)).text for each in versions.values() for _ in range(2)]
    assert told == ["one 1", "one 2", "one 3", "one 4"]
    assert {request(f"{url}/rpc", headers=chosen(each)).text for each in versions.values()} == {"one"}
    url = share(account, versions, one=30, two=70)
    assert request(f"{url}/box", headers=chosen(versions["one"])).text == "two 5"


def test_a_restart_keeps_it_and_one_version_alone_ends_it(account: Account, versions: dict[str, str]) -> None:
    share(account, versions, one=50, two=50)
    assert stop(os.environ)
    account.platform.start()
    url = account.platform.worker_url("web")
    assert {request(url, headers=chosen(each)).text for each in versions.values()} == {"one", "two"}
    url = share(account, versions, one=100)
    assert request(url, headers=chosen(versions["two"])).text == "one"


def test_no_request_is_refused_while_shares_change(account: Account, versions: dict[str, str]) -> None:
    url = share(account, versions, one=50, two=50)
    with Hammer(url) as hammer:
        for two in (80, 20, 50, 0):
            share(account, versions, one=100 - two, two=two)
        share(account, versions, one=100)
    assert hammer.failures == []
    assert set(hammer.answers) == {(200, "one"), (200, "two")}


def test_a_deploy_that_does_not_start_leaves_it(account: Account, versions: dict[str, str]) -> None:
    url = share(account, versions, one=50, two=50)
    broken = "export class Box {}; throw new Error('broken');"
    assert account.upload("web", broken, **BOX).status == 400
    assert {request(url, headers=chosen(each)).text for each in versions.values()} == {"one", "two"}


@pytest.mark.docker
def test_both_versions_reach_the_same_container(account: Account, bundler: Bundler, image: str) -> None:
    for name in ("one", "two"):
        account.deploy("web", bundler.container_worker(version=name), **BOX_METADATA)
    account.create_application("web", image)
    newest, oldest = account.platform.call("workers/scripts/web/versions")["items"]
    ids = {"one": oldest["id"], "two": newest["id"]}
    url = share(account, ids, one=50, two=50)
    for name, version in ids.items():
        assert request(f"{url}/worker", headers=chosen(version)).text == name
        assert request(url, headers=chosen(version)).text == "box 1\n"
    assert len(account.platform.containers(running_only=True)) == 1
