"""R2 from the command line on a real local platform."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.cli import run
from tests.support.http import request
from tests.support.platform import Platform

pytestmark = pytest.mark.workerd


def test_objects_are_written_read_and_removed(platform: Platform, tmp_path: Path) -> None:
    content = os.urandom(5 * 1024 * 1024)
    (tmp_path / "in.bin").write_bytes(content)
    for key in ("plain", "dir/deep.bin", "a/../odd ü?#%.bin", "x" * 1024):
        put = run(["r2", "object", "put", f"my-files/{key}", "-f", "in.bin"], directory=tmp_path)
        assert put.status == 0, put.stderr
        got = run(["r2", "object", "get", f"my-files/{key}", "-f", "out.bin"], directory=tmp_path)
        assert got.status == 0, got.stderr
        assert (tmp_path / "out.bin").read_bytes() == content
    facts = run("r2 bucket info my-files --json").json
    assert (facts["object_count"], facts["bucket_size"]) == ("4", "21 MB")
    assert run("r2 bucket delete my-files").status == 1
    for key in ("plain", "dir/deep.bin", "a/../odd ü?#%.bin", "x" * 1024):
        assert run(["r2", "object", "delete", f"my-files/{key}"]).status == 0
    assert run("r2 bucket delete my-files").status == 0
    assert run("r2 object delete my-files/plain").status == 0


def test_buckets_are_made_listed_and_changed(platform: Platform) -> None:
    assert run("r2 bucket create one --location weur").status == 0
    assert run("r2 bucket create two -s InfrequentAccess -J eu").status == 0
    again = run("r2 bucket create one")
    assert (again.status, "There is already a bucket `one`." in again.stderr) == (1, True)
    assert run("r2 bucket update storage-class one -s InfrequentAccess").status == 0
    listed = {bucket["name"]: bucket for bucket in run("r2 bucket list --json").json}
    assert [listed[name]["storage_class"] for name in ("one", "two")] == ["InfrequentAccess"] * 2
    assert (listed["one"]["location"], listed["two"]["jurisdiction"]) == ("WEUR", "eu")
    assert run("r2 bucket info three").status == 1


@pytest.mark.parametrize(
    "expires", ["1798761600000", "2027-01-01T00:00:00Z", "'Fri, 01 Jan 2027 00:00:00 GMT'"]
)
def test_the_time_of_expiry_may_be_written_in_three_ways(platform: Platform, expires: str) -> None:
    put = run(f"r2 object put my-files/x -p --expires {expires}", stdin="x")
    assert put.status == 0, put.stderr
    found = platform.call("r2/buckets/my-files/objects")
    assert [entry["http_metadata"] for entry in found] == [{"cacheExpiry": 1798761600000}]


def test_workers_do_not_share_the_bucket_of_a_binding_without_a_name(
    platform: Platform, tmp_path: Path
) -> None:
    code = """
        export default {
          async fetch(request, env) {
            if (request.method === "PUT") await env.MY_FILES.put("key", request.body);
            return new Response((await (await env.MY_FILES.get("key"))?.text()) ?? "none");
          },
        };
    """
    urls = {}
    for worker in ("one", "two"):
        (tmp_path / worker).mkdir()
        configuration = {
            "name": worker,
            "main": "i.js",
            "compatibility_date": "2026-06-01",
            "r2_buckets": [{"binding": "MY_FILES"}],
        }
        (tmp_path / worker / "wrangler.json").write_text(json.dumps(configuration))
        (tmp_path / worker / "i.js").write_text(code)
        deployed = run("deploy --json", directory=tmp_path / worker)
        assert deployed.status == 0, deployed.stderr
        urls[worker] = deployed.json["url"]
    assert request(urls["one"], method="PUT", body=b"of one").text == "of one"
    assert request(urls["two"]).text == "none"
    assert run("r2 object get one-my-files/key -p").stdout == "of one"
    mistaken = run("r2 object get MY_FILES/key -p", directory=tmp_path / "one")
    assert "Give its bucket: `one-my-files`." in mistaken.stderr
