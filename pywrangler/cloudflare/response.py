"""Reads responses of the REST API: the envelope, its errors, and the place of the next page. Pure.

Envelope: `{"success", "errors": [{"code", "message"}], "messages", "result", "result_info"}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from pywrangler.cloudflare.service import Service
from pywrangler.cloudflare.transport import Reply
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError

EXCERPT_CHARACTERS = 300
NO_ROUTE = 7003
"""The code for a path that the API does not have, an account's among them."""


@dataclass(frozen=True)
class Origin:
    """The source of a response: the request (`GET /path`) and the service."""

    asked: str
    service: Service

    def surprise(self, what: str) -> ApiError:
        """The error for a response that is JSON and still not what the request is answered with."""
        return ApiError(
            f"{self.service.name} answered {self.asked} with {what}.", hint=self.service.unreachable_hint
        )


class ResponseFields(dict[str, Any]):
    """An object of a response: a field that is not there, and has no default, is an `ApiError`."""

    def __init__(self, values: Mapping[str, Any], origin: Origin) -> None:
        super().__init__(values)
        self._origin = origin

    def __missing__(self, name: str) -> Any:
        raise self._origin.surprise(f'an object without "{name}"')


@dataclass(frozen=True)
class ApiResponse:
    """A successful response. `result_info` holds what the API says about paging."""

    result: Any
    origin: Origin
    result_info: Mapping[str, Any] = field(default_factory=dict)
    messages: tuple[str, ...] = ()

    @property
    def fields(self) -> ResponseFields:
        """The result, which must be an object; raises `ApiError`."""
        if not isinstance(self.result, ResponseFields):
            raise self.origin.surprise(f"{_kind(self.result)} instead of an object")
        return self.result

    @property
    def entries(self) -> list[Any]:
        """The result, which must be a list of objects, or null for an empty one; raises `ApiError`."""
        entries = [] if self.result is None else self.result
        if not isinstance(entries, list):
            raise self.origin.surprise(f"{_kind(entries)} instead of a list")
        for entry in entries:
            if not isinstance(entry, ResponseFields):
                raise self.origin.surprise(f"{_kind(entry)} in a list of objects")
        return entries


def read_response(reply: Reply, *, asked: str, service: Service) -> ApiResponse:
    """The response in `reply` to the request `asked` (`GET /path`); an error or no JSON raises `ApiError`."""
    origin = Origin(asked, service)
    try:
        data = json.loads(reply.body, object_hook=lambda o: ResponseFields(o, origin)) if reply.body else None
    except (ValueError, RecursionError):
        raise _not_understood(reply, asked, service) from None
    envelope = data if isinstance(data, dict) and "success" in data else None
    if reply.status >= 400 or (envelope is not None and not envelope["success"]):
        raise _refused(reply, data, asked, service)
    if reply.status >= 300:
        raise _not_understood(reply, asked, service)
    if data is not None and not isinstance(data, dict):
        raise origin.surprise(f"{_kind(data)} instead of an object")
    if data is None and reply.status not in (202, 204):
        raise _not_understood(reply, asked, service)
    if envelope is None:
        return ApiResponse(data, origin)
    messages = envelope.get("messages") or []
    texts = tuple(str(m.get("message", m)) if isinstance(m, dict) else str(m) for m in messages)
    info = envelope.get("result_info")
    return ApiResponse(envelope.get("result"), origin, info if isinstance(info, dict) else {}, texts)


def read_error(reply: Reply, *, asked: str, service: Service) -> ApiError:
    """The error for a response with a status of 300 or more, whatever its body is."""
    if reply.status < 400:
        return _redirected(reply, asked, service)
    try:
        data = json.loads(reply.body) if reply.body else None
    except (ValueError, RecursionError):
        return _not_understood(reply, asked, service)
    return _refused(reply, data, asked, service)


def next_page(parameters: Mapping[str, Any], response: ApiResponse) -> dict[str, Any] | None:
    """The query of the page after the one that `parameters` asked for, or None after the last.

    The API has three ways of paging: a page token (containers), a cursor (KV keys, R2), and page numbers.
    """
    info = response.result_info
    if token := info.get("next_page_token"):
        return {**parameters, "page_token": token}
    cursors = info.get("cursors")
    cursor = info.get("cursor") or (cursors.get("after") if isinstance(cursors, dict) else None)
    if cursor:
        return {**parameters, "cursor": cursor}
    page, per_page = info.get("page"), info.get("per_page")
    if not isinstance(page, int) or not isinstance(per_page, int) or per_page < 1 or not response.result:
        return None
    total = info.get("total_count")
    pages = info.get("total_pages") or (-(-total // per_page) if isinstance(total, int) else 0)
    return {**parameters, "page": page + 1} if page < pages else None


def _refused(reply: Reply, data: Any, asked: str, service: Service) -> ApiError:
    problems = _problems(data)
    text = "; ".join(message.rstrip(".") for _, message in problems)
    end = "" if text.endswith(("?", "!")) else "."
    reason = f"refused the request: {text}{end}" if text else "refused the request and gave no reason."
    code = next((code for code, _ in problems if code is not None), None)
    place = f"{asked}: HTTP {reply.status}" + (f", code {code}" if code is not None else "")
    request_id = reply.headers.get("cf-ray")
    if explained := _explained(data):
        return ApiError(
            str(explained["message"]),
            status=reply.status,
            api_code=code,
            request_id=request_id,
            hint=explained.get("hint"),
            detail=explained.get("detail"),
        )
    is_shown = service.shows_requests or reply.status >= 500
    return ApiError(
        f"{service.name} {reason}",
        status=reply.status,
        api_code=code,
        request_id=request_id,
        hint=_advice(reply.status, code, service),
        reasons=tuple(message for _, message in problems),
        detail=f"{place}{f', ray {request_id}' if request_id else ''}" if is_shown else None,
    )


def _advice(status: int, code: int | None, service: Service) -> str | None:
    """General advice for a refusal whose reason is unknown."""
    if status in (401, 403):
        return service.denied_hint
    if status == 429:
        return "Wait for some minutes, then repeat the command."
    if status >= 500 and status != 501:
        return service.failing_hint
    return service.unknown_hint if code == NO_ROUTE or (status == 404 and code is None) else None


def _kind(value: object) -> str:
    """The kind of a JSON value, in JSON's words."""
    kinds = (
        (type(None), "null"),
        (bool, "a truth value"),
        (str, "a text"),
        (dict, "an object"),
        (list, "a list"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "a number")


def _problems(data: Any) -> list[tuple[int | None, str]]:
    """The errors of an envelope as (code, message), each message with those of its causes."""
    if not isinstance(data, dict):
        return []
    found: list[tuple[int | None, str]] = []
    errors = data.get("errors")
    for entry in errors if isinstance(errors, list) else []:
        if isinstance(entry, dict):
            code = entry.get("code")
            chain = [e.get("message") for e in entry.get("error_chain") or [] if isinstance(e, dict)]
            text = ": ".join(str(m) for m in (entry.get("message"), *chain) if m)
            found.append((code if isinstance(code, int) else None, text or "no reason given"))
        else:
            found.append((None, str(entry)))
    if not found and isinstance(data.get("error"), str):
        found.append((None, data["error"]))
    return found


def _explained(data: Any) -> Mapping[str, Any] | None:
    """The local platform's explanation for people, in addition to the message for every client."""
    errors = data.get("errors") if isinstance(data, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    meta = first.get("meta") if isinstance(first, dict) else None
    found = meta.get("explained") if isinstance(meta, dict) else None
    return found if isinstance(found, dict) and found.get("message") else None


def _not_understood(reply: Reply, asked: str, service: Service) -> ApiError:
    if 300 <= reply.status < 400:
        return _redirected(reply, asked, service)
    kind = reply.headers.get("content-type", "").partition(";")[0] or "no content type"
    what = f"{kind}, {len(reply.body)} bytes" if reply.body else "an empty body"
    denied = reply.status in (401, 403)
    return ApiError(
        f"{service.name} did not answer with JSON but with {what} ({asked}: HTTP {reply.status}).",
        status=reply.status,
        request_id=reply.headers.get("cf-ray"),
        hint=service.denied_hint if denied else service.unreachable_hint,
        detail=_excerpt(reply.body),
    )


def _redirected(reply: Reply, asked: str, service: Service) -> ApiError:
    """The API redirects nothing: something between does."""
    place = reply.headers.get("location")
    to = f" to `{place}`" if place else ""
    return ApiError(
        f"{service.name} was not reached: {asked} was redirected{to} (HTTP {reply.status}).",
        status=reply.status,
        hint=service.unreachable_hint,
    )


def _excerpt(body: bytes) -> str | None:
    text = body[: EXCERPT_CHARACTERS * 4].decode("utf-8", "replace")
    text = "".join(c if c.isprintable() or c == "\n" else " " for c in text).strip()
    return (text[:EXCERPT_CHARACTERS] + " ..." if len(text) > EXCERPT_CHARACTERS else text) or None
