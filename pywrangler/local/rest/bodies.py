"""Reading request bodies: JSON of an expected shape, or a refusal that names the field."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from aiohttp import web

from pywrangler.local.rest.errors import RestError

LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""JSON may escape one half of a surrogate pair. A database and a file cannot store it."""

DEEPEST = 100
"""Arrays and objects in each other."""


async def read_json(request: web.Request) -> Any:
    """The body as JSON data."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RestError("The platform takes no compressed requests.", status=415, code=10026)
    return parse_json(await request.read(), "The request's body")


async def read_form(request: web.Request) -> Mapping[str, str | bytes | bytearray | web.FileField]:
    """The parts of a form. Raises `RestError` for a body that is not a form."""
    try:
        return await request.post()
    except ValueError as error:
        raise RestError(f"The request's body is not a form: {error}.", code=10001) from error


@contextmanager
def reading_parts() -> Iterator[None]:
    """For the reading of a body part by part. Raises `RestError` for one that is malformed."""
    try:
        yield
    except ValueError as error:  # of aiohttp
        raise RestError(f"The upload is not a well-formed multipart body: {error}.", code=10001) from error


def parse_json(raw: bytes, what: str, *, code: int = 10026) -> Any:
    """JSON data that a database and every reader of JSON can take. Raises `RestError`."""
    try:
        body = json.loads(raw, parse_int=_whole, parse_float=_finite, parse_constant=_refuse)
        if LONE_SURROGATE.search(raw):
            json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise RestError(f"{what} has half of a character (a lone surrogate).", code=code) from error
    except OverflowError as error:
        raise RestError(f"{what} has the number {error}, which is too large.", code=code) from error
    except (ValueError, RecursionError) as error:
        raise RestError(f"{what} is not JSON.", code=code) from error
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and _depth(body) > DEEPEST:
        raise RestError(f"{what} has more than {DEEPEST} arrays and objects in each other.", code=code)
    return body


def _whole(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise OverflowError(text[:40])
    return int(text)


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise OverflowError(text[:40])
    return number


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _depth(body: Any) -> int:
    """How many arrays and objects are in each other."""
    depth, level = 0, [body]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [each for values in inner for each in values]
    return depth


async def read_object(request: web.Request) -> dict[str, Any]:
    """The body as a JSON object."""
    body = await read_json(request)
    if not isinstance(body, dict):
        raise RestError("The request's body must be a JSON object.", code=10026)
    return body


async def read_objects(request: web.Request) -> list[dict[str, Any]]:
    """The body as a JSON array of objects."""
    body = await read_json(request)
    if not isinstance(body, list) or not all(isinstance(entry, dict) for entry in body):
        raise RestError("The request's body must be a JSON array of objects.", code=10026)
    return body


async def read_texts(request: web.Request) -> list[str]:
    """The body as a JSON array of strings."""
    body = await read_json(request)
    if not isinstance(body, list) or not all(isinstance(entry, str) for entry in body):
        raise RestError("The request's body must be a JSON array of strings.", code=10026)
    return body


def text_field(body: Mapping[str, Any], name: str) -> str:
    """A field that must hold a non-empty string."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise RestError(f'The field "{name}" must be a non-empty string.')
    return value


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    """An optional field that must be a string."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise RestError(f'The field "{name}" must be a string.')
    return value


def object_field(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An optional field that must be an object."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise RestError(f'The field "{name}" must be an object.')
    return value


def text_list(body: Mapping[str, Any], name: str) -> list[str]:
    """A field that must hold an array of strings."""
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise RestError(f'The field "{name}" must be an array of strings.')
    return value
