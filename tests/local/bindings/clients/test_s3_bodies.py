"""Bodies of S3 requests: checked as they pass through, and only complete ones become objects."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import sys
import zlib
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.local.bindings.clients.test_s3 import client, key  # noqa: F401 - a fixture
from tests.local.daemon.uploads import Account

pytestmark = pytest.mark.workerd

UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
CONTENT = bytes(range(256)) * 4000
CHUNK_BYTES = 65536


class Signer(S3SigV4Auth):
    """Signs a request whose body has this hash, or the word that stands for one."""

    def __init__(self, access: Mapping[str, str], payload: str) -> None:
        super().__init__(Credentials(access["access_key_id"], access["secret_access_key"]), "s3", "auto")
        self.payload_text = payload

    def payload(self, request: Any) -> str:
        return self.payload_text


def put(
    key: Mapping[str, str],  # noqa: F811
    name: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    payload: str | None = None,
) -> tuple[int, str]:
    """Status and text of the response to a PUT in the bucket `files`."""
    signer = Signer(key, payload or hashlib.sha256(body).hexdigest())
    asked = AWSRequest("PUT", f"{key['endpoint']}/files/{name}", headers=dict(headers or {}))
    signer.add_auth(asked)
    if payload == SIGNED_CHUNKS:
        body = signed_chunks(signer, asked, body)
    connection = http.client.HTTPConnection(urlsplit(key["endpoint"]).netloc, timeout=30)
    sent = {**dict(asked.headers.items()), "Content-Length": str(len(body))}
    connection.request("PUT", urlsplit(asked.url).path, body, sent)
    with closing(connection):
        response = connection.getresponse()
        return response.status, response.read().decode()


def ask(
    key: Mapping[str, str],  # noqa: F811
    method: str,
    target: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    """Status and text of the response to a request."""
    asked = AWSRequest(method, f"{key['endpoint']}{target}", data=body)
    Signer(key, hashlib.sha256(body).hexdigest()).add_auth(asked)
    connection = http.client.HTTPConnection(urlsplit(key["endpoint"]).netloc, timeout=30)
    with closing(connection):
        connection.request(method, target, body or None, {**dict(asked.headers.items()), **(headers or {})})
        response = connection.getresponse()
        return response.status, response.read().decode()


def signed_chunks(signer: Signer, asked: Any, body: bytes) -> bytes:
    """The body in chunks of which each is signed, together with the one before."""
    signature = asked.headers["Authorization"].rpartition("Signature=")[2]
    framed = b""
    for start in (*range(0, len(body), CHUNK_BYTES), len(body)):
        piece = body[start : start + CHUNK_BYTES]
        lines = (
            "AWS4-HMAC-SHA256-PAYLOAD",
            asked.context["timestamp"],
            signer.credential_scope(asked),
            signature,
            hashlib.sha256(b"").hexdigest(),
            hashlib.sha256(piece).hexdigest(),
        )
        signature = signer.signature("\n".join(lines), asked)
        framed += f"{len(piece):x};chunk-signature={signature}\r\n".encode() + piece + b"\r\n"
    return framed


def chunks(body: bytes, trailer: str = "") -> bytes:
    """The body in chunks, with what comes after it."""
    pieces = (body[start : start + CHUNK_BYTES] for start in range(0, len(body), CHUNK_BYTES))
    framed = b"".join(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in pieces)
    return framed + b"0\r\n" + trailer.encode() + b"\r\n"


def base64_of(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


CRC = base64_of(zlib.crc32(CONTENT).to_bytes(4, "big"))
CHUNKED = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": str(len(CONTENT))}
TRAILING = {**CHUNKED, "x-amz-trailer": "x-amz-checksum-crc32"}
CASES: dict[str, tuple[bytes, Mapping[str, str], str | None, str]] = {
    "plain": (CONTENT, {}, None, ""),
    "empty": (b"", {}, None, ""),
    "md5": (CONTENT, {"Content-MD5": base64_of(hashlib.md5(CONTENT).digest())}, None, ""),  # noqa: S324
    "crc32": (CONTENT, {"x-amz-checksum-crc32": CRC}, None, ""),
    "unsigned": (CONTENT, {}, "UNSIGNED-PAYLOAD", ""),
    "chunks": (chunks(CONTENT, f"x-amz-checksum-crc32:{CRC}\r\n"), TRAILING, UNSIGNED_CHUNKS, ""),
    "signed-chunks": (CONTENT, CHUNKED, SIGNED_CHUNKS, ""),
    "wrong-hash": (CONTENT, {}, hashlib.sha256(b"other").hexdigest(), "XAmzContentSHA256Mismatch"),
    "wrong-hash-of-nothing": (b"", {}, hashlib.sha256(b"other").hexdigest(), "XAmzContentSHA256Mismatch"),
    "wrong-md5": (CONTENT, {"Content-MD5": base64_of(b"x" * 16)}, None, "BadDigest"),
    "no-md5": (CONTENT, {"Content-MD5": "%%%"}, None, "InvalidDigest"),
    "wrong-crc32": (CONTENT, {"x-amz-checksum-crc32": base64_of(b"none")}, None, "BadDigest"),
    "wrong-crc64nvme": (CONTENT, {"x-amz-checksum-crc64nvme": base64_of(b"no crc64")}, None, "BadDigest"),
    "wrong-trailer": (
        chunks(CONTENT, "x-amz-checksum-crc32:AAAAAA==\r\n"), TRAILING, UNSIGNED_CHUNKS, "BadDigest",
    ),
    "cut-chunks": (chunks(CONTENT)[:300_000], TRAILING, UNSIGNED_CHUNKS, "IncompleteBody"),
    "no-chunks": (b"hello\nhello\n", CHUNKED, UNSIGNED_CHUNKS, "InvalidRequest"),
    "unknown-payload": (CONTENT, {}, "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "InvalidArgument"),
    "k" * 1025: (b"x", {}, None, "KeyTooLongError"),
}  # fmt: skip


def test_wrong_bodies_are_refused_and_leave_nothing(key: dict[str, str]) -> None:  # noqa: F811
    s3 = client(key)
    for name, (body, headers, payload, code) in CASES.items():
        status, text = put(key, name, body, headers, payload)
        listed = [each["Key"] for each in s3.list_objects_v2(Bucket="files").get("Contents", [])]
        if code:
            assert (status, f"<Code>{code}</Code>" in text, listed) == (400, True, []), (name, text)
            continue
        assert (status, listed) == (200, [name]), text
        read = s3.get_object(Bucket="files", Key=name)
        assert read["Body"].read() == (b"" if name == "empty" else CONTENT)
        assert "ContentEncoding" not in read
        s3.delete_object(Bucket="files", Key=name)


def test_a_chunk_with_another_content_than_was_signed_is_refused(key: dict[str, str]) -> None:  # noqa: F811
    signer = Signer(key, SIGNED_CHUNKS)
    asked = AWSRequest("PUT", f"{key['endpoint']}/files/forged", headers=dict(CHUNKED))
    signer.add_auth(asked)
    body = bytearray(signed_chunks(signer, asked, CONTENT))
    body[-1000] ^= 1
    connection = http.client.HTTPConnection(urlsplit(key["endpoint"]).netloc, timeout=30)
    sent = {**dict(asked.headers.items()), "Content-Length": str(len(body))}
    connection.request("PUT", "/files/forged", bytes(body), sent)
    with closing(connection):
        response = connection.getresponse()
        assert (response.status, b"SignatureDoesNotMatch" in response.read()) == (403, True)
    assert "Contents" not in client(key).list_objects_v2(Bucket="files")


def test_an_object_that_is_too_large_is_refused_before_it_is_sent(
    account: Account,
    key: dict[str, str],  # noqa: F811
) -> None:
    large = {"Content-Length": str(6 * 1024**3)}
    status, text = ask(key, "PUT", "/files/large", b"begin", large)
    assert (status, "<Code>EntityTooLarge</Code>" in text) == (400, True), text
    path = "r2/buckets/files/objects/" + "k" * 1025
    assert account.platform.send(path, method="PUT", body="x").status == 400
    assert "Contents" not in client(key).list_objects_v2(Bucket="files")


def test_the_address_with_wranglers_path_leads_to_the_same(account: Account, key: dict[str, str]) -> None:  # noqa: F811
    longer = {**key, "endpoint": f"{key['endpoint']}/cdn-cgi/local/r2/s3"}
    client(longer).put_object(Bucket="files", Key="x", Body=b"x")
    assert client(key).get_object(Bucket="files", Key="x")["Body"].read() == b"x"
    client(key).delete_object(Bucket="files", Key="x")


def test_xml_and_headers_are_understood_as_other_clients_write_them(key: dict[str, str]) -> None:  # noqa: F811
    s3, name = client(key), 'it\'s "n" & <30>'
    upload = {"Bucket": "files", "Key": name}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"].replace('"', "&#34;")
    part = f"<Part><ETag>{etag}</ETag><PartNumber>1</PartNumber></Part>"
    body = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
    path = f"/files/{quote(name)}?uploadId={upload['UploadId']}"
    assert ask(key, "POST", path, body)[0] == 200
    assert "<Key>it" in ask(key, "GET", "/files", b"", {"Content-Length": "0"})[1]
    assert "<CreationDate>20" in ask(key, "GET", "/", b"")[1]
    gone = "<Delete><Object><Key>it&#39;s &#x22;n&#34; &#38; &#60;30&gt;</Key></Object></Delete>"
    assert ask(key, "POST", "/files?delete=", gone.encode())[0] == 200
    assert "Contents" not in s3.list_objects_v2(Bucket="files")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's files")
def test_a_large_object_takes_little_memory(account: Account, key: dict[str, str]) -> None:  # noqa: F811
    def most_memory() -> int:
        """MiB, of the process that takes the objects."""
        pid = (account.platform.home / "s3" / "workerd.pid").read_text().split()[0]
        status = Path(f"/proc/{pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) // 1024

    s3, size = client(key), 400 * 1024 * 1024
    before = most_memory()
    s3.put_object(Bucket="files", Key="large", Body=io.BytesIO(bytes(size)))
    assert s3.head_object(Bucket="files", Key="large")["ContentLength"] == size
    assert most_memory() - before < 200
    s3.delete_object(Bucket="files", Key="large")
