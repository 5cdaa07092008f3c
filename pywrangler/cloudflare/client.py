"""The REST client: builds requests, repeats what is safe to repeat, follows pages, and answers with results.

It speaks to Cloudflare and to the local platform alike. Resource modules beside it say which paths there are.
"""

from __future__ import annotations

import json as json_
import math
import random
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import IO, Any, TypedDict, Unpack
from urllib.parse import quote, urlencode

from pywrangler.cloudflare.auth import Auth
from pywrangler.cloudflare.response import ApiResponse, next_page, read_error, read_response
from pywrangler.cloudflare.retries import pause_after_failure, pause_after_status
from pywrangler.cloudflare.service import CLOUDFLARE, Service
from pywrangler.cloudflare.transport import Limits, Reply, Transport
from pywrangler.cloudflare.wire.connection import ExchangeError
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError, UsageError
from pywrangler.version import VERSION

USER_AGENT = f"pywrangler/{VERSION}"
SAFE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
MAX_PAGES = 10_000
"""Ends a listing if the server returns pages without end."""
LONE_SURROGATE = re.compile(r"\\ud[89a-f]")
"""What may be half of a character, in JSON that is ASCII."""


@dataclass(frozen=True)
class Part:
    """One part of a multipart body."""

    name: str
    content: bytes
    content_type: str | None = None
    file_name: str | None = None


@dataclass(frozen=True)
class Request:
    """One call. `path` is relative to the account, or to the API when it begins with `/`."""

    method: str
    path: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    body: bytes | IO[bytes] | None = None
    """A file is sent from its beginning, piece by piece; `headers` have its length."""
    content_type: str | None = None
    is_repeatable: bool | None = None
    """Whether sending it twice does no harm; None: as HTTP defines it for the method."""
    read_seconds: float | None = None
    """How long the server may be silent, where that is longer than usual."""
    auth: Auth | None = None
    """Who asks, if that is not the client itself."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """What else the server must know."""


class CallOptions(TypedDict, total=False):
    """The options of one call: a body of JSON or of parts (`fields`), and the settings of `Request`."""

    json: Any
    params: Mapping[str, Any] | None
    fields: Sequence[Part] | None
    is_repeatable: bool | None
    read_seconds: float | None


class Client:
    """Calls of one account at one API; `account_id` may be None for calls that are not about an account."""

    def __init__(
        self,
        base_url: str,
        account_id: str | None,
        auth: Auth,
        *,
        environment: Mapping[str, str] | None = None,
        service: Service = CLOUDFLARE,
        limits: Limits | None = None,
        debug: Callable[[str], None] | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.account_id = account_id
        self.service = service
        self._auth = auth
        self._limits = limits or Limits()
        self._debug = debug or (lambda _: None)
        self.environment = environment or {}
        """The variables that name proxies and certificates; empty for the local platform."""
        self._transport = Transport(self.base_url, self.environment, self._limits)

    def close(self) -> None:
        """Close the connections; a client that is used again opens new ones."""
        self._transport.close()

    def request(self, method: str, path: str, **options: Unpack[CallOptions]) -> Any:
        """The `result` of one call, whatever it is; raises `ApiError`."""
        return self.call(method, path, **options).result

    def call(self, method: str, path: str, **options: Unpack[CallOptions]) -> ApiResponse:
        """The response to one call; its result can be read as a required type. Raises `ApiError`."""
        body, content_type = _body(options.get("json"), options.get("fields"))
        made = Request(
            method,
            path,
            options.get("params") or {},
            body,
            content_type,
            options.get("is_repeatable"),
            options.get("read_seconds"),
        )
        return self.fetch(made)

    def fetch(self, request: Request) -> ApiResponse:
        """The whole response to `request`; raises `ApiError`."""
        return read_response(self.reply(request), asked=self._name(request), service=self.service)

    def content(self, request: Request) -> bytes:
        """The body of a response that has no envelope (a KV value); raises `ApiError`."""
        reply = self.reply(request)
        if reply.status >= 300:
            raise read_error(reply, asked=self._name(request), service=self.service)
        return reply.body

    def download(self, request: Request) -> Iterator[bytes]:
        """The body of a response of any size, in pieces, as it is stored; raises `ApiError`, also when
        the stream breaks.
        """
        opened: Iterator[bytes] = iter(())
        plain = {"Accept-Encoding": "identity"}

        def open_stream(_: float) -> Reply:
            nonlocal opened
            seconds = request.read_seconds or self._limits.read_seconds
            headers = self._headers(request) | plain
            reply, opened = self._transport.pieces(
                self._url(request), headers=headers, seconds=seconds, method=request.method, body=request.body
            )
            return reply

        reply = self._repeated(request, open_stream)
        if reply.status >= 300:
            raise read_error(reply, asked=self._name(request), service=self.service)
        return self._pieces(request, opened)

    def _pieces(self, request: Request, opened: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from opened
        except ExchangeError as failure:
            raise self._unreachable(request, failure) from failure

    def pages(
        self,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[ApiResponse]:
        """Every page of a listing, by page tokens, cursors or page numbers."""
        parameters: Mapping[str, Any] | None = params or {}
        seen: list[Mapping[str, Any]] = []
        while parameters is not None:
            if parameters in seen or len(seen) >= MAX_PAGES:
                raise ApiError(f"{self.service.name} answers GET {path} with the same page again and again.")
            seen.append(parameters)
            response = self.fetch(Request("GET", path, parameters, headers=headers or {}))
            yield response
            parameters = next_page(parameters, response)

    def list(self, path: str, *, params: Mapping[str, Any] | None = None) -> list[Any]:
        """All entries, which are objects, of a listing whose pages are arrays."""
        return [entry for page in self.pages(path, params=params) for entry in page.entries]

    def lines(self, path: str, *, params: Mapping[str, Any] | None = None) -> Iterator[str]:
        """The lines of a response that may never end; raises `ApiError`, also when the stream breaks."""
        request = Request("GET", path, params or {})
        try:
            reply, lines = self._transport.lines(self._url(request), headers=self._headers(request))
            if reply.status >= 400:
                raise read_error(reply, asked=self._name(request), service=self.service)
            for line in lines:
                yield line.decode("utf-8", "replace")
        except ExchangeError as failure:
            raise self._unreachable(request, failure) from failure

    def reply(self, request: Request) -> Reply:
        """The last response of the API, whatever its status; raises `ApiError` when nothing came back."""
        return self._repeated(request, lambda deadline: self._exchange(request, deadline))

    def _repeated(self, request: Request, exchange: Callable[[float], Reply]) -> Reply:
        """The response of `exchange`, which is called again, with its deadline, if that is safe."""
        repeatable = (
            request.method in SAFE_METHODS if request.is_repeatable is None else request.is_repeatable
        )
        is_streamed = request.body is not None and not isinstance(request.body, bytes)
        patience = math.inf if is_streamed else max(self._limits.total_seconds, request.read_seconds or 0)
        deadline = time.monotonic() + patience
        was_sent_before = False
        for attempt in range(1, self._limits.attempts + 1):
            backoff = self._backoff_seconds(attempt)
            try:
                reply = exchange(deadline)
            except ExchangeError as failure:
                pause = pause_after_failure(
                    was_sent=failure.was_sent,
                    is_lasting=failure.is_lasting,
                    is_repeatable=repeatable,
                    backoff_seconds=backoff,
                )
                if not self._may_wait(pause, attempt, deadline):
                    raise self._unreachable(request, failure) from failure
                was_sent_before = was_sent_before or failure.was_sent
            else:
                if request.method == "DELETE" and reply.status == 404 and was_sent_before:
                    return Reply(204)  # the attempt whose response was lost has removed it
                pause = pause_after_status(
                    reply.status, reply.headers, is_repeatable=repeatable, backoff_seconds=backoff
                )
                if not self._may_wait(pause, attempt, deadline):
                    return reply
                was_sent_before = was_sent_before or reply.status >= 500
            time.sleep(pause or 0)
        raise AssertionError("the last attempt returns or raises")

    def _exchange(self, request: Request, deadline: float) -> Reply:
        started = time.monotonic()
        if request.body is not None and not isinstance(request.body, bytes):
            request.body.seek(0)
        reply = self._transport.exchange(
            request.method,
            self._url(request),
            headers=self._headers(request),
            body=request.body,
            seconds=request.read_seconds or self._limits.read_seconds,
            deadline=deadline,
        )
        milliseconds = (time.monotonic() - started) * 1000
        ray = reply.headers.get("cf-ray", "-")
        self._debug(f"{self._name(request)} -> {reply.status} in {milliseconds:.0f} ms (ray {ray})")
        return reply

    def _may_wait(self, pause: float | None, attempt: int, deadline: float) -> bool:
        return pause is not None and attempt < self._limits.attempts and time.monotonic() + pause < deadline

    def _backoff_seconds(self, attempt: int) -> float:
        # Half of it by chance, so that clients which failed together do not come back together.
        longest: float = self._limits.backoff_seconds * 2 ** (attempt - 1)
        return longest / 2 + random.random() * longest / 2  # noqa: S311 - no secret depends on it

    def _url(self, request: Request) -> str:
        path = request.path
        if not path.startswith("/"):
            if self.account_id is None:
                raise ApiError(
                    f"{self._name(request)} needs an account id.", hint="Set CLOUDFLARE_ACCOUNT_ID."
                )
            path = f"/accounts/{quote(self.account_id, safe='')}/{path}"
        query = _query(request.parameters)
        return f"{self.base_url}{path}{'?' + query if query else ''}"

    def _headers(self, request: Request) -> dict[str, str]:
        auth = request.auth or self._auth
        headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **request.headers, **auth.headers()}
        if request.content_type is not None:
            headers["Content-Type"] = request.content_type
        return headers

    def _unreachable(self, request: Request, failure: ExchangeError) -> ApiError:
        return ApiError(
            f"{self.service.name} could not be reached at {self.base_url}: {failure.reason}"
            f" ({self._name(request)}).",
            hint=failure.hint or self.service.unreachable_hint,
        )

    @staticmethod
    def _name(request: Request) -> str:
        return f"{request.method} {request.path}"


def segment(text: str) -> str:
    """`text` as one segment of a path, with everything else than letters, digits and `_.-~` encoded.

    Raises `UsageError` for what has no UTF-8 (a byte of the command line that is not UTF-8), and for `.` and
    `..`, which would lead to another path.
    """
    if text in (".", ".."):
        raise UsageError(f"`{text}` cannot be a name or an id.", hint="Give the name or the id.")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise _not_utf8(text) from None


def _not_utf8(text: str) -> UsageError:
    return UsageError(f"`{text}` is not text in UTF-8.", hint="Write the name in UTF-8.")


def _query(parameters: Mapping[str, Any]) -> str:
    try:
        return urlencode([(k, v) for k, v in parameters.items() if v is not None])
    except UnicodeEncodeError as error:
        raise _not_utf8(str(error.object)) from None


def _not_encodable(value: Any) -> str | None:
    """A name or text in a piece of JSON that has no UTF-8; of a text that may be secret, only that."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value
        return None
    if isinstance(value, Mapping):
        secret = {"text", "value"} & value.keys()
        return next(
            (
                "..." if name in secret else wrong
                for name, each in value.items()
                if (wrong := _not_encodable(name) or _not_encodable(each)) is not None
            ),
            None,
        )
    if isinstance(value, Sequence):
        return next((wrong for each in value if (wrong := _not_encodable(each)) is not None), None)
    return None


def _body(json: Any, fields: Sequence[Part] | None) -> tuple[bytes | None, str | None]:
    if fields is not None:
        return encode_multipart(fields)
    if json is not None:
        body = json_.dumps(json)
        if LONE_SURROGATE.search(body) and (wrong := _not_encodable(json)) is not None:
            raise _not_utf8(wrong)
        return body.encode(), "application/json"
    return None, None


def encode_multipart(parts: Sequence[Part]) -> tuple[bytes, str]:
    """The parts as a `multipart/form-data` body, and its content type with the boundary."""
    boundary = secrets.token_hex(16)
    pieces = []
    for part in parts:
        disposition = f'form-data; name="{_in_quotes(part.name)}"'
        if part.file_name is not None:
            disposition += f'; filename="{_in_quotes(part.file_name)}"'
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\n"
        if part.content_type is not None:
            head += f"Content-Type: {part.content_type}\r\n"
        pieces += [head.encode(), b"\r\n", part.content, b"\r\n"]
    body = b"".join((*pieces, f"--{boundary}--\r\n".encode()))
    return body, f"multipart/form-data; boundary={boundary}"


def _in_quotes(text: str) -> str:
    """A name as browsers write it in the head of a part (HTML, multipart/form-data encoding)."""
    return text.replace("\n", "%0A").replace("\r", "%0D").replace('"', "%22")
