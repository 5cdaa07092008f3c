"""Cutting lists into pages, in Cloudflare's two ways: by number, and by a token that says where the next page
begins.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from aiohttp import web

from pywrangler.local.rest.context import whole_number
from pywrangler.local.rest.errors import RestError

T = TypeVar("T")


def numbered_page(
    request: web.Request, items: Sequence[T], *, default: int, maximum: int
) -> tuple[Sequence[T], dict[str, Any]]:
    """The items of `?page=&per_page=` and the `result_info` that goes with them."""
    number = whole_number(request, "page", 1, maximum=10**9)
    size = whole_number(request, "per_page", default, maximum=maximum)
    page = items[(number - 1) * size : number * size]
    total = len(items)
    info = {"page": number, "per_page": size, "count": len(page), "total_count": total}
    return page, {**info, "total_pages": -(-total // size)}


def token_page(
    request: web.Request, items: Sequence[T], *, default: int, maximum: int
) -> tuple[Sequence[T], dict[str, Any]]:
    """The items of `?page_token=&per_page=` and the `result_info` that goes with them."""
    size = whole_number(request, "per_page", default, maximum=maximum)
    token = request.query.get("page_token")
    start = _offset(token) if token else 0
    end = start + size
    following = _token(end) if end < len(items) else None
    return items[start:end], {"per_page": size, "page_token": token, "next_page_token": following}


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"after:{offset}".encode()).decode().rstrip("=")


def _offset(token: str) -> int:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        return int(text.removeprefix("after:"))
    except (binascii.Error, ValueError) as error:
        raise RestError(f'The page token "{token}" does not belong to this list.', code=1000) from error
