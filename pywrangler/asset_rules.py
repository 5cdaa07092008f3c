"""The files `_headers` and `_redirects` of static assets: what they say, and what is wrong with them.

Syntax and limits are those of Cloudflare's `workers-shared` (November 2026). Cloudflare refuses a deploy with
a line that is wrong; where such a file is served all the same, the line is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, NamedTuple
from urllib.parse import quote

from pywrangler.dataclass import dataclass

HEADERS_FILE = "_headers"
REDIRECTS_FILE = "_redirects"
MAX_LINE_LENGTH = 2000
MAX_HEADER_RULES = 100
MAX_STATIC_REDIRECTS = 2000
MAX_DYNAMIC_REDIRECTS = 100
STATUSES = (200, 301, 302, 303, 307, 308)
UNSET = "! "

_SPACES = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What JavaScript takes for blanks, a byte order mark among them."""
_ABSOLUTE = re.compile(r"https:///*(?P<host>[^/]+)/?(?P<path>.*)")
_PLACEHOLDER = re.compile(r"\*|:[A-Za-z]\w*")
_TO_INDEX = re.compile(r".*/index(?:.html)?")
_KEPT = "%/:@!$&'()*+,;=-._~[]|\\"
"""What stays as it is in a path, beside letters and digits (URL Standard)."""


class Complaint(NamedTuple):
    """A mistake in a line; lines count from 1."""

    line: int
    text: str
    is_error: bool = True
    """Whether Cloudflare refuses it; else the line only has no effect."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}"


class _WrongError(Exception):
    """A line that is left out; says why."""

    is_error = True


class _UselessError(_WrongError):
    """A line that has no effect."""

    is_error = False


def complaints_about(files: Mapping[str, str], html_handling: str | None) -> Iterator[tuple[str, Complaint]]:
    """The mistakes in these files of rules, with the file's name."""
    if text := files.get(HEADERS_FILE):
        yield from ((HEADERS_FILE, complaint) for complaint in parse_headers(text)[1])
    if text := files.get(REDIRECTS_FILE):
        yield from ((REDIRECTS_FILE, complaint) for complaint in parse_redirects(text, html_handling)[1])


def parse_headers(text: str) -> tuple[dict[str, Any], list[Complaint]]:
    """Headers to set and to remove by path, and what is wrong with lines of the file."""
    reader = _Headers()
    complaints = []
    for number, line in _lines(text):
        try:
            reader.read(line, number)
        except _WrongError as error:
            complaints.append(Complaint(number, str(error)))
    rules = [(path, _without_empty(rule), line) for path, rule, line in reader.rules]
    complaints += [Complaint(line, f"`{path}` has no headers") for path, rule, line in rules if not rule]
    return {path: rule for path, rule, _ in rules if rule}, sorted(complaints)


def parse_redirects(text: str, html_handling: str | None) -> tuple[dict[str, Any], list[Complaint]]:
    """Redirects of single paths (`staticRules`) and of patterns (`rules`), and what is wrong with lines."""
    reader = _Redirects(strips_html=html_handling != "none")
    complaints = []
    for number, line in _lines(text):
        try:
            reader.read(line, number)
        except _WrongError as error:
            complaints.append(Complaint(number, str(error), error.is_error))
    rules = {"staticRules": reader.static, "rules": reader.dynamic}
    return rules if reader.static or reader.dynamic else {}, complaints


@dataclass
class _Headers:
    """Reads `_headers`: a path, and below it the headers for what is found there."""

    rules: list[tuple[str, dict[str, Any], int]] = field(default_factory=list)
    """Path, headers and line."""
    _rule: dict[str, Any] | None = None
    _is_skipping: bool = False

    def read(self, line: str, number: int) -> None:
        _check_length(line)
        if re.match(r"\S+://|/", line):
            self._rule, self._is_skipping = None, True
            if len(self.rules) >= MAX_HEADER_RULES:
                raise _WrongError(f"there are more than {MAX_HEADER_RULES} paths")
            path = _headers_path(line)
            self._rule = {"set": {}, "unset": []}
            self.rules.append((path, self._rule, number))
        elif self._rule is not None:
            self._read_header(line, self._rule)
        elif not self._is_skipping:
            raise _WrongError("a path that begins with `/` must stand above it")

    def _read_header(self, line: str, rule: dict[str, Any]) -> None:
        name, colon, value = (part.strip(_SPACES) for part in line.partition(":"))
        if not colon and line.startswith(UNSET):
            rule["unset"].append(line.removeprefix(UNSET))
            return
        if not name or not value or " " in name:
            raise _WrongError("it is not of the form `NAME: VALUE`")
        had = rule["set"].get(name.lower())
        rule["set"][name.lower()] = f"{had}, {value}" if had else value


@dataclass
class _Redirects:
    """Reads `_redirects`: FROM TO [STATUS] on each line."""

    strips_html: bool
    static: dict[str, dict[str, Any]] = field(default_factory=dict)
    dynamic: dict[str, dict[str, Any]] = field(default_factory=dict)

    def read(self, line: str, number: int) -> None:
        _check_length(line)
        words = re.split(f"[{_SPACES}]+", re.sub(f"[{_SPACES}]+#.*$", "", line))
        if len(words) not in (2, 3):
            raise _WrongError("it is not of the form `FROM TO [STATUS]`")
        source, target = _relative(words[0]), _target(words[1])
        status = _status(words[2]) if len(words) == 3 else 302
        self._check(source, target, status)
        # Once a pattern has come, everything after it is tried in the order of the file.
        if not self.dynamic and not _PLACEHOLDER.search(source):
            if len(self.static) >= MAX_STATIC_REDIRECTS:
                raise _WrongError(f"there are more than {MAX_STATIC_REDIRECTS} redirects of single paths")
            self.static[source] = {"status": status, "to": target, "lineNumber": number}
            return
        if len(self.dynamic) >= MAX_DYNAMIC_REDIRECTS:
            raise _WrongError(f"there are more than {MAX_DYNAMIC_REDIRECTS} redirects of patterns")
        self.dynamic[source] = {"status": status, "to": target}

    def _check(self, source: str, target: str, status: int) -> None:
        is_here = not _ABSOLUTE.match(target)
        strips = self.strips_html or source.endswith("/*")
        if is_here and source.endswith(("/", "/*")) and strips and _TO_INDEX.fullmatch(target):
            raise _WrongError("it redirects for ever: `/index.html` is served as `/`")
        if source in self.static or source in self.dynamic:
            raise _UselessError(f"`{source}` is listed twice, and the first one counts")
        if status == 200 and not is_here:
            raise _WrongError("with the status 200 `TO` must be a path")


def _status(word: str) -> int:
    """The status of a redirect: a number as JavaScript reads it, such as `0301` or `301.0`."""
    number = float(word) if re.fullmatch(r"[+-]?[0-9]+\.?[0-9]*([eE][0-9]{1,2})?", word) else 0.0
    if re.fullmatch(r"0[xX][0-9a-fA-F]{1,9}|0[oO][0-7]{1,9}|0[bB][01]{1,32}", word):
        number = int(word, 0)
    if number not in STATUSES:
        raise _WrongError(f"the status is `{word}`, and must be one of {', '.join(map(str, STATUSES))}")
    return int(number)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers, without empty ones and comments."""
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip(_SPACES)
        if stripped and not stripped.startswith("#"):
            yield number, stripped


def _check_length(line: str) -> None:
    if len(line) > MAX_LINE_LENGTH:
        raise _WrongError(f"it is longer than {MAX_LINE_LENGTH} characters")


def _headers_path(line: str) -> str:
    if found := _ABSOLUTE.fullmatch(line):
        if re.fullmatch(r".*:\d+", found["host"]):
            raise _WrongError("an address cannot have a port here")
        path = f"https://{found['host']}{_normal(found['path'])}"
    else:
        path = _local(line)
    wildcards = path.count("*")
    if wildcards > 1 or (wildcards and re.search(r":splat(?!\w)", path)):
        raise _WrongError("a path can have one `*`, and none together with `:splat`")
    return path


def _relative(token: str) -> str:
    if _ABSOLUTE.match(token):
        raise _WrongError("`FROM` must be a path")
    return _normal(token)


def _target(token: str) -> str:
    if found := _ABSOLUTE.fullmatch(token):
        return f"https://{found['host']}{_normal(found['path'], keeps_query=True)}"
    return _local(token, keeps_query=True)


def _local(token: str, *, keeps_query: bool = False) -> str:
    if not token.startswith("/"):
        raise _WrongError("an address begins with `/` or `https://`")
    return _normal(token, keeps_query=keeps_query)


def _normal(path: str, *, keeps_query: bool = False) -> str:
    """The path as a URL has it; with what follows `?` and `#`, or without."""
    rest = re.match(r"[^?#]*", path)
    own = rest[0] if rest else ""
    segments: list[str] = []
    *before, last = own.removeprefix("/").split("/")
    for segment in before:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    if last == "..":
        del segments[-1:]
    normal = quote("/".join(["", *segments, "" if last in (".", "..") else last]), safe=_KEPT)
    return normal + (path[len(own) :] if keeps_query else "")


def _without_empty(rule: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if value}
