"""The pattern language of `.dockerignore`, by BuildKit's rules. Pure.

The rules are those of moby/patternmatcher 0.6. A pattern is cleaned like a path. A name without a special
character matches itself, `**` matches any number of directories, and everything else becomes a regular
expression of Go. A path inherits the matches of its directory. A pattern that Python's expressions could read
differently from Go's raises `UnclearError`.
"""

from __future__ import annotations

import posixpath
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache

from pywrangler.dataclass import dataclass
from pywrangler.path_steps import ANYTHING, DIRECTORIES, NAME, path_matcher

SPACES = "".join(chr(code) for code in range(0x3001) if chr(code).isspace() and code not in range(0x1C, 0x20))
"""The characters that Go trims; Python's `strip()` would also take the separators 0x1c to 0x1f."""
ESCAPED = frozenset(".+()|{}$")
"""Characters that are special in an expression and plain in a pattern."""
SPECIAL = frozenset("*[]?^\\")
PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ")
"""Characters that mean themselves after a backslash, in Go's expressions and in Python's."""


class UnclearError(Exception):
    """A file contains something that cannot be read with certainty; the text names it."""


def read_ignore_file(content: bytes) -> list[str]:
    """The patterns of an ignore file, cleaned. Raises UnclearError."""
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        raise UnclearError("an ignore file that is not UTF-8") from error
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [_clean_line(line) for line in lines if line.strip(SPACES) and not line.startswith("#")]


def _clean_line(line: str) -> str:
    text = line.strip(SPACES)
    inverted = text.startswith("!")
    text = text[1:].strip(SPACES) if inverted else text
    if text:
        text = clean_path(text)
        text = text[1:] if len(text) > 1 and text.startswith("/") else text
    return f"!{text}" if inverted else text


def clean_path(path: str) -> str:
    """The shortest name of the same path, as Go's `filepath.Clean` has it."""
    return posixpath.normpath(re.sub("^/+", "/", path))


@dataclass(frozen=True)
class Pattern:
    """One pattern: `text` is without the `!` of an exception."""

    text: str
    is_exception: bool = False

    @cached_property
    def matches(self) -> Callable[[str], bool]:
        """Whether a path (relative, with `/`) matches. Raises UnclearError."""
        return _compile(self.text)

    @property
    def directory(self) -> str:
        """The path at the beginning of the pattern, up to a `/`, without special characters."""
        return f"{self._without_glob}/"

    @property
    def is_plain(self) -> bool:
        """Whether it has no special characters, except a `*` or `**` at the end."""
        return SPECIAL.isdisjoint(self._without_glob)

    @property
    def _without_glob(self) -> str:
        return self.text.removesuffix("/**").removesuffix("/*")


def parse_patterns(lines: Iterable[str]) -> list[Pattern]:
    """Compiled patterns. Raises UnclearError."""
    patterns = []
    for line in lines:
        cleaned = clean_path(line.strip(SPACES))
        pattern = Pattern(cleaned.removeprefix("!"), cleaned.startswith("!"))
        if not pattern.text:
            raise UnclearError("the pattern `!`, which excepts nothing")
        assert callable(pattern.matches)  # noqa: S101 - compiled now, so that errors become known
        patterns.append(pattern)
    return patterns


@dataclass(frozen=True)
class Matcher:
    """Decides about the paths of a tree, from its root down."""

    patterns: Sequence[Pattern]

    def match(self, path: str, parent: Sequence[bool]) -> tuple[bool, list[bool]]:
        """Whether `path` is ignored, and which patterns it matched, which is `parent` for what is below it.

        `parent` is empty for paths at the root. A pattern that could not change the result is not checked,
        and also counts as not matched below, as in BuildKit.
        """
        ignored = False
        matched = [False] * len(self.patterns)
        for index, pattern in enumerate(self.patterns):
            hit = bool(parent) and parent[index]
            if not hit:
                if pattern.is_exception != ignored:
                    continue
                hit = pattern.matches(path)
            matched[index] = hit
            if hit:
                ignored = not pattern.is_exception
        return ignored, matched

    def may_have_exceptions_below(self, directory: str) -> bool:
        """Whether a path in an ignored directory may be included again."""
        exceptions = [pattern for pattern in self.patterns if pattern.is_exception]
        return any(not each.is_plain or each.directory.startswith(f"{directory}/") for each in exceptions)


@lru_cache(1000)
def _compile(text: str) -> Callable[[str], bool]:
    """The matcher of one pattern. It only compares if the pattern has no special characters."""
    kind, expression = translate(text)
    if kind == "exact":
        return lambda path: path == text
    if kind == "prefix":
        return lambda path: path.startswith(text[:-2])
    if kind == "suffix":
        end = text[2:]
        return lambda path: path.endswith(end) or (end.startswith("/") and path == end[1:])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of sets within sets, which Go reads differently
            return path_matcher(expression)
    except (re.error, Warning) as error:
        raise UnclearError(f"the pattern `{text}`") from error


def translate(text: str) -> tuple[str, str]:
    """How to compare with a pattern, and the expression for the kind `regexp`."""
    if "\0" in text or "\ufeff" in text:
        raise UnclearError(f"the pattern {text!r}")
    kind, expression, position, round_ = "exact", "", 0, 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "*" and text[position : position + 1] == "*":
            position += 1
            position += text[position : position + 1] == "/"
            if position == len(text):
                kind, expression = ("prefix" if kind == "exact" else "regexp"), f"{expression}{ANYTHING}"
            else:
                kind, expression = "regexp", f"{expression}{DIRECTORIES}"
            kind = "suffix" if round_ == 0 else kind
        elif character == "*":
            kind, expression = "regexp", f"{expression}{NAME}"
        elif character == "?":
            kind, expression = "regexp", f"{expression}[^/]"
        elif character == "\\":
            following = text[position : position + 1]
            position += 1
            if following and following not in PUNCTUATION:
                raise UnclearError(f"the pattern `{text}`")
            kind, expression = ("regexp" if following else kind), f"{expression}\\{following}"
        else:
            kind = "regexp" if character in "[]" else kind
            expression += f"\\{character}" if character in ESCAPED else character
        round_ += 1
    return kind, expression
