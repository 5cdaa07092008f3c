"""The refusal of a name that another resource has, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pywrangler.errors import ApiError, PywranglerError


@contextmanager
def expecting_free_name(what: str, name: str, *, taken: int, listing: str) -> Iterator[None]:
    """Inside, the API is asked to create a `what` called `name`, and refuses a name in use with the code
    `taken`. `listing` is the command that shows the names in use.
    """
    try:
        yield
    except ApiError as error:
        if error.api_code != taken:
            raise
        raise PywranglerError(
            f"There is already a {what} `{name}`.",
            hint=f"`{listing}` shows the {what}s. Or choose another name.",
            code="exists",
        ) from error
