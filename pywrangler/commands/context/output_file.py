"""The file of JSON lines about a run that pipelines read: WRANGLER_OUTPUT_FILE_PATH, or a new file in the
directory WRANGLER_OUTPUT_FILE_DIRECTORY. Its lines are Wrangler's (4.164).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pywrangler.commands.context.surroundings import OUTPUT_DIRECTORY_VARIABLE, OUTPUT_FILE_VARIABLE
from pywrangler.console import visible_json
from pywrangler.dataclass import dataclass
from pywrangler.errors import ApiError, PywranglerError, UsageError
from pywrangler.version import VERSION

if TYPE_CHECKING:
    from pywrangler.deploy.bundle.bundling import Bundle

WRANGLER_VERSION = "4.164.0"
"""Whose lines these are."""
SECRET_OPTIONS = frozenset({"--value", "--event-code"})
"""Options whose values are left out of the arguments."""
REDACTED = "<redacted>"


@dataclass
class OutputFile:
    """The file, with what is known of the run so far."""

    path: Path
    variable: str
    bundle: Bundle | None = field(default=None, repr=False)
    """The code of a deploy."""

    def write(self, kind: str, fields: Mapping[str, Any]) -> None:
        """Append one line. Raises `UsageError` if that cannot be done."""
        entry = {"type": kind, "version": 1, **fields, "timestamp": _timestamp()}
        line = visible_json(json.dumps(entry, ensure_ascii=False))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise UsageError(
                f"{self.path}, which {self.variable} names, cannot be written: {error.strerror}.",
                hint=f"Correct {self.variable}, or unset it.",
            ) from error


def open_output(environment: Mapping[str, str], directory: Path) -> OutputFile | None:
    """The file that `environment` names, relative to `directory`; None if it names none."""
    if name := environment.get(OUTPUT_FILE_VARIABLE):
        return OutputFile(directory / name, OUTPUT_FILE_VARIABLE)
    if name := environment.get(OUTPUT_DIRECTORY_VARIABLE):
        now = datetime.now(UTC)
        moment = f"{now:%Y-%m-%d_%H-%M-%S}_{now.microsecond // 1000:03}"
        file = f"wrangler-output-{moment}-{secrets.token_hex(3)}.json"
        return OutputFile(directory / name / file, OUTPUT_DIRECTORY_VARIABLE)
    return None


@contextmanager
def recorded(output: OutputFile, arguments: Sequence[str]) -> Iterator[None]:
    """Write a line for the run within, and one for what made it fail."""
    session = {
        "wrangler_version": WRANGLER_VERSION,
        "pywrangler_version": VERSION,
        "command_line_args": without_secrets(arguments),
        "log_file_path": None,
    }
    output.write("wrangler-session", session)
    try:
        yield
    except PywranglerError as error:
        output.write("command-failed", failure_fields(error))
        raise


def without_secrets(arguments: Sequence[str]) -> list[str]:
    """The arguments, with no value of an option that is a secret."""
    shown: list[str] = []
    for argument in arguments:
        name, sign, _ = argument.partition("=")
        if shown and shown[-1] in SECRET_OPTIONS:
            shown.append(REDACTED)
        elif sign and name in SECRET_OPTIONS:
            shown.append(f"{name}={REDACTED}")
        else:
            shown.append(argument)
    return shown


def failure_fields(error: PywranglerError) -> dict[str, Any]:
    """What the line of a failed command says; the code is the API's, which is a number."""
    code = error.api_code if isinstance(error, ApiError) else None
    return {**({} if code is None else {"code": code}), "message": error.message}


def _timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
