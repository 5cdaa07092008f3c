"""A client for one S3-compatible bucket with conditional writes.

The daemon's event loop asks the bucket through aiohttp, which it has anyway; botocore only signs. boto3's
client would need a thread for each request, and takes four times the memory and the time to import.

Every request has a deadline. Until then it is sent again after a lost connection and a transient status. This
is safe for reads, for deletes, and for writes of content that depends on the key alone. A conditional write
whose answer was lost finds its condition broken by itself at the next try; so each carries a mark, and one
that is refused looks whose mark the object has.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from yarl import URL

from pywrangler.errors import UsageError
from pywrangler.local.cluster.bucket_answers import (
    BucketObjectFacts,
    BucketUnreachableError,
    ListedObject,
    error_code_of,
    http_date,
    meaning_of,
    pauses,
    read_list,
    refusal,
)
from pywrangler.sensitive import Sensitive

if TYPE_CHECKING:
    from botocore.auth import S3SigV4Auth

DEADLINE_SECONDS = 20.0
ATTEMPT_SECONDS = 5.0
"""How long one try may take before the next one, besides the time for the content."""
SLOWEST_BYTES_PER_SECOND = 128 * 1024
PAGE_KEYS = 1000
PIECE_BYTES = 256 * 1024
MOST_BYTES = 5 * 1024**3
"""The most that S3 takes in one request."""
_WRITER = "x-amz-meta-pywrangler-writer"
_EMPTY = hashlib.sha256().hexdigest()


@dataclass(frozen=True)
class BucketAddress:
    """A bucket, the part of it that belongs to the cluster, and the key for it."""

    bucket: str
    prefix: str
    """Empty, or ends with `/`; all keys begin with it."""
    endpoint: str
    """`http://host:port`, or `https://...`."""
    region: str
    access_key_id: str
    secret_access_key: Sensitive[str]

    @property
    def url(self) -> str:
        """`s3://bucket/prefix`."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @classmethod
    def parse(
        cls,
        url: str,
        endpoint: str | None,
        region: str,
        access_key_id: str,
        secret_access_key: Sensitive[str],
    ) -> BucketAddress:
        """The address from `s3://bucket/prefix`. Without `endpoint` it is Amazon's in `region`.

        Raises `UsageError` for another form.
        """
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
            raise UsageError(f"`{url}` is not a bucket.", hint="Write `s3://BUCKET/PREFIX`.")
        place = (endpoint or f"https://s3.{region}.amazonaws.com").rstrip("/")
        server = urlsplit(place)
        if server.scheme not in ("http", "https") or not server.hostname or server.path:
            raise UsageError(
                f"`{endpoint}` is not an endpoint.", hint="Write `https://HOST` or `http://HOST:PORT`."
            )
        prefix = parts.path.strip("/")
        return cls(
            parts.netloc, f"{prefix}/" if prefix else "", place, region, access_key_id, secret_access_key
        )


@dataclass(frozen=True)
class StoredObject:
    """An object with its content."""

    content: bytes
    facts: BucketObjectFacts


@dataclass(frozen=True)
class Absent:
    """There is no such object. `date` is when the bucket said so, by its own clock."""

    date: datetime


@dataclass(frozen=True)
class _Request:
    """A request before it is signed; the content is bytes or a file, with its SHA-256."""

    method: str
    key: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | Path = b""
    sha256: str = _EMPTY
    target: Path | None = None
    """The file for the content of the answer."""


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def date(self) -> datetime:
        """When the bucket answered. A server without a clock is given this machine's."""
        return http_date(self.headers.get("Date")) or datetime.now(UTC).replace(microsecond=0)

    @property
    def facts(self) -> BucketObjectFacts:
        """What the headers say about the object. An answer to a write has no `Last-Modified`."""
        modified = http_date(self.headers.get("Last-Modified")) or self.date
        return BucketObjectFacts(
            self.headers.get("ETag", ""), self.date, modified, self.headers.get(_WRITER, "")
        )


class Bucket:
    """The objects below the cluster's prefix. Use it from one event loop, and close it.

    All methods raise `BucketUnreachableError` if there is no answer in `seconds`, and `BucketError` if the
    bucket refuses the request.
    """

    def __init__(self, address: BucketAddress, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self.address = address
        self._deadline_seconds = deadline_seconds
        self._session: aiohttp.ClientSession | None = None
        self._signer: S3SigV4Auth | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def get(self, key: str, seconds: float | None = None) -> StoredObject | Absent:
        """The object, read into memory."""
        answer = await self._ask(_Request("GET", key), seconds)
        return Absent(answer.date) if answer.status == 404 else StoredObject(answer.content, answer.facts)

    async def head(self, key: str, seconds: float | None = None) -> BucketObjectFacts | None:
        """The object without its content; None if it does not exist."""
        answer = await self._ask(_Request("HEAD", key), seconds)
        return None if answer.status == 404 else answer.facts

    async def put(self, key: str, content: bytes, seconds: float | None = None) -> BucketObjectFacts:
        """Write an object, whatever is there. Two writes at once may take effect in either order."""
        return (await self._ask(_put(key, content), seconds)).facts

    async def upload(self, key: str, file: Path, sha256: str) -> None:
        """Write an object from a file, in constant memory. The bucket compares the content with `sha256`."""
        size = await asyncio.to_thread(lambda: file.stat().st_size)
        time_for_all = 3 * (ATTEMPT_SECONDS + size / SLOWEST_BYTES_PER_SECOND)
        await self._ask(_Request("PUT", key, content=file, sha256=sha256), time_for_all)

    async def download(self, key: str, target: Path) -> bool:
        """Write an object's content into a file, in constant memory; False if it does not exist.

        The content may be incomplete when this raises; compare it with what is expected.
        """
        return (await self._ask(_Request("GET", key, target=target))).status != 404

    async def put_if_absent(
        self, key: str, content: bytes, seconds: float | None = None
    ) -> BucketObjectFacts | None:
        """Create an object; None if another one has the key.

        An error with `is_uncertain` leaves open whether it was created.
        """
        return await self._put_if(key, content, {"If-None-Match": "*"}, seconds)

    async def put_if_match(
        self, key: str, content: bytes, etag: str, seconds: float | None = None
    ) -> BucketObjectFacts | None:
        """Replace the object that has this ETag; None if it has another one by now, or is gone.

        If the answer is lost and another write then builds on this one, the result is None, too.
        """
        return await self._put_if(key, content, {"If-Match": etag}, seconds)

    async def delete(self, key: str, seconds: float | None = None) -> None:
        """Remove an object, which need not exist."""
        await self._ask(_Request("DELETE", key), seconds)

    async def list(self, prefix: str, after: str = "") -> AsyncIterator[ListedObject]:
        """The objects whose keys begin with `prefix`, in order, from the first key after `after`."""
        own, token = self.address.prefix, None
        while True:
            query = {"list-type": "2", "prefix": own + prefix, "max-keys": str(PAGE_KEYS)}
            query |= {"continuation-token": token} if token else {"start-after": own + after} if after else {}
            answer = await self._ask(_Request("GET", "", query))
            found, token = read_list(answer.content, own)
            for each in found:
                yield each
            if token is None:
                return

    async def _put_if(
        self, key: str, content: bytes, condition: Mapping[str, str], seconds: float | None
    ) -> BucketObjectFacts | None:
        mark = uuid.uuid4().hex
        answer = await self._ask(_put(key, content, {**condition, _WRITER: mark}), seconds)
        if answer.status < 300:
            return answer.facts
        # aiohttp sends a PUT again by itself if a kept connection was closed, so every refusal is doubtful.
        present = await self.head(key, seconds)
        return present if present is not None and present.writer == mark else None

    async def _ask(self, request: _Request, seconds: float | None = None) -> _Answer:
        """The first answer that is a result. Tries again until the time is over."""
        seconds = seconds or self._deadline_seconds
        loop = asyncio.get_running_loop()
        end, reason, is_uncertain = loop.time() + seconds, "it did not answer", False
        jitter = random.random()  # noqa: S311 - spreads clients
        for pause in pauses(jitter):
            try:
                # A long content takes longer; each of its pieces has a deadline.
                async with asyncio.timeout_at(None if request.target else end):
                    answer = await self._send(request)
                if (judged := await self._judged(request, answer)) is not None:
                    return judged
                reason, arrived = f"it answered with status {answer.status}", answer.status != 503
            except TimeoutError:
                reason, arrived = "it did not answer", True
            except aiohttp.ClientConnectorError as error:
                reason, arrived = str(error.os_error.strerror or error), False
            except (aiohttp.ClientError, OSError) as error:
                reason, arrived = str(error) or type(error).__name__, True
            is_uncertain = is_uncertain or arrived
            if loop.time() + pause >= end:
                break
            await asyncio.sleep(pause)
        raise BucketUnreachableError(
            f"{self._what(request)} failed for {seconds:g} s: {reason}.",
            hint=f"Check the bucket at {self.address.endpoint}, then repeat the command.",
            is_uncertain=is_uncertain and request.method == "PUT",
        )

    async def _judged(self, request: _Request, answer: _Answer) -> _Answer | None:
        """The answer if it is a result, None if another try may help. Raises `BucketError`."""
        error_code = error_code_of(answer.content) if answer.status >= 300 else ""
        meaning = meaning_of(answer.status, error_code)
        may_be_absent = request.key and (request.method != "PUT" or "If-Match" in request.headers)
        if meaning == "refused" or (meaning == "absent" and not may_be_absent):
            raise refusal(self._what(request), answer.status, error_code, answer.date)
        return None if meaning == "again" else answer

    async def _send(self, request: _Request) -> _Answer:
        if isinstance(request.content, bytes):
            return await self._exchange(request, request.content, len(request.content))
        with await asyncio.to_thread(request.content.open, "rb") as stream:
            return await self._exchange(request, stream, os.fstat(stream.fileno()).st_size)

    async def _exchange(self, request: _Request, content: bytes | BinaryIO, size: int) -> _Answer:
        seconds = ATTEMPT_SECONDS + size / SLOWEST_BYTES_PER_SECOND
        total = None if request.target else seconds
        async with self._session_for().request(
            request.method,
            self._url(request),
            headers=self._signed(request),
            data=content or None,
            timeout=aiohttp.ClientTimeout(total=total, sock_connect=ATTEMPT_SECONDS, sock_read=seconds),
            allow_redirects=False,
        ) as response:
            if request.target is None or response.status != 200:
                return _Answer(response.status, response.headers, await response.read())
            with await asyncio.to_thread(request.target.open, "wb") as stream:
                async for piece in response.content.iter_chunked(PIECE_BYTES):
                    await asyncio.to_thread(stream.write, piece)
            return _Answer(response.status, response.headers, b"")

    def _session_for(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(auto_decompress=False)
        return self._session

    def _url(self, request: _Request) -> URL:
        place = f"{self.address.endpoint}/{self.address.bucket}"
        path = f"/{quote(self.address.prefix + request.key, safe='/-_.~')}" if request.key else ""
        query = f"?{urlencode(request.query, quote_via=quote)}" if request.query else ""
        return URL(f"{place}{path}{query}", encoded=True)

    def _signed(self, request: _Request) -> dict[str, str]:
        from botocore.awsrequest import AWSRequest

        headers = {"Content-Type": "application/octet-stream", **request.headers}
        aws = AWSRequest(request.method, str(self._url(request)), headers)
        aws.context["sha256"] = request.sha256
        self._signer = self._signer or _signer(self.address)
        self._signer.add_auth(aws)
        return dict(aws.headers.items())

    def _what(self, request: _Request) -> str:
        key = f" `{request.key}`" if request.key else ""
        return f"{request.method}{key} in the bucket `{self.address.url}`"


def _put(key: str, content: bytes, headers: Mapping[str, str] | None = None) -> _Request:
    return _Request(
        "PUT", key, headers=headers or {}, content=content, sha256=hashlib.sha256(content).hexdigest()
    )


def _signer(address: BucketAddress) -> S3SigV4Auth:
    """Signs with the SHA-256 that the request names: botocore's own would read the content for it."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    class Signer(S3SigV4Auth):
        def payload(self, request: AWSRequest) -> str:
            return str(request.context["sha256"])

    credentials = Credentials(address.access_key_id, address.secret_access_key.reveal())
    return Signer(credentials, "s3", address.region)
