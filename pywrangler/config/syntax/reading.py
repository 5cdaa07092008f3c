"""Reads a configuration file from disk into a `Document`; whatever is wrong with the file itself ends
here.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from pywrangler.config.problems.errors import ConfigurationError
from pywrangler.config.problems.records import Place, Problem
from pywrangler.config.problems.report import Report
from pywrangler.config.syntax.document import Document, SourceText

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes. A larger file was not written as a configuration."""


def read(file: Path, report: Report) -> Document:
    """The document in `file`. Raises `ConfigurationError` when it cannot be read or parsed."""
    if not file.is_absolute():
        file = Path.cwd() / file  # not resolved: links stay as the user named them
    return parse(SourceText(file, read_text(file)), report)


def parse(source: SourceText, report: Report) -> Document:
    """The document in this text, in the syntax of its file's name. Raises `ConfigurationError` when it
    cannot be parsed.
    """
    from pywrangler.config.syntax import jsonc, toml

    is_toml = source.file.suffix.lower() == ".toml"
    return toml.parse(source, report) if is_toml else jsonc.parse(source, report)


def read_text(file: Path) -> str:
    """The text of `file`, line ends as they are. Raises `ConfigurationError` for anything that is not a
    readable text.
    """
    text = _decode(file, _read_bytes(file))
    at = text.find("\0")
    if at >= 0:
        # Without its line, which in a file of variables may hold a secret.
        place = replace(SourceText(file, text).place(at), source="")
        is_wide = text.count("\0") > len(text) // 4
        hint = "It looks like UTF-16: save the file as UTF-8." if is_wide else None
        problem = Problem("error", "not-text", "The file contains a NUL character", place, hint)
        raise ConfigurationError([problem])
    return text


def _read_bytes(file: Path) -> bytes:
    try:
        if file.exists() and not (file.is_file() or file.is_dir()):
            _refuse(file, "unreadable", "This is a device or a pipe, not a configuration file", None)
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        what = "a file of variables" if _holds_variables(file) else "a configuration file"
        hint = "Remove it, or put a file in its place." if _holds_variables(file) else "Name the file in it."
        _refuse(file, "is-a-folder", f"This is a directory, not {what}", hint)
    except FileNotFoundError:
        _refuse(
            file, "no-such-file", "There is no such configuration file", "Check the path given with --config."
        )
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        what = "file of variables" if _holds_variables(file) else "configuration file"
        _refuse(file, "unreadable", f"The {what} cannot be read: {reason}", "Correct its permissions.")
    if len(content) > LARGEST_FILE:
        _refuse(
            file, "too-large", f"The configuration file is larger than {LARGEST_FILE // 1024**2} MiB", None
        )
    return content


def _holds_variables(file: Path) -> bool:
    return file.name.startswith((".env", ".dev.vars"))


def _decode(file: Path, content: bytes) -> str:
    content = content.removeprefix(b"\xef\xbb\xbf")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        _refuse(
            file, "not-utf-8", "The file is UTF-16, as some editors on Windows write it", "Save it as UTF-8."
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        readable = content[: error.start].decode("utf-8")
        line, column = readable.count("\n") + 1, len(readable) - (readable.rfind("\n") + 1) + 1
        message = f"The file is not UTF-8: byte 0x{content[error.start]:02x} cannot be read here"
        problem = Problem("error", "not-utf-8", message, Place(file, line, column), "Save the file as UTF-8.")
        raise ConfigurationError([problem]) from error


def _refuse(file: Path, code: str, message: str, hint: str | None) -> NoReturn:
    raise ConfigurationError([Problem("error", code, message, Place(file, 1, 1), hint)])
