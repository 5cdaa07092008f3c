"""What the commands about images share: the managed registry, opened, and their options."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from warnings import catch_warnings

from pywrangler.commands.context.invocation import Invocation
from pywrangler.errors import ApiError, UsageError

if TYPE_CHECKING:
    from pywrangler.cloudflare.image_registry import ImageRegistry

CREDENTIALS_MINUTES = 5
"""Enough for the requests of one command; the credentials are not stored."""


def open_registry(run: Invocation, permissions: Sequence[str]) -> ImageRegistry:
    """The managed registry with fresh credentials of these permissions."""
    from pywrangler.cloudflare.image_registry import ImageRegistry
    from pywrangler.cloudflare.registries import make_credentials
    from pywrangler.cloudflare.service import managed_registry

    client, host = run.client, managed_registry(run.service_environment)
    credentials = make_credentials(client, host, permissions=permissions, minutes=CREDENTIALS_MINUTES)
    return ImageRegistry(credentials, client.account_id or credentials.account_id, run.environment)


def read_pattern(text: str | None) -> re.Pattern[str]:
    """The expression of `--filter`; without one, all names match. Raises `UsageError`."""
    # Named groups as JavaScript writes them, and as Python does.
    python = re.sub(r"\(\?<(?![=!])", "(?P<", text or "")
    python = re.sub(r"\\k<(\w+)>", r"(?P=\1)", python)
    try:
        with catch_warnings(action="ignore"):  # of what Python may read in another way one day
            return re.compile(python)
    except re.error as error:
        raise UsageError(f"--filter `{text}` is not a regular expression: {error}.") from error


def collect_garbage(run: Invocation, registry: ImageRegistry) -> None:
    """Let the registry drop layers that nothing uses; warn if it does not."""
    try:
        registry.collect_garbage()
    except ApiError as error:  # the tag is gone all the same
        run.console.warning(f"The unused layers were not removed: {error.message}")


def megabytes(size_bytes: int) -> str:
    """A size as registries count it, in millions of bytes."""
    return f"{size_bytes / 1_000_000:.1f} MB"
