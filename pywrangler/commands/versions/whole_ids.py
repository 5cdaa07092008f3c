"""Whole ids of versions from the beginnings that tables show and users type."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pywrangler.errors import PywranglerError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.client import Client

SHORTEST_BEGINNING = 8
"""Characters up to the first hyphen of an id, as tables show them."""
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BEGINNING = re.compile(rf"[0-9a-f-]{{{SHORTEST_BEGINNING},35}}", re.IGNORECASE)


def is_id(text: str) -> bool:
    """Whether `text` can be an id, or the beginning of one."""
    return _ID.fullmatch(text) is not None or is_beginning(text)


def is_beginning(text: str) -> bool:
    """Whether `text` can be the beginning of an id, and is not the whole."""
    return _BEGINNING.fullmatch(text) is not None


def whole_ids(client: Client, worker: str, texts: Iterable[str]) -> dict[str, str]:
    """Each text with the id that is meant; the API is asked only if there is a beginning among them.

    Raises `PywranglerError` for a beginning that no version of the Worker has, and `UsageError` for one that
    several have. Any other text is left to the API to judge.
    """
    wanted = list(dict.fromkeys(texts))
    if not any(map(is_beginning, wanted)):
        return {text: text for text in wanted}
    from pywrangler.cloudflare.scripts.versions import list_versions

    known = [str(each["id"]) for each in list_versions(client, worker)]
    return {text: _whole(text, known, worker) if is_beginning(text) else text for text in wanted}


def whole_id(client: Client, worker: str, text: str) -> str:
    """The same for one text."""
    return whole_ids(client, worker, (text,))[text]


def _whole(text: str, known: Iterable[str], worker: str) -> str:
    matching = sorted(each for each in known if each.startswith(text.lower()))
    if not matching:
        raise PywranglerError(
            f"No version of {worker} has an id that begins with `{text}`.",
            hint="`pywrangler versions list` shows the newest versions.",
            code="version-not-found",
        )
    if len(matching) > 1:
        listed = ", ".join(f"`{each}`" for each in matching)
        raise UsageError(
            f"The ids of {len(matching)} versions begin with `{text}`: {listed}.", hint="Give more of one."
        )
    return matching[0]
