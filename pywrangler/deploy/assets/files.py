"""The static files of a Worker: which of a directory's files, under which paths, with which hashes.

Rules are those of Wrangler 4.164 (`buildAssetManifest`), with two exceptions. A link that leads out of the
directory, or round to a directory above it, is refused: the directory shows what is published. Files that
usually hold secrets are left out, unless a line `!name` of the ignore file lets them in.
"""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pywrangler.asset_rules import HEADERS_FILE, REDIRECTS_FILE
from pywrangler.config.advice.paths import is_directory
from pywrangler.config.checks.asset_files import rule_problems
from pywrangler.config.checks.assets import IGNORE_FILE
from pywrangler.config.records import Assets
from pywrangler.dataclass import dataclass
from pywrangler.errors import BuildError
from pywrangler.wording import count, readable_bytes

RULE_FILES = (REDIRECTS_FILE, HEADERS_FILE)
"""Files that say how the others are served; they are sent to the API and not served."""
PAGES_CODE = "_worker.js"
PRIVATE_NAMES = (
    *(".dev.vars*", ".env*", ".git", ".ssh", ".wrangler", ".npmrc", ".netrc"),
    *("wrangler.json", "wrangler.jsonc", "wrangler.toml"),
    *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"),
)
"""Patterns of files and directories that usually hold secrets, or say how the project is deployed.

A link to such a file counts as one, whatever its name is, and so does a file with a private key.
"""
PRIVATE_KEY = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----\r?\n")
KEY_BYTES = 64 * 1024
"""A private key begins within this many bytes of its file, if it is one: certificates may come first."""
SHOWN_WITHHELD = 5
LARGEST_FILE = 25 * 1024 * 1024
HASH_LENGTH = 32
CODE = "assets"


@dataclass(frozen=True)
class Asset:
    """One file that is served. `hash` changes with its content and with its extension."""

    file: Path
    hash: str
    size: int

    def is_content(self, content: bytes) -> bool:
        """Whether this is what the file had when it was looked at."""
        return hash_asset(content, _extension(self.file.name)) == self.hash


@dataclass(frozen=True)
class AssetDirectory:
    """The files of a directory, by the path that each is served at, and its files of rules by their names."""

    files: Mapping[str, Asset]
    rules: Mapping[str, str]
    withheld: tuple[str, ...] = ()
    """Paths of files and directories that are left out because they are private, in order."""

    @property
    def manifest(self) -> dict[str, dict[str, Any]]:
        """The files in the form of the API."""
        return {path: {"hash": asset.hash, "size": asset.size} for path, asset in self.files.items()}

    def describe_withheld(self) -> str:
        """The warning about what is left out because of its name."""
        shown = ", ".join(f"`{path}`" for path in self.withheld[:SHOWN_WITHHELD])
        more = len(self.withheld) - SHOWN_WITHHELD
        rest = f" and {more} more" if more > 0 else ""
        return (
            f"Static assets omit {shown}{rest}, which usually hold secrets. Move them out of the directory. "
            f"To publish one, add the line `!/PATH` to {IGNORE_FILE}."
        )

    def describe(self) -> str:
        """The number of files and their total size, in words."""
        size = sum(asset.size for asset in self.files.values())
        return f"{count(len(self.files), 'file')}, {readable_bytes(size)}"


def collect_assets(assets: Assets) -> AssetDirectory:
    """The files that are served. Raises `BuildError`."""
    directory = assets.directory
    if not is_directory(directory):
        raise BuildError(
            f"There is no directory {directory} of static assets.",
            hint="Correct `assets.directory`, or what creates the directory, such as `build.command`.",
            code=CODE,
        )
    try:
        collected = _collect(directory)
        _check_rules(assets, collected.rules)
        return collected
    except OSError as error:
        raise BuildError(
            f"The static file {error.filename} cannot be read: {error.strerror}.",
            hint=f"Make it readable, or exclude it with a line in {directory / IGNORE_FILE}.",
            code=CODE,
        ) from error


def _collect(directory: Path) -> AssetDirectory:
    patterns = _read_text(directory / IGNORE_FILE)
    rule = _IgnoreRule(patterns or "", directory / IGNORE_FILE)
    root = Path(os.path.realpath(directory))
    files = {}
    for name in sorted(_walk(directory, rule.leaves_out)):
        _refuse_unnamable(name)
        if patterns is None:
            _refuse_code(name, directory)
        file = directory / name
        _refuse_dangling(file, directory)
        _refuse_foreign(file, root, directory)
        status = file.stat()
        if stat.S_ISREG(status.st_mode) and not rule.withholds(name, file, root):
            files[f"/{name}"] = _asset(file, status.st_size)
    rules = {name: text for name in RULE_FILES if (text := _read_text(directory / name)) is not None}
    return AssetDirectory(files, rules, tuple(sorted(rule.withheld)))


def hash_asset(content: bytes, extension: str) -> str:
    """The hash that names a file's content, in hexadecimal. `extension` is without its dot."""
    from blake3 import blake3

    return blake3(base64.b64encode(content) + extension.encode()).hexdigest()[:HASH_LENGTH]


def _check_rules(assets: Assets, rules: Mapping[str, str]) -> None:
    """Refuse lines that Cloudflare refuses, once the build has made the files; before, `config` did."""
    problems = rule_problems(assets.directory, dict(rules), assets.serving.get("html_handling"))
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        lines = "\n".join(f"{problem.place}: {problem.message}" for problem in errors)
        raise BuildError(
            "The rules of the static assets have mistakes.", hint=errors[0].hint, detail=lines, code=CODE
        )


def _asset(file: Path, size: int) -> Asset:
    if size > LARGEST_FILE:
        raise BuildError(
            f"The static file {file} has {size / 1024**2:.1f} MiB;"
            f" at most {LARGEST_FILE // 1024**2} MiB are allowed.",
            hint=f"Serve it from elsewhere, such as R2, and exclude it with a line in {IGNORE_FILE}.",
            code=CODE,
        )
    content = file.read_bytes()
    return Asset(file, hash_asset(content, _extension(file.name)), len(content))


def _extension(name: str) -> str:
    """What follows the last dot, if something is before it."""
    stem, _, extension = name.rpartition(".")
    return extension if stem else ""


def _walk(directory: Path, is_ignored: Callable[[str], bool]) -> Iterator[str]:
    """Paths of the files below the directory that are not left out; what is in a directory that is left out
    is so, too. Directories behind links count, each once; a link round to a directory above itself is an
    error.
    """
    seen: set[str] = set()
    for current, directories, names in os.walk(directory, onerror=_fail, followlinks=True):
        real = os.path.realpath(current)
        if real in seen:
            directories.clear()
            continue
        seen.add(real)
        here = Path(current).relative_to(directory)
        for name in directories:
            _refuse_loop(Path(current, name), directory)
        directories[:] = [name for name in directories if not is_ignored(f"{(here / name).as_posix()}/")]
        paths = ((here / name).as_posix() for name in names)
        yield from (path for path in paths if not is_ignored(path))


def _fail(error: OSError) -> None:
    raise error


class _IgnoreRule:
    """Decides whether a path is left out. Case does not matter, as with the npm package `ignore`."""

    def __init__(self, patterns: str, file: Path) -> None:
        from pywrangler.deploy.assets.ignore_lines import ignore_spec

        own = [f"/{name}" for name in (IGNORE_FILE, *RULE_FILES)]
        try:
            self._spec = ignore_spec([*own, *patterns.lower().splitlines()])
        except ValueError as error:
            hint = "Its lines are patterns as in .gitignore."
            raise BuildError(
                f"{file} has a line that cannot be read: {error}.", hint=hint, code=CODE
            ) from error
        self._private = ignore_spec(PRIVATE_NAMES)
        self.withheld: set[str] = set()
        """What was left out because of its name alone."""

    def leaves_out(self, path: str) -> bool:
        """Whether this file, or this directory with a slash at its end, is left out."""
        name = path.lower()
        chosen = self._spec.check_file(name).include
        if chosen is not None:
            return chosen
        if self._private.match_file(name):
            self.withheld.add(path)
            return True
        return False

    def withholds(self, path: str, file: Path, root: Path) -> bool:
        """Whether a file with a harmless path is a private one behind a link, or holds a private key."""
        if self._spec.check_file(path.lower()).include is False:
            return False  # a line `!path` asks for it
        target = os.path.relpath(os.path.realpath(file), root).lower()
        is_link = target != path.lower()
        if (is_link and self._private.match_file(target)) or _holds_key(file):
            self.withheld.add(path)
            return True
        return False


def _holds_key(file: Path) -> bool:
    with file.open("rb") as opened:
        return PRIVATE_KEY.search(opened.read(KEY_BYTES)) is not None


def _read_text(file: Path) -> str | None:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise BuildError(f"{file} is not UTF-8.", hint="Save it as UTF-8.", code=CODE) from error
    if "\0" in text:
        raise BuildError(f"{file} contains a NUL character.", hint="Save it as plain text.", code=CODE)
    return text


def _refuse_unnamable(name: str) -> None:
    """A name that is not UTF-8 cannot be part of an address."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(name).decode(errors="replace")
        hint = "Rename the file."
        raise BuildError(
            f"The static file {shown} has a name that is not UTF-8.", hint=hint, code=CODE
        ) from error


def _refuse_code(name: str, directory: Path) -> None:
    """A Pages project's code would be published by mistake; a user who wants it has an ignore file."""
    if name.startswith(PAGES_CODE):
        raise BuildError(
            f"{directory / name} is code of a Pages project, and would be public as a static file.",
            hint=f"Add {directory / IGNORE_FILE} with the line {PAGES_CODE}, or an empty one to publish it.",
            code=CODE,
        )


def _refuse_loop(inner: Path, directory: Path) -> None:
    """A link to a directory above itself has no end: Wrangler stops at it (ELOOP)."""
    if not inner.is_symlink():
        return
    real = Path(os.path.realpath(inner))
    if Path(os.path.realpath(inner.parent)).is_relative_to(real):
        raise BuildError(
            f"The directory {inner} of static assets is a link to {real}, which contains it.",
            hint=f"Remove the link. A line in {directory / IGNORE_FILE} does not help here.",
            code=CODE,
        )


def _refuse_dangling(file: Path, directory: Path) -> None:
    if not file.is_symlink() or file.exists():
        return
    raise BuildError(
        f"The static file {file} is a link to {file.readlink()}, which does not exist.",
        hint=f"Remove the link, or exclude it with a line in {directory / IGNORE_FILE}.",
        code=CODE,
    )


def _refuse_foreign(file: Path, root: Path, directory: Path) -> None:
    real = Path(os.path.realpath(file))
    if real.is_relative_to(root):
        return
    raise BuildError(
        f"The static file {file} is behind a link out of the directory, to {real}.",
        hint=f"Copy the file into the directory, or exclude it with a line in {directory / IGNORE_FILE}.",
        code=CODE,
    )
