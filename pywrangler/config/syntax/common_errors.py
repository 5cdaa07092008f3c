"""Mistakes of syntax that JSON and TOML have in common: a file in another language, marks of a merge, quotes
and words that a value cannot be written with.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pywrangler.config.problems.records import Edit, Problem
from pywrangler.config.syntax.document import SourceText, Span, Syntax, quoted_text

CURLY_QUOTES = "“”„‟‘’«»"
_CURLY_TEXT = re.compile(rf"[{CURLY_QUOTES}]([^{CURLY_QUOTES}\"\n]*)[{CURLY_QUOTES}]")
_MERGE_MARK = re.compile(r"^(<{7}|={7}|>{7})(?= |\r?$)[^\n]*", re.MULTILINE)
_MARKUP = re.compile(r"\s*<[!?A-Za-z][^>\n]*>?")
# A comment is taken whole or not at all (`*+`). Else there are two ways to read each further mark in it, and
# a banner of forty marks takes days.
_TOML_LINE = re.compile(r'(?:\s|//[^\n]*+|#[^\n]*+)*+(?:\[\[?[\w.-]+\]\]?|[\w-]+\s*=\s*["\[{\w])')
_YAML_LINE = re.compile(r"(?:\s|#[^\n]*+)*+(?:---|[\w-]+\s*:(?=\s))")
_TOML_ENTRY = re.compile(r"^[ \t]*[\w.-]+[ \t]*=", re.MULTILINE)
_JSON_START = re.compile(r"(?:\s|//[^\n]*+|#[^\n]*+)*+\{(?=\s*+(?://[^\n]*+\s*+)*+[\"'}\w])")
_LITERALS = {"true": "true", "false": "false", "yes": "true", "no": "false", "on": "true", "off": "false"}
_EXPRESSION = re.compile(r"\$|process\.env|import\.meta|os\.environ|env\.[A-Z]")
_DOCKERFILE = re.compile(r"(?:\s|#[^\n]*+)*+FROM[ \t]+\S+")
_TEMPLATE = re.compile(r"\{\{[-#/]?\s*[\w.]+\s*-?\}\}|<%[^%\n]*%>")
_NOT_FINITE = ("nan", "inf", "infinity")
_NULLS = ("null", "none", "nil", "undefined")


class Mistake(NamedTuple):
    """A mistake in the text: a message, its place, and a hint."""

    message: str
    span: Span
    hint: str | None = None
    edits: tuple[Edit, ...] = ()

    def problem(self, source: SourceText) -> Problem:
        """The mistake as an error."""
        return Problem("error", "syntax", self.message, source.place(*self.span), self.hint, self.edits)


def whole_file_mistake(text: str, syntax: Syntax) -> Mistake | None:
    """Why the file as a whole cannot be read in that syntax."""
    if match := _MERGE_MARK.search(text):
        message = "This line is left over from a Git merge"
        return Mistake(message, match.span(), "Keep one of the two sides, and remove the lines around them.")
    if match := _TEMPLATE.search(text):
        return Mistake("A placeholder of a template was not filled in", match.span(), "Write the value.")
    if match := _DOCKERFILE.match(text):
        return Mistake("This is a Dockerfile, not a configuration", _last_line(match))
    if match := _MARKUP.match(text):
        start = match.end() - len(match.group().lstrip())
        return Mistake("This is HTML or XML, not a configuration", (start, match.end()))
    if syntax == "toml":
        if match := _JSON_START.match(text):
            hint = 'Name the file wrangler.jsonc, or write TOML, such as: name = "my-worker"'
            return Mistake(
                "This is JSON, but the file's name says TOML", (match.end() - 1, match.end()), hint
            )
    elif match := _TOML_LINE.match(text):
        return Mistake(
            "This is TOML, but the file's name says JSON", _last_line(match), "Name the file wrangler.toml."
        )
    if (match := _YAML_LINE.match(text)) and not _TOML_ENTRY.search(text):
        example = 'name = "my-worker"' if syntax == "toml" else '{ "name": "my-worker" }'
        return Mistake(
            "This is YAML; a configuration is JSON or TOML", _last_line(match), f"Write: {example}"
        )
    return None


def _last_line(match: re.Match[str]) -> Span:
    """Where the last line of the match begins, and where the match ends."""
    return match.end() - len(match.group().lstrip().rpartition("\n")[2].lstrip()), match.end()


def value_mistake(text: str, span: Span, syntax: Syntax) -> Mistake | None:
    """Why the characters of `span` are not a value."""
    word = text[slice(*span)]
    if mistake := curly_mistake(text, span[0], syntax):
        return mistake
    if word.startswith("`") and word.endswith("`") and len(word) > 1:
        straight = quoted_text(word[1:-1])
        return Mistake("A string is in backticks", span, f"Write {straight}.", (Edit(*span, straight),))
    if _EXPRESSION.match(word):
        hint = "Write the string itself, in quotes."
        return Mistake("Variables are not expanded in a configuration", span, hint)
    if set(word) <= {".", "…"}:
        return Mistake("Dots are in place of omitted text", span, "Write the text, or remove the dots.")
    if word.lstrip("+-").lower() in _NOT_FINITE:
        return None
    if literal := _LITERALS.get(word.lower()):
        message = f"{word} is not a value; {syntax.upper().removesuffix('C')} writes {literal}"
        return Mistake(message, span, f"Write {literal}.", (Edit(*span, literal),))
    if word.lower() in _NULLS:
        message = f"{word} is not a value"
        return Mistake(message, span, "Remove the line: a missing field is not set.")
    if re.fullmatch(r"[^\"'\n,{}\[\]]*[A-Za-z./$][^\"'\n,{}\[\]]*", word):
        quoted = quoted_text(word)
        return Mistake("A string has no quotes", span, f"Write {quoted}.", (Edit(*span, quoted),))
    if syntax == "jsonc" and re.fullmatch(r"\d[\d_]*\d", word) and not word.startswith("0"):
        plain = word.replace("_", "")
        return Mistake(f"{word} is not a number", span, f"Write {plain}.", (Edit(*span, plain),))
    if re.fullmatch(r"[\w.:%+-]*\d[\w.:%+-]*", word):
        written = re.sub(r"(?<=-)(\d)(?!\d)", r"0\1", word)  # 2026-1-9
        wanted = "neither a number nor a date" if syntax == "toml" else "not a number"
        return Mistake(f"{word} is {wanted}", span, f'Put it in quotes: "{written}".')
    return None


def curly_mistake(text: str, at: int, syntax: Syntax) -> Mistake | None:
    """Reports typographic quotes at this offset."""
    if text[at : at + 1] not in tuple(CURLY_QUOTES):
        return None
    message = f"{text[at]} is a typographic quote, not a quote of {syntax.upper().removesuffix('C')}"
    if match := _CURLY_TEXT.match(text, at):
        straight = f'"{match[1]}"'
        return Mistake(message, match.span(), f"Write {straight}.", (Edit(*match.span(), straight),))
    return Mistake(message, (at, at + 1), 'Write straight quotes: "..."')
