"""Explains a mistake of syntax in JSON: the index says which mark or word does not fit, and this what was
probably meant. All offsets are those of the file, whose comments are blanks here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pywrangler.config.problems.records import Edit
from pywrangler.config.syntax.common_errors import Mistake, curly_mistake, value_mistake, whole_file_mistake

LONGEST_LINE = 2000
"""Characters; a longer line was not written by hand, and a guess about it would take long."""
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMA_MISSING = "A comma is missing here"
_COLON_MISSING = "A colon is missing here"
_CODE = re.compile(r"\s*(?:export\s+default|module\.exports|import|const|let|var)\b[^\n]*")
_NO_BRACES = re.compile(r'(\s*"[^"\n]*")\s*:')
_KEY = r'(?:"[^"\n]*"|\'[^\'\n]*\'|[\w$-]+)'
_ENTRY = re.compile(rf"(?:^|[{{,])\s*{_KEY}\s*:\s*([^\s\"'\[{{,}}\]][^\"'\[{{,}}\]\n]*)")
_ELEMENT = re.compile(r"(?:^|[\[,])\s*([^\s\"'\[{,}\]:][^\"'\[{,}\]:\n]*)(?=\s*(?:,|\]|$))")
_PLAIN = re.compile(r"(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*")


def explain(bare: str, at: int, behind: int, message: str, hint: str | None) -> Mistake:
    """The mistake at `at`, where the text fits nothing; `behind` is the end of what fits."""
    found = explain_file(bare) or next(_candidates(bare, at), None)
    if found:
        return found
    if message == _COMMA_MISSING:
        return Mistake(message, (behind - 1, behind), "Add it.", (Edit(behind, behind, ","),))
    if message == _COLON_MISSING:
        return Mistake(message, (behind - 1, behind), "Add it.", (Edit(behind, behind, ":"),))
    return Mistake(message, (at, at + 1), hint)


def explain_file(bare: str) -> Mistake | None:
    """Why the file as a whole is not JSON."""
    if match := _CODE.match(bare):
        start = match.end() - len(match.group().lstrip())
        hint = 'Write JSON: { "name": "my-worker", ... }'
        return Mistake("This is JavaScript; a configuration is JSON or TOML", (start, match.end()), hint)
    if match := _NO_BRACES.match(bare):
        start, end = match.end(1) - len(match[1].lstrip()), len(bare.rstrip())
        edits = (Edit(start, start, "{ "), Edit(end, end, " }"))
        hint = "Write { in front of it and } at the end of the file."
        return Mistake("The braces around the configuration are missing", (start, match.end(1)), hint, edits)
    return whole_file_mistake(bare, "jsonc")


def explain_value(bare: str, at: int) -> Mistake | None:
    """Why the characters at `at` are not a value, in a file whose structure is sound."""
    if bare[at : at + 1] == "\\":
        message = f"{bare[at : at + 2]} is not a valid escape in a string"
        return Mistake(message, (at, at + 2), "Write two backslashes.")
    return next(_candidates(bare, at), None)


def _candidates(bare: str, at: int) -> Iterator[Mistake]:
    """The possible mistakes, the likeliest first."""
    start = bare.rfind("\n", 0, at) + 1
    end = bare.find("\n", at)
    lines = [(start, bare[start : end if end >= 0 else len(bare)])]
    if start and not bare[start:at].strip():  # the cause may be the line before
        previous = bare.rfind("\n", 0, start - 1) + 1
        lines.insert(0, (previous, bare[previous : start - 1]))
    for line_start, line in lines:
        yield from _about_line(bare, line_start, line)


def _about_line(bare: str, start: int, line: str) -> Iterator[Mistake]:
    if len(line) > LONGEST_LINE:
        return
    without_texts = _TEXT.sub(_blank_text, line)
    if comment := re.search(r"(?:^|(?<=[\s,\[{}\]]))#", without_texts):
        span = (start + comment.start(), start + comment.end())
        message = "Comments in JSON do not begin with #"
        yield Mistake(message, span, "Write //", (Edit(*span, "//"),))
    if comment := re.match(r"\s*(<!--|--|;|%)", without_texts):
        span = (start + comment.start(1), start + comment.end(1))
        yield Mistake(f"{comment[1]} does not begin a comment", span, "A comment begins with //")
    elif semicolon := re.search(r";(?=\s*$)", without_texts):
        span = (start + semicolon.start(), start + semicolon.end())
        edit = Edit(*span, ",")
        yield Mistake("There is a semicolon here; JSON has a comma", span, "Write a comma.", (edit,))
    for match in re.finditer("[“”„‟‘’«»]", without_texts):
        if mistake := curly_mistake(bare, start + match.start(), "jsonc"):
            yield mistake
    yield from _about_quotes(start, line)
    if equals := re.search(rf"(?:^|[{{,])\s*{_KEY}\s*(=)", without_texts):
        span = (start + equals.start(1), start + equals.end(1))
        yield Mistake(
            "There is an equals sign after a key; JSON has a colon", span, "Write :", (Edit(*span, ":"),)
        )
    for pattern in (_ENTRY, _ELEMENT):
        for value in pattern.finditer(without_texts):
            word = value[1].rstrip()
            span = (start + value.start(1), start + value.start(1) + len(word))
            if not _PLAIN.fullmatch(word) and (mistake := value_mistake(bare, span, "jsonc")):
                yield mistake


def _blank_text(match: re.Match[str]) -> str:
    return '"' + "x" * (len(match.group()) - 2) + '"'


def _about_quotes(start: int, line: str) -> Iterator[Mistake]:
    """One quote too few in a line, or quotes inside a text."""
    if inner := re.match(
        rf'\s*[{{]?\s*{_KEY}\s*:\s*"[^",]*((?<!\\)"(?![,}}\]\s])[^",:]*")[^",:]*"[\s,}}]*$', line
    ):
        span = (start + inner.start(1), start + inner.end(1))
        yield Mistake("There are quotes inside a string", span, 'Write \\" for each of them, or single ones.')
    if len(re.findall(r'(?<!\\)"', line)) % 2 == 0:
        return
    for pattern in (
        r'^\s*("[\w$-]+)\s*:',  # "key: ...
        r'^\s*([\w$-]+")\s*:',  # key": ...
        rf'^\s*{_KEY}\s*:\s*("[^"]*?)\s*,?\s*$',  # ...: "value
        rf'^\s*{_KEY}\s*:\s*([^"\s\[{{][^"]*")\s*,?\s*$',  # ...: value"
        r'^\s*("[^":]*?)\s*,?\s*$',  # "element
    ):
        if match := re.search(pattern, line):
            span = (start + match.start(1), start + match.end(1))
            written = match[1] + '"' if match[1].startswith('"') else '"' + match[1]
            yield Mistake("A quote is missing", span, f"Write {written}", (Edit(*span, written),))
            return
