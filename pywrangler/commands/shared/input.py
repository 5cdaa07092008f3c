"""What commands take from the user while they run: a yes, a secret, the text on standard input, a JSON
file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pywrangler.commands.context.invocation import Invocation
from pywrangler.console import is_terminal
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

WHITE_SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)
"""What JavaScript's `trimEnd` takes away from a secret in Wrangler (4.164); Python's `rstrip` differs."""


def confirmed(run: Invocation, question: str, *, skip: bool) -> bool:
    """Whether to go on: asked on a terminal only, so that scripts go on as they do with Wrangler."""
    if skip or not run.is_interactive or run.console.confirm(question):
        return True
    run.console.info("Cancelled. Nothing was changed.")
    return False


def read_secret(run: Invocation, name: str, *, may_be_empty: bool = False) -> Sensitive[str]:
    """A secret: typed without echo on a terminal, else all of standard input, without white space at its end.

    Raises `UsageError` for an empty one, except for one that is piped in and `may_be_empty`.
    """
    if is_terminal(run.surroundings.stdin):
        value = run.console.ask_secret(f"Value of {name}")
        may_be_empty = False  # Enter alone is rather a slip than a value
    else:
        value = read_stdin(run).rstrip(WHITE_SPACE)
    if not value and not may_be_empty:
        raise UsageError(
            f"There is no value for {name}.",
            hint="Pipe it into the command, or run the command on a terminal.",
        )
    return Sensitive(value)


def read_stdin(run: Invocation) -> str:
    """All of standard input as text."""
    try:
        return run.surroundings.stdin.read()
    except UnicodeDecodeError as error:
        raise UsageError(f"Standard input is not text: {error.reason}.") from error


def read_file(run: Invocation, file: Path) -> bytes:
    """The bytes of a file that the user named, relative to the working folder."""
    try:
        return (run.folder / file).read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error


def read_text(run: Invocation, file: Path | None) -> str:
    """The text of a file that the user named, of standard input without one; without its byte order mark."""
    if file is None:
        return read_stdin(run).removeprefix("\ufeff")
    try:
        return read_file(run, file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not a text file in UTF-8.") from error


def parse_json(text: str) -> Any:
    """The value of a JSON text; raises `ValueError` for another text, also for Python's NaN and Infinity."""
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no value in JSON")


def read_json_array(run: Invocation, file: Path) -> list[Any]:
    """The JSON array in a file that the user named."""
    try:
        content = parse_json(read_text(run, file))
    except ValueError as error:
        raise UsageError(f"{file} is not JSON: {error}.") from error
    if not isinstance(content, list):
        raise UsageError(f"{file} must hold a JSON array, not {type(content).__name__}.")
    return content
