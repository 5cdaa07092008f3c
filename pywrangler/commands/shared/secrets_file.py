"""A file of secrets: a JSON object, or lines of KEY=value."""

from __future__ import annotations

from collections.abc import Mapping

from pywrangler.commands.shared.input import json_kind, parse_json
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

FORMS_HINT = 'Write `{"NAME": "value"}`, or lines of `NAME=value`.'


def parse_secrets(
    text: str, *, source: str, expanded_by: Mapping[str, str] | None = None
) -> dict[str, Sensitive[str] | None]:
    """The secrets in a JSON object or in lines of KEY=value; None means one to delete.

    Given an environment in `expanded_by`, lines may refer to it as they may in `.env`: with Wrangler (4.164)
    that is so for a deploy, and not for `secret bulk`.

    Raises `UsageError` that names keys, never values.
    """
    if not text.strip():
        raise UsageError(f"There are no secrets in {source}.", hint=FORMS_HINT)
    try:
        content = parse_json(text)
    except ValueError as error:
        from pywrangler.config.dotenv import parse_dotenv, parse_expanded

        content = parse_dotenv(text) if expanded_by is None else parse_expanded(text, expanded_by)
        if not content:
            why = f" It begins like JSON, but {error}." if text.lstrip()[:1] in ("{", "[") else ""
            raise UsageError(
                f"{_sentence(source)} is neither JSON nor lines of KEY=value.{why}", hint=FORMS_HINT
            ) from None
    if not isinstance(content, dict):
        raise UsageError(f"{_sentence(source)} holds {json_kind(content)}, not an object.", hint=FORMS_HINT)
    wrong = [key for key, value in content.items() if not isinstance(value, str | None)]
    if wrong:
        names = ", ".join(f"`{name}`" for name in wrong)
        verb = "is not a string" if len(wrong) == 1 else "are not strings"
        raise UsageError(
            f"{_sentence(source)} has a wrong value: {names} {verb}.", hint="Write each value as a string."
        )
    if not all(key.strip() for key in content):
        raise UsageError(
            f"{_sentence(source)} has a secret with an empty name.", hint="Name it, or remove the line."
        )
    return {key: None if value is None else Sensitive(value) for key, value in content.items()}


def _sentence(source: str) -> str:
    """The source as the beginning of a sentence; a file's name stays as it is."""
    return "Standard input" if source == "standard input" else f"`{source}`"
