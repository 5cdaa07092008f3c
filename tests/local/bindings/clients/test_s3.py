"""R2 for clients of S3: boto3 against a real platform."""

from __future__ import annotations

import http.client
import io
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.local.daemon.uploads import Account
from tests.support.http import request
from tests.support.waiting import eventually

pytestmark = pytest.mark.workerd

KEYS = "local/r2/s3/keys"
PART_BYTES = 5 * 1024 * 1024


@pytest.fixture
def key(account: Account) -> Iterator[dict[str, str]]:
    """An access key, and a bucket `files`."""
    account.platform.call("local/r2/buckets/files", method="PUT")
    made = account.platform.call(KEYS, method="POST", body={"name": "test"})
    yield made
    account.platform.send(f"{KEYS}/{made['access_key_id']}", method="DELETE")


def client(key: dict[str, str], **other: str) -> Any:
    """boto3 with the key."""
    return boto3.client(
        "s3",
        endpoint_url=key["endpoint"],
        aws_access_key_id=other.get("id", key["access_key_id"]),
        aws_secret_access_key=other.get("secret", key["secret_access_key"]),
        region_name="auto",
    )


def test_objects_are_those_of_workers_and_the_api(account: Account, key: dict[str, str]) -> None:
    s3 = client(key)
    name = "dir/ä b?+%.txt"
    s3.put_object(Bucket="files", Key=name, Body=b"hello", ContentType="text/css", Metadata={"by": "Ada"})
    found = account.platform.call("r2/buckets/files/objects")
    assert [(each["key"], each["custom_metadata"]) for each in found] == [(name, {"by": "Ada"})]
    read = s3.get_object(Bucket="files", Key=name, Range="bytes=1-3")
    assert (read["Body"].read(), read["ContentType"], read["Metadata"]) == (b"ell", "text/css", {"by": "Ada"})
    assert s3.head_object(Bucket="files", Key=name)["ContentLength"] == 5
    s3.copy_object(Bucket="files", Key="copy", CopySource={"Bucket": "files", "Key": name})
    listed = s3.list_objects_v2(Bucket="files", Delimiter="/")
    assert [each["Key"] for each in listed["Contents"]] == ["copy"]
    assert [each["Prefix"] for each in listed["CommonPrefixes"]] == ["dir/"]
    deleted = s3.delete_objects(Bucket="files", Delete={"Objects": [{"Key": "copy"}, {"Key": name}]})
    assert len(deleted["Deleted"]) == 2
    assert account.platform.call("r2/buckets/files/objects") == []


def test_large_objects_go_up_in_parts(key: dict[str, str]) -> None:
    s3, content = client(key), os.urandom(3 * PART_BYTES + 17)
    parts = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES)
    s3.upload_fileobj(io.BytesIO(content), "files", "big", Config=parts)
    assert s3.get_object(Bucket="files", Key="big")["Body"].read() == content
    begun = s3.create_multipart_upload(Bucket="files", Key="never")
    s3.abort_multipart_upload(Bucket="files", Key="never", UploadId=begun["UploadId"])
    s3.delete_object(Bucket="files", Key="big")


def test_presigned_urls_need_no_key(key: dict[str, str]) -> None:
    s3 = client(key)
    where = {"Bucket": "files", "Key": "signed"}
    assert (
        request(s3.generate_presigned_url("put_object", Params=where), method="PUT", body=b"x").status == 200
    )
    url = s3.generate_presigned_url("get_object", Params=where)
    assert request(url).body == b"x"
    assert request(url.replace("signed?", "other?")).status == 403
    assert request(f"{key['endpoint']}/files/signed").status in (400, 401, 403)
    s3.delete_object(**where)


@pytest.mark.parametrize(
    ("other", "code"), [({"id": "f" * 32}, "Unauthorized"), ({"secret": "x"}, "SignatureDoesNotMatch")]
)
def test_wrong_keys_are_refused(key: dict[str, str], other: dict[str, str], code: str) -> None:
    for ask in (lambda s3: s3.list_buckets(), lambda s3: s3.list_objects_v2(Bucket="files")):
        with pytest.raises(ClientError) as refused:
            ask(client(key, **other))
        assert refused.value.response["Error"]["Code"] == code


def test_a_missing_bucket_or_object_has_its_own_code(key: dict[str, str]) -> None:
    for bucket, code in (("files", "NoSuchKey"), ("none", "NoSuchBucket")):
        with pytest.raises(ClientError) as refused:
            client(key).get_object(Bucket=bucket, Key="none")
        assert refused.value.response["Error"]["Code"] == code


def test_new_buckets_and_keys_are_served_at_once_and_deleted_ones_no_more(
    account: Account, key: dict[str, str]
) -> None:
    call = account.platform.call
    call("r2/buckets", method="POST", body={"name": "later"})
    assert {each["Name"] for each in client(key).list_buckets()["Buckets"]} == {"files", "later"}
    call("r2/buckets/later", method="DELETE")
    assert {each["Name"] for each in client(key).list_buckets()["Buckets"]} == {"files"}
    second = call(KEYS, method="POST", body={})
    assert second["endpoint"] == key["endpoint"]
    client(second).put_object(Bucket="files", Key="x", Body=b"x")
    assert client(key).get_object(Bucket="files", Key="x")["Body"].read() == b"x"
    call(f"{KEYS}/{second['access_key_id']}", method="DELETE")
    with pytest.raises(ClientError):
        client(second).list_buckets()
    listed = call(KEYS)
    assert [each["access_key_id"] for each in listed["keys"]] == [key["access_key_id"]]
    assert "secret" not in str(listed)
    assert account.platform.send(f"{KEYS}/none", method="DELETE").status == 404
    client(key).delete_object(Bucket="files", Key="x")


def test_the_interface_outlives_its_process_and_the_platform(account: Account, key: dict[str, str]) -> None:
    def is_serving() -> bool:
        try:
            return [each["Name"] for each in client(key).list_buckets()["Buckets"]] == ["files"]
        except Exception:
            return False

    os.kill(int((account.platform.home / "s3" / "workerd.pid").read_text()), signal.SIGKILL)
    eventually(is_serving, what="the interface")
    account.platform.end()
    account.platform.start()
    eventually(is_serving, what="the interface after the platform was started again")
    stored = (account.platform.home / "platform.sqlite").read_bytes()
    config = (account.platform.home / "s3" / "workerd.capnp").read_bytes()
    assert key["secret_access_key"].encode() not in stored + config


def test_without_a_key_nothing_listens(account: Account) -> None:
    assert account.platform.call(KEYS) == {"endpoint": None, "keys": []}


@pytest.mark.slow
def test_a_write_in_progress_outlives_the_news_of_a_bucket(account: Account, key: dict[str, str]) -> None:
    where = {"Bucket": "files", "Key": "slow"}
    url = urlsplit(client(key).generate_presigned_url("put_object", Params=where))
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    with closing(connection), ThreadPoolExecutor(1) as pool:
        connection.putrequest("PUT", f"{url.path}?{url.query}")
        connection.putheader("Content-Length", "10")
        connection.endheaders(b"01234")
        time.sleep(0.3)  # until the Worker has it; a shorter time would only make the test weaker
        made = pool.submit(account.platform.call, "r2/buckets", method="POST", body={"name": "news"})
        time.sleep(4)  # longer than a process that must end is waited for
        assert not made.done()
        connection.send(b"56789")
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"")
        made.result()
    assert client(key).get_object(**where)["Body"].read() == b"0123456789"
    client(key).delete_object(**where)
    account.platform.call("r2/buckets/news", method="DELETE")
