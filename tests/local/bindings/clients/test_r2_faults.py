"""R2 with its process killed or its disk full: nothing half written is seen, nothing answered is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.local.bindings.test_r2 import BINDING, WORKER, call
from tests.local.daemon.uploads import Account
from tests.support.cli import run
from tests.support.platform import Platform
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

PART = os.urandom(5 * 1024 * 1024)
DEADLINE_SECONDS = 30.0
"""For writes to a full disk; less than the limit of a client that waits for one of them."""
IS_ROOT = sys.platform == "linux" and os.geteuid() == 0


def client(platform: Platform) -> Any:
    """boto3 that tries once."""
    key = platform.call("local/r2/s3/keys", method="POST", body={})
    return boto3.client(
        "s3",
        endpoint_url=key["endpoint"],
        region_name="auto",
        aws_access_key_id=key["access_key_id"],
        aws_secret_access_key=key["secret_access_key"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def keys(s3: Any) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket="files").get("Contents", [])]


@pytest.mark.slow
def test_an_upload_goes_on_where_it_was_when_the_process_was_killed(platform: Platform) -> None:
    platform.start()
    platform.call("local/r2/buckets/files", method="PUT")
    s3, blobs = client(platform), platform.home / "r2" / "data" / "files" / "blobs"
    s3.put_object(Bucket="files", Key="before", Body=b"before")
    upload = {"Bucket": "files", "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    parts = [{"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=PART)["ETag"]}]
    errors: list[Exception] = []

    def put() -> None:
        try:
            s3.put_object(Bucket="files", Key="cut", Body=PART * 20)
        except (ClientError, BotoCoreError) as error:
            errors.append(error)

    putting = threading.Thread(target=put)
    putting.start()
    eventually(lambda: list(blobs.glob(".*.tmp")), what="the beginning of a write")
    os.kill(int((platform.home / "r2" / "workerd.pid").read_text().split()[0]), signal.SIGKILL)
    putting.join()
    assert len(errors) == 1
    parts.append({"PartNumber": 2, "ETag": s3.upload_part(**upload, PartNumber=2, Body=b"end")["ETag"]})
    assert keys(s3) == ["before"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert keys(s3) == ["before", "parts"]
    assert s3.get_object(Bucket="files", Key="parts")["Body"].read() == PART + b"end"
    assert s3.get_object(Bucket="files", Key="before")["Body"].read() == b"before"
    assert list(blobs.glob(".*.tmp")) == []


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """R2's data on a disk of 12 MiB."""
    data = home / "r2" / "data"
    data.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=700", "tmpfs", str(data)], check=True)
    yield data
    subprocess.run(["umount", "--lazy", str(data)], check=True)


@pytest.mark.skipif(not IS_ROOT, reason="needs root on Linux, to mount a small disk")
def test_a_full_disk_keeps_what_was_there(small_disk: Path, platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(PART)
    (tmp_path / "new").write_bytes(PART * 2)
    assert run("r2 object put files/one -f old", directory=tmp_path).status == 0
    refused = run("r2 object put files/one -f new", directory=tmp_path)
    assert (refused.status, f"the disk of `{small_disk}` has" in refused.stderr) == (1, True), refused.stderr
    s3 = client(platform)
    upload = {"Bucket": "files", "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    worker = Account(platform).deploy("full-disk", WORKER, bindings=[BINDING])
    began = time.monotonic()
    for write in (
        lambda: s3.put_object(Bucket="files", Key="two", Body=PART * 2),
        lambda: s3.upload_part(**upload, PartNumber=1, Body=PART * 2),
    ):
        with pytest.raises(ClientError, match="the local platform could not read or write"):
            write()
    answer = call(worker, "put", "three", content=PART * 2)
    assert (answer.status, "the local platform could not read or write" in answer.text) == (500, True)
    assert time.monotonic() - began < DEADLINE_SECONDS
    s3.abort_multipart_upload(**upload)
    assert keys(s3) == ["one"]
    assert s3.get_object(Bucket="files", Key="one")["Body"].read() == PART
    assert run("r2 object put files/small -p", stdin="there is room").status == 0
