"""Keys for R2's S3 interface that a configuration names, on a real local platform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.support.cli import run
from tests.support.platform import Platform

pytestmark = pytest.mark.workerd

SECRET = "planted-secret"


def configure(directory: Path, **buckets: tuple[str, str] | None) -> None:
    """A project that binds buckets, each with a key or without one."""
    bound = [
        {"binding": name.upper(), "bucket_name": name, **({"local_dev": said(*key)} if key else {})}
        for name, key in buckets.items()
    ]
    fields = {"name": "keyed", "main": "index.js", "compatibility_date": "2026-06-01", "r2_buckets": bound}
    (directory / "wrangler.json").write_text(json.dumps(fields))
    (directory / "index.js").write_text('export default { fetch: () => new Response("x") };')


def said(key_id: str, secret: str) -> dict[str, Any]:
    return {"experimental_s3_credentials": {"accessKeyId": key_id, "secretAccessKey": secret}}


def status(endpoint: str, bucket: str, key_id: str = "mine", secret: str = SECRET) -> int:
    """The status of a list of a bucket."""
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="auto", **keys)
    try:
        return int(client.list_objects_v2(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def test_a_key_opens_the_buckets_that_name_it(platform: Platform, tmp_path: Path) -> None:
    configure(tmp_path, one=("mine", SECRET), two=("mine", SECRET), three=("mine", "other"), four=None)
    deployed = run("deploy", directory=tmp_path)
    assert deployed.status == 0, deployed.stderr
    endpoint = platform.call("local/r2/s3/keys")["endpoint"]
    assert f"S3 interface of one, three, two: {endpoint}" in deployed.stderr
    assert [status(endpoint, name) for name in ("one", "two", "three", "four")] == [200, 200, 401, 401]
    assert status(endpoint, "three", secret="other") == 200
    assert status(endpoint, "one", secret="wrong") == 403
    files = [file for file in platform.home.rglob("*") if file.is_file() and file.name != "workerd.pid"]
    assert [str(file) for file in files if SECRET.encode() in file.read_bytes()] == []
    configure(tmp_path, one=("mine", "newer"), four=None)
    assert run("deploy", directory=tmp_path).status == 0
    assert [status(endpoint, "one", secret=secret) for secret in (SECRET, "newer")] == [403, 200]
    assert run("delete -y", directory=tmp_path).status == 0
    assert platform.call("local/r2/s3/keys")["endpoint"] is None


def test_a_key_without_a_secret_is_a_mistake(platform: Platform, tmp_path: Path) -> None:
    configure(tmp_path, one=("mine", SECRET))
    file = tmp_path / "wrangler.json"
    file.write_text(file.read_text().replace("secretAccessKey", "secret"))
    refused = run("deploy", directory=tmp_path)
    assert (refused.status, "secretAccessKey" in refused.stderr) == (1, True)
