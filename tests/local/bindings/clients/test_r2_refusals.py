"""R2 that refuses before it has read a large body: each way in answers within seconds, with the reason."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local.bindings.clients.test_s3 import key  # noqa: F401 - a fixture
from tests.local.bindings.test_r2 import BINDING, WORKER, call
from tests.local.daemon.uploads import Account
from tests.support.http import request

pytestmark = pytest.mark.workerd

DEADLINE_SECONDS = 20.0
"""Less than any client's own limit, and more than a busy machine needs."""
BODY = os.urandom(20 * 1024 * 1024)


def client(key: dict[str, str], **other: Any) -> Any:  # noqa: F811
    """boto3 that tries once, and not for long."""
    return boto3.client(
        "s3",
        endpoint_url=key["endpoint"],
        aws_access_key_id=key["access_key_id"],
        aws_secret_access_key=other.pop("secret", key["secret_access_key"]),
        region_name="auto",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=DEADLINE_SECONDS, **other),
    )


@pytest.fixture
def in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < DEADLINE_SECONDS


Put = Callable[[Any], object]
CASES: dict[str, tuple[Put, str]] = {
    "no-bucket": (lambda s3: s3.put_object(Bucket="nothing-here", Key="x", Body=BODY), "NoSuchBucket"),
    "condition": (
        lambda s3: s3.put_object(Bucket="files", Key="there", Body=BODY, IfNoneMatch="*"),
        "PreconditionFailed",
    ),
    "long-key": (lambda s3: s3.put_object(Bucket="files", Key="k" * 1025, Body=BODY), "KeyTooLongError"),
    "no-upload": (
        lambda s3: s3.upload_part(Bucket="files", Key="x", UploadId="none", PartNumber=1, Body=BODY),
        "NoSuchUpload",
    ),
    "no-bucket-of-a-part": (
        lambda s3: s3.upload_part(Bucket="nothing-here", Key="x", UploadId="x", PartNumber=1, Body=BODY),
        "NoSuchBucket",
    ),
    "wrong-hash": (
        lambda s3: s3.put_object(Bucket="files", Key="x", Body=BODY, ContentMD5="AAAAAAAAAAAAAAAAAAAAAA=="),
        "BadDigest",
    ),
}


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize("name", CASES)
def test_s3_answers_a_large_body_that_it_refuses(name: str, key: dict[str, str]) -> None:  # noqa: F811
    put, code = CASES[name]
    s3 = client(key)
    s3.put_object(Bucket="files", Key="there", Body=b"there")
    with pytest.raises(ClientError) as refused:
        put(s3)
    assert refused.value.response["Error"]["Code"] == code
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="files")["Contents"]] == ["there"]


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize("signs", [True, False])
def test_s3_answers_a_large_body_with_a_wrong_signature(key: dict[str, str], signs: bool) -> None:  # noqa: F811
    s3 = client(key, secret="wrong", s3={"payload_signing_enabled": signs})
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket="files", Key="x", Body=BODY)
    assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


@pytest.mark.usefixtures("in_time")
def test_s3_answers_a_refused_body_before_it_has_come(account: Account, key: dict[str, str]) -> None:  # noqa: F811
    host, _, port = key["endpoint"].removeprefix("http://").partition(":")
    head = f"PUT /files/x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000000\r\n\r\nthe beginning"
    with socket.create_connection((host, int(port)), timeout=DEADLINE_SECONDS) as connection:
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


@pytest.mark.usefixtures("in_time")
def test_the_api_and_a_worker_answer_a_large_body_that_they_refuse(account: Account) -> None:
    account.platform.call("local/r2/buckets/files", method="PUT")
    status = account.platform.status
    for path, code in (("nothing-here/objects/x", 404), (f"files/objects/{'k' * 1025}", 400)):
        url = f"{status.url}/accounts/{status.account_id}/r2/buckets/{path}"
        headers = {"Authorization": f"Bearer {status.token}"}
        assert request(url, method="PUT", body=BODY, headers=headers).status == code
    worker = account.deploy("r2-refusals", WORKER, bindings=[BINDING])
    refused = call(worker, "put", "k" * 1025, content=BODY)
    assert (refused.status, "name is not valid" in refused.text) == (500, True)
    unmet = call(worker, "put", "x", {"onlyIf": {"etagMatches": "other"}}, content=BODY)
    assert (unmet.status, unmet.json) == (200, None)
