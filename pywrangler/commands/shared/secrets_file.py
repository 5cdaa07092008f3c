"""A file of secrets: a JSON object, or lines of KEY=value."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.commands.shared.input import parse_json
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive


def parse_secrets(
    text: str, *, source: str, expanded_by: Mapping[str, str] | None = None
) -> dict[str, Sensitive[str] | None]:
    """The secrets in a JSON object or in lines of KEY=value; None stands for one to delete.

    Given an environment in `expanded_by`, lines may refer to it as they may in `.env`: with Wrangler (4.164)
    that is so for a deploy, and not for `secret bulk`.

    Raises `UsageError` that names keys, never values.
    """
    if not text.strip():
        raise UsageError(f"There are no secrets in {source}.")
    try:
        content = parse_json(text)
    except ValueError:
        from pywrangler.config.dotenv import parse_dotenv, parse_expanded

        content = parse_dotenv(text) if expanded_by is None else parse_expanded(text, expanded_by)
        if not content:
            raise UsageError(f"{source} is neither JSON nor lines of KEY=value.") from None
    if not isinstance(content, dict):
        raise UsageError(f"{source} must hold a JSON object of names and values.")
    wrong = [key for key, value in content.items() if not isinstance(value, str | None)]
    if wrong:
        names = ", ".join(wrong)
        raise UsageError(f"In {source} these are not texts: {names}.", hint="Write each value as a string.")
    return {key: None if value is None else Sensitive(value) for key, value in content.items()}
