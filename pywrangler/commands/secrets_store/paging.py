"""Pages of the Secrets Store's listings. Without options everything is listed; Wrangler lists ten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pywrangler.cloudflare.secrets_store import Page

DEFAULT_SIZE = 10
"""Entries on one page, as in Wrangler (4.164)."""
EMPTY_HINT = "With --json an empty list is `[]`, not an error."
"""For a table without rows, which is an error in Wrangler (4.164) too."""
PageNumber = Annotated[
    int | None, typer.Option("--page", min=1, help="List this page only.", show_default=False)
]
PageSize = Annotated[
    int | None, typer.Option("--per-page", min=1, help="Entries on a page.", show_default=False)
]


def chosen_page(number: int | None, size: int | None) -> Page | None:
    """The page that `--page` and `--per-page` name, or None for all."""
    from pywrangler.cloudflare.secrets_store import Page

    if number is None and size is None:
        return None
    return Page(number or 1, size or DEFAULT_SIZE)
