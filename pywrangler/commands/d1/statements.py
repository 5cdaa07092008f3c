"""Takes a text of SQL apart into statements, where Wrangler (4.164) does. Pure.

The rules are those of SQLite's `sqlite3_complete()`: a semicolon ends a statement, except within quotes,
comments and the body of a trigger, which `;`, `END` and `;` end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from pywrangler.dataclass import dataclass
from pywrangler.errors import UsageError

State = Literal["begin", "normal", "explain", "create", "trigger", "semicolon", "end", "complete"]
WHITE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What JavaScript's `trim` removes."""
TOKEN = re.compile(
    r"""(?P<semicolon>;)
    | (?P<space>[ \r\t\n\f]+ | /\*.*?\*/ | --[^\n]*\n)
    | (?P<open_comment>/\* | --)
    | (?P<quoted>\[[^\]]*\] | '[^']*' | "[^"]*" | `[^`]*`)
    | (?P<open_quote>[\['"`])
    | (?P<word>[A-Za-z0-9_$\x80-\U0010ffff]+)
    | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
WORDS = ("explain", "create", "temp", "trigger", "end")
NEXT: dict[State, dict[str, State]] = {
    "begin": {"space": "begin", "semicolon": "complete", "explain": "explain", "create": "create"},
    "normal": {"semicolon": "complete"},
    "explain": {
        "semicolon": "complete", "space": "explain", "other": "explain", "temp": "normal",
        "explain": "normal", "create": "create", "trigger": "normal", "end": "normal",
    },
    "create": {"semicolon": "complete", "space": "create", "temp": "create", "trigger": "trigger"},
    "trigger": {"semicolon": "semicolon"},
    "semicolon": {"semicolon": "semicolon", "space": "semicolon", "end": "end"},
    "end": {"semicolon": "complete", "space": "end"},
}  # fmt: skip
OTHERWISE: dict[State, State] = {
    "begin": "normal",
    "normal": "normal",
    "explain": "explain",
    "create": "normal",
    "trigger": "trigger",
    "semicolon": "trigger",
    "end": "trigger",
}
"""Where a token leads that `NEXT` does not name."""
QUOTED_OR_BREAK = re.compile(
    r"""(?P<quoted>'(?:[^']|'')*'? | "(?:[^"]|"")*"? | `(?:[^`]|``)*`? | \[(?:[^\]]|\]\])*\]?)
    | (?P<comment>--[^\n]*\n? | /\*.*?(?:\*/|\Z))
    | \r\n""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Statement:
    """One statement, and where it begins in its text: `line` and `column` count from 1."""

    sql: str
    line: int = 1
    column: int = 1


def split_statements(text: str) -> list[Statement]:
    """The statements of a text, without the semicolons between them; the text itself where there is only one.

    Raises `UsageError` for a text with several transactions.
    """
    text = without_transaction(text)
    semicolon = text.find(";")
    if semicolon in (-1, len(text.rstrip(WHITE)) - 1):
        return [Statement(text)]
    return [*_split(text)] or [Statement(text)]


def without_transaction(text: str) -> str:
    """The text without the one transaction that a dump of SQLite's is in: D1 has its own."""
    if "BEGIN TRANSACTION" not in text:
        return text
    plain = text.replace("BEGIN TRANSACTION;", "", 1).replace("COMMIT;", "", 1)
    if "BEGIN TRANSACTION" in plain:
        raise UsageError(
            "The SQL has several transactions, and D1 runs all of it in one.",
            hint="Remove the lines with `BEGIN TRANSACTION` and `COMMIT`.",
        )
    return plain


def with_unix_line_ends(text: str) -> str:
    """The text with `\\n` in place of `\\r\\n`, except within quotes."""

    def changed(found: re.Match[str]) -> str:
        return found[0] if found["quoted"] else found[0].replace("\r\n", "\n")

    return QUOTED_OR_BREAK.sub(changed, text)


def _placed(piece: str, text: str, start: int, line: int) -> Statement:
    """The statement in a piece of `text` that begins at `start`, in `line`."""
    first = start + len(piece) - len(piece.lstrip(WHITE))
    column = first - text.rfind("\n", 0, first)
    return Statement(piece.strip(WHITE), line + text.count("\n", start, first), column)


def _split(text: str) -> Iterator[Statement]:
    start, line = 0, 1
    while start < len(text):
        end, is_useful = _end_of_statement(text, start)
        piece = text[start:end] if end is None else text[start : end - 1]
        if is_useful and piece.strip(WHITE):
            yield _placed(piece, text, start, line)
        if end is None:
            return
        line += text.count("\n", start, end)
        start = end


def _end_of_statement(text: str, start: int) -> tuple[int | None, bool]:
    """Behind the semicolon that ends the statement, None if none does; whether it is more than blank."""
    state: State = "begin"
    is_useful = False
    for token in TOKEN.finditer(text, start):
        kind = token.lastgroup or "other"
        if kind == "open_comment":
            return None, is_useful
        if kind == "open_quote":
            return None, True
        if kind == "word":
            word = token[0].lower()
            kind = "temp" if word == "temporary" else word if word in WORDS else "other"
        elif kind == "quoted":
            kind = "other"
        is_useful = is_useful or kind not in ("semicolon", "space")
        state = NEXT[state].get(kind, OTHERWISE[state])
        if state == "complete":
            return token.end(), is_useful
    return None, is_useful
