"""Input from the user while a command runs: a confirmation, a secret, the text on standard input, a JSON
file.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pywrangler.commands.context.invocation import Invocation
from pywrangler.console import is_terminal
from pywrangler.errors import UsageError
from pywrangler.sensitive import Sensitive

WHITE_SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)
"""What JavaScript's `trimEnd` removes from a secret in Wrangler (4.164); Python's `rstrip` differs."""

STDIN = "Standard input"
MAX_INPUT_BYTES = 256 * 2**20
"""Of an input without a known length. More than any request takes: 100 MiB for many keys of KV."""
PIECE_BYTES = 256 * 1024

JSON_REASONS = {
    "Expecting value": "a value is missing",
    "Expecting ',' delimiter": "a comma is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing",
    "Illegal trailing comma before end of object": "there is an extra comma",
    "Illegal trailing comma before end of array": "there is an extra comma",
    "Extra data": "there is more than one value",
    "Unterminated string": "a string is not closed",
    "Invalid control character": "a string has a control character",
    "Invalid \\escape": "a string has an unknown escape",
    "Invalid \\uXXXX escape": "a string has an unknown escape",
}
"""What Python's reader says is wrong, in our words."""


def confirmed(run: Invocation, question: str, *, skip: bool) -> bool:
    """Whether to continue: asked on a terminal only, so that scripts continue as they do with Wrangler."""
    if skip or not run.is_interactive or run.console.confirm(question):
        return True
    run.console.info("Cancelled. Nothing was changed.")
    return False


def read_secret(run: Invocation, name: str, *, may_be_empty: bool = False) -> Sensitive[str]:
    """A secret: typed without echo on a terminal, otherwise all of standard input, without white space at its
    end.

    Raises `UsageError` for an empty one, except for one that is piped in and `may_be_empty`.
    """
    hint = "Pipe it into the command, or run the command on a terminal."
    if is_terminal(run.surroundings.stdin):
        hint = "Type it when asked, or pipe it into the command."
        if not run.is_interactive:
            hint = "Pipe it into the command. pywrangler does not ask when `CI` is set."
        value = run.console.ask_secret(f"Value of {name}") if run.is_interactive else ""
        may_be_empty = False  # Enter alone is rather a slip than a value
    else:
        value = read_stdin(run).rstrip(WHITE_SPACE)
    if not value and not may_be_empty:
        raise UsageError(
            f"There is no value for {name}.",
            hint=hint,
        )
    return Sensitive(value)


def read_stdin(run: Invocation) -> str:
    """All of standard input as text, line breaks as they are. Raises `UsageError`."""
    stdin = run.surroundings.stdin
    if getattr(stdin, "buffer", None) is None:
        return stdin.read()
    content = bytearray()
    for piece in stdin_pieces(run):
        content += piece
        _check_length(len(content), STDIN)
    return decoded(bytes(content), STDIN)


def stdin_pieces(run: Invocation) -> Iterator[bytes]:
    """The bytes of standard input. Raises `UsageError` if it cannot be read: it is closed, or a directory."""
    stdin = run.surroundings.stdin
    stream = getattr(stdin, "buffer", None)
    if stream is None:
        yield stdin.read().encode()
        return
    try:
        while piece := stream.read(PIECE_BYTES):
            yield piece
    except (OSError, ValueError) as error:  # ValueError: a stream that Python itself closed
        reason = str(getattr(error, "strerror", None) or "it is closed")
        raise UsageError(
            f"{STDIN} cannot be read: {reason[:1].lower()}{reason[1:]}.",
            hint="Pipe the input into the command.",
        ) from error


def _check_length(length: int, source: str) -> None:
    """Raises `UsageError` for so much input that it probably has no end."""
    if length > MAX_INPUT_BYTES:
        raise UsageError(
            f"{source} is longer than {MAX_INPUT_BYTES // 2**20} MiB.",
            hint="Give a shorter input. It probably comes from a program or a device that never ends.",
        )


def decoded(content: bytes, source: str) -> str:
    """The text in UTF-8. Raises `UsageError`, without any of it, for other bytes."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UsageError(f"{source} is UTF-16.", hint="Save it as UTF-8.") from None
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{source} is not text in UTF-8: line {line} has the byte 0x{content[error.start]:02x}.",
            hint="Give a text in UTF-8.",
        ) from None


def read_file(run: Invocation, file: Path) -> bytes:
    """The bytes of a file that the user named, relative to the working directory."""
    try:
        with (run.directory / file).open("rb") as stream:
            if stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                return stream.read()
            content = stream.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"`{file}` cannot be read: {error.strerror}.", hint="Correct the file's path, or its permissions."
        ) from error
    _check_length(len(content), f"`{file}`")
    return content


def read_text(run: Invocation, file: Path | None) -> str:
    """The text of a file that the user named, of standard input without one; without its byte order mark."""
    if file is None:
        return read_stdin(run).removeprefix("\ufeff")
    return decoded(read_file(run, file), f"`{file}`").removeprefix("\ufeff")


def parse_json(text: str) -> Any:
    """The value of a JSON text; raises `ValueError` for another text, also for Python's NaN and Infinity. Its
    message says where and why, and quotes nothing.
    """
    if not text.strip():
        raise ValueError("it is empty")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except json.JSONDecodeError as error:
        reason = JSON_REASONS.get(error.msg.removesuffix(" at").removesuffix(" starting"), error.msg.lower())
        raise ValueError(f"{reason} at line {error.lineno}, column {error.colno}") from None
    except _NoNumberError as error:
        raise ValueError(str(error)) from None
    except ValueError:
        raise ValueError("it has a number with too many digits") from None


def _refuse_constant(name: str) -> None:
    raise _NoNumberError(f"{name} is not a value in JSON")


class _NoNumberError(ValueError):
    """A word that Python's reader takes for a number, and JSON does not."""


def read_json_array(run: Invocation, file: Path) -> list[Any]:
    """The JSON array in a file that the user named."""
    try:
        content = parse_json(read_text(run, file))
    except ValueError as error:
        raise UsageError(f"`{file}` is not JSON: {error}.", hint="Write a JSON array: `[...]`.") from error
    if not isinstance(content, list):
        raise UsageError(f"`{file}` holds {json_kind(content)}.", hint="Write a JSON array: `[...]`.")
    return content


def json_kind(value: object) -> str:
    """What a value of JSON is, in JSON's words."""
    kinds: tuple[tuple[type, str], ...] = (
        (type(None), "null"),
        (bool, "true or false"),
        (str, "a string"),
        (dict, "an object"),
        (list, "an array"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "a number")
