"""Event notifications and public addresses of R2 buckets on a real local platform."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig

from tests.support.cli import run
from tests.support.http import request
from tests.support.platform import Platform
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

PART_BYTES = 5 * 1024 * 1024
CONSUMER = """
const got = [];
export default {
  async fetch(request, { BUCKET }) {
    const { pathname } = new URL(request.url);
    if (pathname === "/put") await BUCKET.put("in/worker.txt", "12345");
    if (pathname === "/others") await Promise.all([BUCKET.put("in/x.bin", "1"), BUCKET.put("out.txt", "")]);
    if (pathname === "/refused") await BUCKET.put("in/cli.txt", "1", { onlyIf: { etagMatches: "no" } });
    if (pathname === "/delete") await BUCKET.delete(["in/worker.txt", "in/none.txt"]);
    return Response.json(got);
  },
  queue: (batch) => void got.push(...batch.messages.map(({ body }) => body)),
};
"""


def deploy_consumer(directory: Path) -> None:
    """A Worker that takes the messages of the queue `events`, and writes to the bucket `files`."""
    fields = {
        "name": "consumer",
        "main": "index.js",
        "compatibility_date": "2026-06-01",
        "r2_buckets": [{"binding": "BUCKET", "bucket_name": "files"}],
        "queues": {"consumers": [{"queue": "events", "max_batch_timeout": 0}]},
    }
    (directory / "wrangler.json").write_text(json.dumps(fields))
    (directory / "index.js").write_text(CONSUMER)
    deployed = run("deploy", directory=directory)
    assert deployed.status == 0, deployed.stderr


def s3(platform: Platform) -> Any:
    key = platform.call("local/r2/s3/keys", method="POST", body={})
    names = {"aws_access_key_id": "access_key_id", "aws_secret_access_key": "secret_access_key"}
    given = {name: key[field] for name, field in names.items()}
    return boto3.client("s3", endpoint_url=key["endpoint"], region_name="auto", **given)


def test_whoever_changes_an_object_a_message_is_sent(platform: Platform, tmp_path: Path) -> None:
    deploy_consumer(tmp_path)
    rule = "--prefix in/ --suffix .txt --queue events"
    made = run(f"r2 bucket notification create files --event-types object-create object-delete {rule}")
    assert made.status == 0, made.stderr
    url = platform.worker_url("consumer")

    def got() -> list[tuple[str, str]]:
        return sorted((each["action"], each["object"]["key"]) for each in request(url).json)

    request(f"{url}/put")
    request(f"{url}/others")
    request(f"{url}/refused")
    assert run("r2 object put files/in/cli.txt -p", stdin="hello").status == 0
    client = s3(platform)
    client.put_object(Bucket="files", Key="in/s3.txt", Body=b"")
    client.copy_object(Bucket="files", Key="in/copy.txt", CopySource="files/in/cli.txt")
    parts = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES)
    client.upload_fileobj(io.BytesIO(os.urandom(PART_BYTES + 1)), "files", "in/parts.txt", Config=parts)
    request(f"{url}/delete")
    assert run("r2 object delete files/in/cli.txt").status == 0
    client.delete_object(Bucket="files", Key="in/s3.txt")
    wanted = [
        ("CompleteMultipartUpload", "in/parts.txt"),
        ("CopyObject", "in/copy.txt"),
        *(("DeleteObject", f"in/{name}.txt") for name in ("cli", "s3", "worker")),
        *(("PutObject", f"in/{name}.txt") for name in ("cli", "s3", "worker")),
    ]
    eventually(lambda: len(got()) >= len(wanted), what="the messages")
    assert got() == wanted
    (copy,) = [each for each in request(url).json if each["action"] == "CopyObject"]
    assert copy["eventTime"].endswith("Z")
    assert copy == {
        "account": platform.status.account_id,
        "action": "CopyObject",
        "bucket": "files",
        "object": {"key": "in/copy.txt", "size": 5, "eTag": "5d41402abc4b2a76b9719d911017c592"},
        "eventTime": copy["eventTime"],
        "copySource": {"bucket": "files", "object": "in/cli.txt"},
    }


def test_rules_are_listed_deleted_and_do_not_overlap(platform: Platform) -> None:
    create = "r2 bucket notification create files --queue events"
    assert run(f"{create} --event-type object-create").status == 1, "there is no queue"
    assert run("queues create events").status == 0
    missing = run(f"{create} --event-type object-create")
    assert (missing.status, "There is no R2 bucket `files`." in missing.stderr) == (1, True)
    assert run("r2 bucket create files").status == 0
    assert run(f"{create} --event-type object-create --prefix a/").status == 0
    assert run(f"{create} --event-type object-delete --prefix a/ --description gone").status == 0
    again = run(f"{create} --event-type object-create --prefix a/b")
    assert (again.status, "overlaps" in again.stderr) == (1, True)
    assert run(f"{create} --event-type none").status == 2
    (queue,) = run("r2 bucket notification list files --json").json["queues"]
    assert [rule["actions"][0] for rule in queue["rules"]] == ["PutObject", "DeleteObject"]
    shown = run("r2 bucket notification get files").stdout
    assert "event_type  DeleteObject,LifecycleDeletion\n" in shown
    assert "suffix      (all suffixes)\n" in shown
    delete = "r2 bucket notification delete files --queue events"
    assert run(f"{delete} --rule {queue['rules'][0]['ruleId']}").status == 0
    assert run(f"{delete} --rule {queue['rules'][0]['ruleId']}").status == 1
    assert run(delete).status == 0
    assert run("r2 bucket notification list files --json").json["queues"] == []


def test_a_public_bucket_can_be_read_by_anyone_until_it_is_closed(platform: Platform) -> None:
    assert run("r2 object put files/a/x.txt -p --content-type text/plain", stdin="hello").status == 0
    assert run("r2 object put hidden/x.txt -p", stdin="secret").status == 0
    assert run("r2 bucket dev-url get files").stdout == "Public access via the r2.dev URL is disabled.\n"
    assert run("r2 bucket dev-url enable files", on_terminal=True, stdin="n\n").status == 0
    assert run("r2 bucket dev-url get files --json").json["enabled"] is False
    assert run("r2 bucket dev-url enable files -y").status == 0
    found = run("r2 bucket dev-url get files").stdout
    address = found.split("'")[1]
    assert address.startswith("http://127.0.0.1:")
    read = request(f"{address}/a/x.txt", headers={"Range": "bytes=1-2"})
    assert (read.status, read.text, read.headers["content-type"]) == (206, "el", "text/plain")
    assert request(f"{address}/none").status == 404
    assert request(f"{address}/a/x.txt", method="PUT", body=b"x").status == 401
    assert request(f"{address.removesuffix('files')}hidden/x.txt").status == 404
    assert run("r2 bucket dev-url disable files").status == 0
    with pytest.raises(OSError, match="refused"):
        request(f"{address}/a/x.txt")
